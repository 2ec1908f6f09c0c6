"""The page of one lead, and what people do there."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.handover.close import record_proof
from leads.handover.decide import Decision, Verb, decide
from leads.lifecycle.criteria import set_criterion
from leads.models import Activity, BantAssessment, Consent, Kind, Lead, Opportunity, StageChange, Task
from leads.people.edit import set_owner
from scoring.touched import drain
from tests.browsing import browser
from tests.factories import NOW, make_handover, make_lead, make_user, move_to, publish_model, stage, view_pages
from users.clock import database_now
from users.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def marketer():
    return make_user(Role.MARKETER)


@pytest.fixture
def rep():
    return make_user()


def accepted_by(user, to: str = "sal") -> Lead:
    """A lead that sales works on."""
    offer = make_handover(now=database_now())
    decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=user.pk, now=database_now())
    return offer.lead if to == "sal" else move_to(offer.lead, to, by=user.pk, now=database_now())


def url(lead: Lead, act: str = "") -> str:
    return f"/leads/{lead.pk}/{act}"


def test_the_page_shows_stage_line_score_reasons_and_what_is_missing(marketer):
    publish_model()
    set_criterion(stage("mql"), {"leaf": "score", "model": "mql", "op": "gte", "value": 80}, by=None, now=NOW)
    lead = make_lead(first_name="Dana", job_title="CFO")
    view_pages([lead], now=NOW)
    drain(now=NOW)

    response = browser(marketer).get(url(lead))

    card = response.context["card"]
    assert sum(reason.points for reason in card.reasons) == card.score.points == 10
    assert response.context["missing"] == 70
    assert [station.state for station in response.context["stations"]] == ["now"] + ["next"] * 5


def test_views_of_one_visit_are_folded(marketer):
    lead = make_lead()
    view_pages([lead, lead, lead], visit="v1")

    entries = browser(marketer).get(url(lead)).context["slice"].entries

    assert [(entry.kind, len(entry.views)) for entry in entries if entry.kind == "visit"] == [("visit", 3)]


def test_the_page_costs_the_same_queries_with_a_long_history(marketer):
    lead, client = make_lead(), browser(marketer)
    view_pages([lead] * 2)
    client.get(url(lead))
    with CaptureQueriesContext(connection) as few:
        client.get(url(lead))
    view_pages([lead] * 100)
    with CaptureQueriesContext(connection) as many:
        client.get(url(lead))

    assert len(many) <= len(few) <= 45


def test_earlier_facts_come_by_cursor(marketer):
    lead, client = make_lead(), browser(marketer)
    view_pages([lead] * 60)
    cursor = client.get(url(lead)).context["slice"].cursor

    earlier = client.get(url(lead, "timeline/"), {"before": cursor}, headers={"HX-Request": "true"})

    assert earlier.context["slice"].cursor == ""
    assert client.get(url(lead, "timeline/"), {"before": "yesterday"}).status_code == 404


@pytest.mark.parametrize(
    ("to", "action"), [("mcl", ""), ("sal", "qualify"), ("sql", "proof"), ("sqo", "close")], ids=str
)
def test_there_is_one_primary_action_by_stage(rep, to, action):
    if to == "mcl":
        lead = make_lead()
        set_owner({lead.pk: rep.pk}, now=NOW)
    else:
        lead = accepted_by(rep, "sql" if to == "sqo" else to)
    if to == "sqo":
        record_proof(lead.pk, form="oral", text="Asked for a contract.", by=rep.pk, now=database_now())

    assert browser(rep).get(url(lead)).context["action"] == action


def test_a_qualified_lead_is_decided_on_by_who_may(rep, marketer):
    offer = make_handover()

    assert browser(rep).get(url(offer.lead)).context["action"] == "decide"
    assert browser(marketer).get(url(offer.lead)).context["action"] == ""


def test_a_note_and_a_call_are_recorded(marketer):
    lead, client = make_lead(), browser(marketer)

    client.post(url(lead, "note/"), {"text": "Prefers mail."})
    client.post(url(lead, "call/"), {"result": "reached", "minutes": "14", "text": "Asked who signs."})

    kinds = dict(Activity.objects.filter(lead=lead).values_list("kind", "by"))
    assert kinds == {Kind.NOTE: marketer.pk, Kind.CALL: marketer.pk}
    assert Activity.objects.get(kind=Kind.CALL).dwell_seconds == 840


def test_what_was_typed_stays_when_something_is_wrong(marketer):
    lead = make_lead()

    response = browser(marketer).post(url(lead, "call/"), {"result": "shouted", "minutes": "-1", "text": "Long talk."})

    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"result", "minutes"}
    assert "Long talk." in response.content.decode()


def test_sales_bant_is_a_record_of_its_own(rep):
    lead = accepted_by(rep)
    states = {"budget": "2", "authority": "3", "need": "3", "timeline": "0", "note": "Q1"}

    response = browser(rep).post(url(lead, "qualify/"), states)

    assert response.status_code == 302
    assert list(BantAssessment.objects.filter(lead=lead).values_list("realm", "budget")) == [("sales", 2)]


def test_qualify_says_what_the_next_stage_wants(rep):
    lead = accepted_by(rep)
    part = {"leaf": "bant", "realm": "sales", "part": "budget", "op": "is", "value": "unknown"}
    consent = {"leaf": "consent", "value": True}
    set_criterion(stage("sql"), {"all": [part, consent]}, by=None, now=NOW)

    demands = browser(rep).get(url(lead, "qualify/")).context["demands"]

    assert [demand.is_met for demand in demands] == [True, False]


def test_proof_makes_an_opportunity_and_winning_keeps_the_amount(rep):
    lead, client = accepted_by(rep, "sql"), browser(rep)

    client.post(url(lead, "proof/"), {"form": "written", "text": "Signed letter of intent."})
    client.post(url(lead, "won/"), {"amount": "1200.50", "currency": "eur"})

    lead.refresh_from_db()
    assert (lead.stage.slug, lead.outcome) == ("sqo", "won")
    assert str(Opportunity.objects.get(lead=lead).amount) == "1200.50"


def test_winning_anything_but_an_opportunity_is_refused_with_the_reason(rep):
    lead = accepted_by(rep)

    response = browser(rep).post(url(lead, "won/"), {"currency": "EUR"})

    assert response.status_code == 409
    assert "Only an opportunity can be won" in response.content.decode()


def test_moving_back_asks_for_a_reason_of_its_kind(marketer):
    lead, client = move_to(make_lead(), "mel"), browser(marketer)
    wish = {"to": "mcl", "expect": stage("mel").pk}

    refused = client.post(url(lead, "move/"), {**wish, "reason": "nurture:later"})
    moved = client.post(url(lead, "move/"), {**wish, "reason": "return:not_ready"})

    assert "reason" in refused.context["form"].errors
    assert moved.status_code == 302
    assert StageChange.objects.filter(lead=lead).latest("pk").reason == "not_ready"


def test_a_lead_that_moved_on_meanwhile_is_not_moved(marketer):
    lead = make_lead()
    wish = {"to": "mel", "expect": stage("mel").pk}

    assert browser(marketer).post(url(lead, "move/"), wish).status_code == 409


def test_a_move_is_taken_back_by_who_made_it(marketer):
    lead, client = make_lead(), browser(marketer)
    moved = client.post(url(lead, "move/"), {"to": "mel", "expect": stage("mcl").pk}, follow=True)
    change = StageChange.objects.filter(lead=lead).latest("pk")

    assert f"/moves/{change.pk}/undo/" in moved.content.decode()
    assert browser(make_user(Role.ADMIN)).post(f"/moves/{change.pk}/undo/").status_code == 403
    client.post(f"/moves/{change.pk}/undo/")
    lead.refresh_from_db()
    assert lead.stage.slug == "mcl"


def test_a_move_of_long_ago_is_not_taken_back(marketer):
    lead = make_lead()
    move_to(lead, "mel", by=marketer.pk)
    change = StageChange.objects.filter(lead=lead).latest("pk")

    response = browser(marketer).post(f"/moves/{change.pk}/undo/", follow=True)

    assert "The time to undo has passed" in response.content.decode()
    assert Lead.objects.get(pk=lead.pk).stage.slug == "mel"


def test_archive_and_restore(marketer):
    lead, client = make_lead(), browser(marketer)

    client.post(url(lead, "archive/"))
    assert Lead.objects.get(pk=lead.pk).archived_at is not None
    client.post(url(lead, "restore/"))
    assert Lead.objects.get(pk=lead.pk).archived_at is None


def test_consent_is_recorded_with_how_we_know(marketer):
    lead = make_lead()

    browser(marketer).post(url(lead, "consent/"), {"granted": "no", "source": "on the phone"})

    assert Consent.objects.get(lead=lead).granted is False


def test_a_lead_out_of_reach_is_not_found_and_one_of_sales_is_read_only_to_marketing(rep, marketer):
    lead = accepted_by(rep)

    assert browser(make_user(Role.SALES_REP, team=None)).get(url(lead)).status_code == 404
    assert browser(marketer).get(url(lead)).status_code == 200
    assert browser(marketer).post(url(lead, "note/"), {"text": "x"}).status_code == 403


def test_a_part_of_bant_is_said_by_one_click_and_the_rest_stays(marketer):
    lead, client = make_lead(), browser(marketer)

    client.post(url(lead, "bant/marketing/state/"), {"budget": "3"})
    answer = client.post(url(lead, "bant/marketing/state/"), {"need": "2"}, headers={"HX-Request": "true"})
    client.post(url(lead, "bant/marketing/state/"), {"need": "9"})

    last = BantAssessment.objects.filter(lead=lead).latest("pk")
    assert (last.budget, last.need, last.timeline, last.by) == (3, 2, 0, marketer)
    assert "2 of 4 known" in answer.content.decode()
    assert BantAssessment.objects.filter(lead=lead).count() == 2
    assert client.post(url(lead, "bant/sales/state/"), {"need": "2"}).status_code == 403


def test_notes_on_parts_are_kept_and_earlier_assessments_are_shown(rep):
    lead, client = accepted_by(rep), browser(rep)
    sheet = {"budget": "3", "authority": "0", "need": "2", "timeline": "0", "note": "Good talk."}

    client.post(url(lead, "bant/sales/"), {**sheet, "budget_note": "40 k a year"})
    client.post(url(lead, "bant/sales/"), {**sheet, "budget_note": "40 k a year", "timeline": "1"})
    client.post(url(lead, "bant/sales/"), {**sheet, "budget_note": "40 k a year", "timeline": "1"})

    assert [row.notes for row in BantAssessment.objects.filter(lead=lead)] == [{"budget": "40 k a year"}] * 2
    page = client.get(url(lead)).content.decode()
    assert "40 k a year" in page
    assert "1 earlier assessment" in page


def test_nurture_until_a_day_is_shown_and_found(marketer):
    lead, client = make_lead(first_name="Later"), browser(marketer)
    wish = {"to": "nurture", "reason": "nurture:later", "expect": lead.stage_id}

    early = client.post(url(lead, "move/"), {**wish, "until": "2020-01-01"})
    client.post(url(lead, "move/"), {**wish, "until": "2199-03-01"})

    assert (early.status_code, "Give a day to come" in early.content.decode()) == (422, True)
    assert StageChange.objects.latest("pk").until == date(2199, 3, 1)
    assert "until 1 Mar 2199" in client.get(url(lead)).content.decode()
    found = {when: "Later" in client.get("/leads/", {"again": when}).content.decode() for when in ("dated", "month")}
    assert found == {"dated": True, "month": False}


def test_a_pass_that_began_anew_says_why(marketer):
    lead = move_to(move_to(make_lead(), "disqualified"), "mel")

    assert "pass 2, recycled" in browser(marketer).get(url(lead)).content.decode()


def test_a_call_asks_for_what_its_result_needs(rep):
    lead, client = accepted_by(rep), browser(rep)

    refused = client.post(url(lead, "call/"), {"result": "call_back", "text": "Asked for June."})
    client.post(
        url(lead, "call/"), {"result": "call_back", "text": "Asked for June.", "call_back_at": "2199-06-01T10:00"}
    )
    client.post(url(lead, "call/"), {"result": "not_now", "until": "2199-06-01", "reason": "later"})

    assert (refused.status_code, "Asked for June." in refused.content.decode()) == (422, True)
    assert Task.objects.get(lead=lead, kind="call_back").title == "Asked for June."
    assert Lead.objects.get(pk=lead.pk).outcome == "nurture"
