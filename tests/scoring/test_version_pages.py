"""The pages of versions: what each role may do, what is shown as different, and how far re-scoring is."""

import pytest
from django.db import connection

from leads.lifecycle.criteria import set_criterion
from leads.models import LeadScore, ScoreModel
from leads.people.edit import archive_leads
from scoring.draft import save_rule, set_threshold
from scoring.hits import rule_hits
from scoring.models import ModelVersion
from scoring.publish import copy_to_draft
from scoring.rules import RuleSpec
from scoring.seen import stamp
from scoring.touched import drain
from tests.browsing import browser
from tests.factories import NOW, make_leads, make_user, publish_model, stage, view_pages
from users.models import Role

pytestmark = pytest.mark.django_db
CONSENTED = RuleSpec(points=8, group="fit", condition={"leaf": "consent", "value": True})
PAGES = {"of": "each", "kinds": ["page_view"]}
URL = "/scoring/sales/2/"


@pytest.fixture
def draft():
    model = publish_model("sales", purpose="sales")
    asked = {"leaf": "score", "model": "sales", "op": "gte", "value": 80}
    set_criterion(stage("sql"), asked, by=None, now=NOW)
    version = copy_to_draft(model.versions.get(), now=NOW)
    save_rule(version.pk, CONSENTED)
    more = RuleSpec(points=12, group="behaviour", per=PAGES, half_life_days=7)
    save_rule(version.pk, more, rule_id=version.rules.get(position=1).pk)
    set_threshold(version.pk, threshold=70, borderline_from=60)
    return ModelVersion.objects.get(pk=version.pk)


@pytest.fixture
def manager():
    return browser(make_user(Role.SALES_MANAGER))


@pytest.fixture
def admin():
    return browser(make_user(Role.ADMIN))


def state(version):
    version.refresh_from_db()
    return version.state


def test_a_draft_shows_what_differs_and_what_it_would_ask_for(manager, draft):
    page = manager.get(URL)

    text = page.content.decode()
    assert "2 rules, the threshold and the borderline differ from version 1" in text
    assert "≥ 70, was 80" in text
    assert "+12 instead of +10" in text
    assert [line.change.sign for _, lines in page.context["groups"] for line in lines] == ["new", "changed"]
    assert "SAL → SQL" in text


def test_an_administrator_writes_and_asks_and_a_sales_manager_approves_and_publishes(admin, manager, draft):
    admin.post(f"{URL}ask/", {"seen": stamp(draft)})
    assert admin.post(f"{URL}approve/").status_code == 403
    refused = admin.post(f"{URL}publish/", {"seen": stamp(draft)}, follow=True)
    assert "A sales manager must approve this version first." in refused.content.decode()

    manager.post(f"{URL}approve/", {"seen": stamp(draft)})
    admin.post(f"{URL}publish/", {"seen": stamp(draft)})

    assert state(draft) == "published"
    assert (draft.asked_by.role, draft.approved_by.role, draft.published_by.role) == ("admin", "sales_manager", "admin")


@pytest.mark.parametrize("step", ["ask", "approve", "publish", "discard"])
def test_nobody_goes_on_with_a_draft_that_changed_since_they_saw_it(manager, draft, step):
    seen = stamp(draft)
    manager.post(f"{URL}approve/", {"seen": seen})
    set_threshold(draft.pk, threshold=75, borderline_from=60)

    answer = manager.post(f"{URL}{step}/", {"seen": seen}, follow=True)

    assert "The draft was changed meanwhile. Look at it again." in answer.content.decode()
    assert state(draft) == "draft"
    assert (draft.asked_at, draft.approved_at) == (None, None)


@pytest.mark.parametrize("step", ["ask", "approve", "publish", "discard"])
def test_nobody_goes_on_with_a_draft_they_do_not_say_they_saw(manager, draft, step):
    answer = manager.post(f"{URL}{step}/", follow=True)

    assert "The draft was changed meanwhile. Look at it again." in answer.content.decode()
    assert state(draft) == "draft"


def test_a_draft_is_given_back_and_discarded(manager, draft):
    manager.post(f"{URL}ask/", {"seen": stamp(draft)})
    manager.post(f"{URL}refuse/")
    draft.refresh_from_db()
    assert draft.asked_at is None

    answer = manager.post(f"{URL}discard/", {"seen": stamp(draft)}, follow=True)

    assert answer.redirect_chain[-1][0] == "/scoring/sales/1/"
    assert not ModelVersion.objects.filter(number=2).exists()


def test_a_retired_version_is_brought_back_from_the_history(manager, draft):
    manager.post(f"{URL}approve/", {"seen": stamp(draft)})
    manager.post(f"{URL}publish/", {"seen": stamp(draft)})
    page = manager.get("/scoring/sales/history/")
    assert "/scoring/sales/1/roll-back/" in page.content.decode()

    answer = manager.post("/scoring/sales/1/roll-back/", follow=True)

    assert answer.redirect_chain[-1][0] == "/scoring/sales/3/"
    assert "Version 1 is in force again, as version 3" in answer.content.decode()
    assert [line[0].number for line in manager.get("/scoring/sales/history/").context["lines"]] == [3, 2, 1]


def test_marketers_do_nothing_with_sales_models(draft):
    marketer = browser(make_user(Role.MARKETER))

    for step in ("ask", "approve", "refuse", "publish", "discard", "copy", "roll-back"):
        assert marketer.post(f"{URL}{step}/").status_code == 403
    assert marketer.get("/scoring/sales/settings/").status_code == 403
    assert "Publish" not in marketer.get(URL).content.decode()


def test_a_second_draft_leads_to_the_first(manager, draft):
    answer = manager.post("/scoring/sales/1/copy/", follow=True)

    assert answer.redirect_chain[-1][0] == URL
    assert "Draft 2 is being written" in answer.content.decode()


def test_progress_counts_leads_scored_anew_and_ends_by_itself(manager, draft):
    view_pages(make_leads(3), now=NOW)
    drain(now=NOW)
    manager.post(f"{URL}approve/", {"seen": stamp(draft)})
    manager.post(f"{URL}publish/", {"seen": stamp(draft)})

    waiting = manager.get(f"{URL}progress/", headers={"HX-Request": "true"}).content.decode()
    of_all = manager.get("/scoring/progress/").content.decode()
    rules = manager.get(URL).content.decode()
    drain(now=NOW)
    over = manager.get(f"{URL}progress/", {"again": ""}, headers={"HX-Request": "true"}).content.decode()

    assert "0 %, 0 of 3" in waiting
    assert "every 3s" in waiting
    assert "0 %, 0 of 3" in of_all
    assert "0 leads" not in rules  # nobody is counted yet
    assert "every 3s" not in over
    assert "Every lead is judged" in over
    assert manager.get("/scoring/progress/", headers={"HX-Request": "true"}).content == b""


def test_rules_tell_how_many_leads_they_hold_for(manager, draft):
    first, archived, *_ = make_leads(4)
    view_pages([first, archived], now=NOW)
    archive_leads([archived.pk], now=NOW)
    drain(now=NOW)

    page = manager.get("/scoring/sales/1/")

    assert [line.hits for _, lines in page.context["groups"] for line in lines] == [1]
    assert rule_hits(ModelVersion.objects.get(number=1), 1).counts == [1]


def test_rule_counts_of_very_many_leads_come_from_a_sample(monkeypatch):
    model = publish_model("sales", purpose="sales")
    view_pages(make_leads(50), now=NOW)
    drain(now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leads_leadscore")
    monkeypatch.setattr("scoring.hits.EXACT_UP_TO", 0)
    monkeypatch.setattr("scoring.hits.SAMPLED", 49)  # of 50, on one page of the table: it is read, or it is not

    found = rule_hits(model.versions.get(), 1)

    assert (found.is_exact, found.counts[0] in (0, 51)) == (False, True)


def test_models_are_added_named_and_begun_from_a_starter(manager):
    empty = manager.get("/scoring/", follow=True)
    manager.post("/scoring/new/", {"slug": "sqo", "name": "SQO", "purpose": "sales", "company_rule": "sum"})
    begin = manager.get("/scoring/sqo/")
    starter = begin.context["starters"][0]
    manager.post("/scoring/sqo/begin/", {"starter": starter.slug})
    manager.post("/scoring/sqo/settings/", {"name": "Opportunity", "company_rule": "highest", "borderline_team": ""})

    model = ScoreModel.objects.get()
    assert empty.status_code == 200
    assert (model.slug, model.name, model.purpose, model.company_rule) == ("sqo", "Opportunity", "sales", "highest")
    assert model.versions.get().rules.exists()


def test_a_key_that_is_not_given_is_made_of_the_name(manager):
    answer = manager.post("/scoring/new/", {"name": "Near the Order", "purpose": "sales", "company_rule": "sum"})

    assert answer.url == "/scoring/near-the-order/"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"purpose": "marketing"}, "purpose"),
        ({"slug": "new"}, "slug"),
        ({"slug": "a b"}, "slug"),
        ({"slug": "", "name": "מודל"}, "slug"),
        ({"slug": "", "name": "New"}, "slug"),
        ({"name": ""}, "name"),
    ],
)
def test_a_bad_model_is_explained(manager, sent, field):
    good = {"slug": "x", "name": "X", "purpose": "sales", "company_rule": "sum"}

    answer = manager.post("/scoring/new/", good | sent)

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not ScoreModel.objects.exists()


def test_the_page_asks_few_questions_whatever_the_number_of_rules(manager, draft, django_assert_max_num_queries):
    for points in range(1, 20):
        save_rule(draft.pk, RuleSpec(points=points, group="fit", condition={"leaf": "consent", "value": True}))

    with django_assert_max_num_queries(50):
        assert manager.get(URL).status_code == 200
    assert LeadScore.objects.count() == 0


def test_only_those_who_may_look_at_the_borderline_are_led_to_it(draft, manager):
    ScoreModel.objects.filter(pk=draft.model_id).update(borderline_team=make_user(Role.SALES_REP).team)
    marketer = browser(make_user(Role.MARKETER))

    assert "/scoring/sales/borderline/" in manager.get(URL).content.decode()
    assert "/scoring/sales/borderline/" not in marketer.get(URL).content.decode()
