"""Every point is explained, on any day."""

from datetime import timedelta

import pytest

from leads.models import Lead
from leads.people.edit import edit_leads
from scoring.engine import GroupSpec
from scoring.explain import explain
from scoring.rules import RuleSpec
from tests.factories import NOW, make_lead, publish_model, view_pages
from tests.oracle.conditions import View
from tests.oracle.facts import export
from tests.oracle.scores import in_force, worth
from tests.oracle.worlds import make_world
from users.models import Organisation

pytestmark = pytest.mark.django_db
CFO = {"leaf": "lead", "field": "job_title", "op": "contains", "value": "cfo"}
RULES = [
    RuleSpec(points=30, group="fit", condition=CFO),
    RuleSpec(points=12, group="fit", condition={"leaf": "company", "field": "employees", "op": "gte", "value": 200}),
    RuleSpec(points=7, group="web", per={"of": "each", "kinds": ["page_view"], "days": 60}, half_life_days=9),
    RuleSpec(points=25, group="web", per={"of": "latest"}, half_life_days=14),
    RuleSpec(points=-9, group="web", condition={"leaf": "consent", "value": False}),
]
GROUPS = [GroupSpec("fit", "fit", 35), GroupSpec("web", "engagement", 30)]


@pytest.mark.parametrize("zone", ["Asia/Jerusalem", "America/New_York", "Australia/Lord_Howe"])
def test_an_explanation_adds_up_to_the_oracles_score_on_any_day(zone: str) -> None:
    Organisation.objects.update(time_zone=zone)
    ids, now = make_world(seed=7, leads=6)
    model = publish_model(rules=RULES, groups=GROUPS, now=now)
    world, version = export(), in_force()["mql"]
    today = world.day_of(now)

    for lead in Lead.objects.filter(pk__in=ids):
        for ago in (0, 1, 20, 45, 90, 150):
            day = today - timedelta(days=ago)
            told = explain(lead, model, at=day, today=today)
            expected = worth(version, View(world, world.people[lead.pk], day, past=ago > 0))
            assert told is not None
            assert [line.points for line in told.lines] == list(expected.parts)
            assert sum(line.points for line in told.lines) + sum(told.caps.values()) == told.points == expected.points
            assert (told.fit, told.engagement, told.band) == (expected.fit, expected.engagement, expected.band)


def test_an_explanation_names_its_evidence_and_when_it_fades() -> None:
    model = publish_model(rules=RULES, groups=GROUPS)
    lead = make_lead(job_title="CFO")
    view_pages([lead], url="/pricing")

    told = explain(lead, model, at=NOW.date(), today=NOW.date())

    assert told is not None
    title, _size, page, latest, _consent = told.lines
    assert title.evidence == ["lead:job_title"]
    assert page.evidence == latest.evidence == [f"activity:{lead.activities.get().pk}"]
    assert page.fades_on is not None
    assert NOW.date() < page.fades_on < NOW.date() + timedelta(days=9)


def test_a_past_day_knows_the_title_of_the_day() -> None:
    model = publish_model(rules=RULES[:1], groups=GROUPS[:1])
    lead = make_lead(job_title="Intern")
    edit_leads({lead.pk: {"job_title": "CFO"}}, by=None, now=NOW + timedelta(days=10))
    later = (NOW + timedelta(days=20)).date()

    before = explain(lead, model, at=(NOW + timedelta(days=9)).date(), today=later)
    after = explain(lead, model, at=(NOW + timedelta(days=10)).date(), today=later)

    assert (before and before.points, after and after.points) == (0, 30)
