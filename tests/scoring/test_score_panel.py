"""The panel that says why a lead has its score."""

from datetime import timedelta

import pytest

from leads.lifecycle.criteria import set_criterion
from scoring.engine import GroupSpec
from scoring.rules import RuleSpec
from scoring.touched import drain
from tests.browsing import browser
from tests.factories import make_lead, make_user, publish_model, stage, view_pages
from users.clock import database_now
from users.models import Role

pytestmark = pytest.mark.django_db
GROUPS = [GroupSpec("fit", "fit"), GroupSpec("web", "engagement", 25)]
PAGES = RuleSpec(points=10, group="web", label="Pages", per={"of": "each", "kinds": ["page_view"]}, half_life_days=7)
CHIEF = {"leaf": "lead", "field": "job_title", "op": "eq", "value": "CFO"}
TITLES = [RuleSpec(points=n, group="fit", label=f"Chief {n}", condition=CHIEF) for n in range(1, 8)]


@pytest.fixture
def client():
    return browser(make_user(Role.MARKETER))


def panel(client, lead, **query):
    return client.get(f"/leads/{lead.pk}/scores/", query, headers={"HX-Request": "true"})


def shown_points(context) -> int:
    lines = [*context["lines"], *context["rest"], *context["below"]]
    return sum(line["points"] for line in lines)


def test_what_is_shown_adds_up_with_fading_caps_and_the_folded_rest(client):
    now = database_now()
    publish_model(rules=[PAGES, *TITLES], groups=GROUPS, now=now)
    lead = make_lead(job_title="CFO", now=now)
    view_pages([lead] * 6, now=now - timedelta(days=7))
    drain(now=now)

    response = panel(client, lead, model="mql")

    context = response.context
    assert (len(context["lines"]), len(context["rest"])) == (5, 3)
    assert [line["points"] for line in context["below"]] == [-30, -5]
    assert shown_points(context) == context["found"].points == 53
    text = response.content.decode()
    assert "All 8 reasons" in text
    assert "6 pages, last 7 days ago" in text
    assert "fades 15 a week" in text


def test_a_day_is_asked_for_and_what_is_wrong_with_it_is_said(client):
    now = database_now()
    publish_model(rules=TITLES, groups=GROUPS, now=now)
    lead = make_lead(job_title="CFO", now=now)
    later = (now + timedelta(days=5)).date().isoformat()

    assert panel(client, lead, at=later).context["is_later"]
    for text in ("soon", "1990-01-01", "2999-01-01", "\0"):
        response = panel(client, lead, at=text)
        assert response.context["refused"]
        assert response.context["found"].points == 28


def test_a_day_before_the_first_version_has_no_score(client):
    now = database_now()
    lead = make_lead(now=now - timedelta(days=30))
    publish_model(rules=TITLES, groups=GROUPS, now=now)
    lead.__class__.objects.filter(pk=lead.pk).update(created_at=now - timedelta(days=30))

    response = panel(client, lead, at=(now - timedelta(days=20)).date().isoformat())

    assert "had no version in force" in response.content.decode()


def test_missing_points_and_other_conditions_are_named(client):
    now = database_now()
    publish_model(rules=[*TITLES, PAGES], groups=GROUPS, now=now)
    enough = {"leaf": "score", "model": "mql", "op": "gte", "value": 36}
    consent = {"leaf": "consent", "value": True}
    set_criterion(stage("mql"), {"all": [enough, consent]}, by=None, now=now)
    lead = make_lead(job_title="CFO", now=now)
    drain(now=now)

    text = panel(client, lead, model="mql").content.decode()

    assert "8 more points for MQL" in text
    assert "would give 10" in text
    assert "Consented to mail" in text


def test_the_panel_asks_a_bounded_number_of_queries(client, django_assert_max_num_queries):
    now = database_now()
    publish_model(rules=[PAGES, *TITLES], groups=GROUPS, now=now)
    lead = make_lead(job_title="CFO", now=now)
    view_pages([lead] * 3, now=now - timedelta(days=3))
    drain(now=now)

    with django_assert_max_num_queries(60):
        panel(client, lead)


def test_the_history_is_drawn_and_told(client):
    now = database_now()
    publish_model(rules=[PAGES], groups=GROUPS, now=now)
    lead = make_lead(now=now)
    drain(now=now)
    view_pages([lead] * 2, now=now)
    drain(now=now)

    response = panel(client, lead)

    spark = response.context["spark"]
    assert [points for _at, points in spark.points] == [0, 20, 20]
    assert "style=" not in response.content.decode()


def test_the_grade_stands_beside_the_points_where_the_version_has_a_grid(client):
    now = database_now()
    publish_model(rules=TITLES, groups=GROUPS, now=now, fit_from=[28, 20, 10], engagement_from=[30, 20, 10])
    lead = make_lead(job_title="CFO", now=now)
    drain(now=now)

    response = panel(client, lead)

    assert response.context["grade"] == "A4"
    assert "A4" in response.content.decode()
