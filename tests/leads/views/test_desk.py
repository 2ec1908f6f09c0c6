"""The desk: who waits and why, what its buttons do, and what is kept when something is wrong."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.access import leads_for_user
from leads.activity.assess import amend
from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.recycle import recycle
from leads.models import Activity, BantAssessment, CallResult, Handover, Kind, Lead, Realm, StageChange, Task
from leads.people.calls import NewCall, log_call
from leads.people.edit import edit_leads
from leads.queries.desk import queue
from leads.queries.local_time import local_time
from leads.queries.queue import qualifying_goal
from scoring.touched import drain
from tests.browsing import browser
from tests.factories import NOW, make_handover, make_lead, make_user, move_to, publish_model, stage, view_pages
from users.clock import database_now
from users.models import Role, User

pytestmark = pytest.mark.django_db
SHEET = {"budget": "0", "authority": "0", "need": "0", "timeline": "0"}


@pytest.fixture
def sdr():
    return make_user(Role.SDR)


def engaged(**fields) -> Lead:
    """An engaged lead."""
    return move_to(make_lead(**fields), "mel")


def waiting(user: User, now=NOW) -> list[tuple[int, str]]:
    """Who waits, and why."""
    rows = queue(leads_for_user(user, "write"), user, qualifying_goal(now), now).rows
    return [(row.lead.pk, row.because.value) for row in rows]


def press(client, lead: Lead, do: str, **fields):
    """Send the desk's form by one of its buttons."""
    return client.post(f"/desk/{lead.pk}/", {**SHEET, "expect": lead.stage_id, "do": do, **fields})


def test_promised_calls_come_first_then_who_is_back_then_by_score(sdr):
    publish_model(now=NOW)
    set_criterion(stage("mql"), {"leaf": "score", "model": "mql", "op": "gte", "value": 30}, by=None, now=NOW)
    low, near, back, promised = (engaged() for _ in range(4))
    view_pages([low])
    view_pages([near, near])
    drain(now=NOW)
    move_to(back, "nurture", until=NOW.date() + timedelta(days=1))
    log_call(
        [NewCall(lead_id=promised.pk, result=CallResult.CALL_BACK, call_back_at=NOW + timedelta(hours=1))],
        by=sdr.pk,
        now=NOW,
    )

    later = NOW + timedelta(days=1)
    recycle(now=later)

    expected = [(promised.pk, "call_back"), (back.pk, "recycled"), (near.pk, "borderline"), (low.pk, "diagnose")]
    assert waiting(sdr, later) == expected


def test_who_is_known_called_recommended_or_wrong_does_not_wait(sdr):
    known, called, wrong, stays = (engaged() for _ in range(4))
    amend(known.pk, Realm.MARKETING, dict.fromkeys(BantAssessment.PARTS, 2), by=None, now=NOW)
    log_call([NewCall(lead_id=called.pk, result=CallResult.NO_ANSWER)], by=sdr.pk, now=NOW)
    edit_leads({wrong.pk: {"attributes": {"wrong_person": True}}}, by=None, now=NOW)
    offer = make_handover()
    Handover.objects.filter(pk=offer.pk).update(recommended_by=sdr, recommended_at=NOW)
    make_lead()

    assert waiting(sdr) == [(stays.pk, "diagnose")]
    assert called.pk in dict(waiting(sdr, NOW + timedelta(hours=5)))


def test_a_promised_call_nobody_took_waits_as_others_do(sdr):
    lead, hour = engaged(), NOW + timedelta(hours=1)
    log_call([NewCall(lead_id=lead.pk, result=CallResult.CALL_BACK, call_back_at=hour)], by=sdr.pk, now=NOW)

    assert waiting(sdr, hour) == [(lead.pk, "call_back")]
    log_call([NewCall(lead_id=lead.pk, result=CallResult.NO_ANSWER)], by=sdr.pk, now=hour)
    assert waiting(sdr, hour + timedelta(minutes=5)) == []
    assert waiting(sdr, hour + timedelta(hours=5)) == [(lead.pk, "call_back")]


def test_another_teams_lead_is_not_in_the_queue(sdr):
    Lead.objects.filter(pk=engaged().pk).update(owner=make_user(team=None))

    assert waiting(sdr) == []


def test_the_page_opens_with_the_first_and_shows_who_was_asked_for(sdr):
    leads, client = [engaged(first_name="Ada"), engaged(first_name="Ben")], browser(sdr)

    assert "Ada" in client.get("/desk/").context["lead"].name
    assert client.get("/desk/", {"lead": leads[1].pk}).context["lead"] == leads[1]
    assert client.get("/desk/", {"lead": "x" * 30}).status_code == 200
    assert "Ada" in client.get("/desk/", {"mode": "calls"}).content.decode()


def test_an_empty_desk_says_so(sdr):
    assert "All clear" in browser(sdr).get("/desk/").content.decode()


def test_recommending_keeps_bant_offers_the_lead_and_opens_the_next(sdr):
    lead, other, client = engaged(), engaged(), browser(sdr)

    answer = press(client, lead, "recommend", budget="3", budget_note="40 k", note="Decides in May.", next=other.pk)

    assert answer["Location"] == f"/desk/?lead={other.pk}"
    offer = Handover.objects.get(lead=lead)
    assert (offer.recommended_by, offer.recommendation) == (sdr, "Decides in May.")
    bant = BantAssessment.objects.get(lead=lead)
    assert (bant.realm, bant.budget, bant.notes, bant.by) == ("marketing", 3, {"budget": "40 k"}, sdr)


def test_a_recommendation_is_taken_back_at_the_desk(sdr):
    lead, client = engaged(), browser(sdr)
    press(client, lead, "recommend", note="Good.")
    change = StageChange.objects.filter(lead=lead).latest("pk")

    answer = client.post(f"/moves/{change.pk}/undo/?next=desk")

    assert answer["Location"] == f"/desk/?lead={lead.pk}"
    assert Lead.objects.get(pk=lead.pk).stage.slug == "mel"


def test_a_mark_on_an_open_offer_is_taken_back_by_who_made_it(sdr):
    offer, client = make_handover(), browser(sdr)
    press(client, offer.lead, "recommend", note="Good.", expect="")

    assert browser(make_user(Role.SDR)).post(f"/handovers/{offer.pk}/recommendation/undo/").status_code == 403
    client.post(f"/handovers/{offer.pk}/recommendation/undo/")

    assert Handover.objects.get(pk=offer.pk).recommended_at is None


@pytest.mark.parametrize(
    ("do", "fields", "why"),
    [
        ("recommend", {}, "Say why sales should take it"),
        ("call_back", {}, "Say when to call back"),
        ("call_back:2020-01-01T09:00", {}, "Give a time to come"),
        ("call_back:soon", {}, "Enter a valid date"),
        ("nurture:later", {"until": ""}, "from which day on"),
        ("nurture:price", {"until": "2199-01-01"}, "Choose one of the reasons"),
        ("disqualified:no_fit", {}, "Press one of the buttons"),
        ("", {}, "Press one of the buttons"),
    ],
)
def test_what_was_typed_stays_when_something_is_wrong(sdr, do, fields, why):
    lead, client = engaged(), browser(sdr)

    answer = press(client, lead, do, need="2", need_note="Month-end closing", **fields)

    page = answer.content.decode()
    assert (answer.status_code, why in page, "Month-end closing" in page) == (422, True, True)
    assert not BantAssessment.objects.exists()
    assert not Activity.objects.filter(kind=Kind.CALL).exists()


def test_a_lead_that_moved_on_is_not_disqualified_and_nothing_typed_is_lost(sdr):
    lead, client = engaged(), browser(sdr)
    move_to(lead, "mql")

    answer = press(client, lead, "disqualify:no_fit", need="2", need_note="Closing")

    assert (answer.status_code, "Closing" in answer.content.decode()) == (409, True)
    assert not BantAssessment.objects.exists()


@pytest.mark.parametrize(("do", "stays"), [("save", True), ("reached", True), ("left_message", False)])
def test_after_speaking_one_stays_else_the_next_opens(sdr, do, stays):
    lead, other, client = engaged(), engaged(), browser(sdr)

    answer = press(client, lead, do, note="Talked.", next=other.pk)

    assert answer["Location"] == f"/desk/?lead={lead.pk if stays else other.pk}"
    assert Activity.objects.filter(lead=lead, kind=Kind.CALL).count() == (do != "save")


def test_nurture_call_back_wrong_person_and_disqualify(sdr):
    client = browser(sdr)
    later, back, wrong, out = (engaged() for _ in range(4))

    press(client, later, "nurture:later", until="2199-03-01", note="After the audit")
    press(client, back, "call_back:2199-03-01T10:00")
    press(client, wrong, "wrong_person")
    press(client, out, "disqualify:no_fit")

    line = StageChange.objects.filter(lead=later).latest("pk")
    assert (line.outcome, line.until.isoformat(), line.reason) == ("nurture", "2199-03-01", "later")
    assert Task.objects.get(lead=back).assignee == sdr
    assert Lead.objects.get(pk=wrong.pk).attributes["wrong_person"] is True
    assert Lead.objects.get(pk=out.pk).outcome == "disqualified"


def test_reps_fill_sales_own_bant():
    rep = make_user()
    lead = engaged()
    Lead.objects.filter(pk=lead.pk).update(owner=rep)

    press(browser(rep), lead, "save", need="3")

    assert BantAssessment.objects.get(lead=lead).realm == "sales"


def test_marketers_stay_outside_and_others_leads_are_not_found(sdr):
    lead = engaged()
    assert browser(make_user(Role.MARKETER)).get("/desk/").status_code == 403
    assert press(browser(make_user(Role.MARKETER)), lead, "save").status_code == 403
    Lead.objects.filter(pk=lead.pk).update(owner=make_user(team=None))

    assert press(browser(sdr), lead, "save").status_code == 404
    assert browser(sdr).get("/desk/", {"lead": lead.pk}).context.get("lead") is None


def test_the_page_costs_the_same_whatever_the_queue(sdr):
    client, counts = browser(sdr), []
    for number in (2, 30):
        for _ in range(number):
            engaged(now=database_now())
        with CaptureQueriesContext(connection) as queries:
            client.get("/desk/")
        counts.append(len(queries))

    assert counts[1] <= counts[0]
    assert counts[0] <= 40


@pytest.mark.parametrize(
    ("country", "text", "is_fit"),
    [("IL", "11:00", True), ("US", "23:00–04:00", False), ("JP", "18:00", True), ("NZ", "22:00–22:45", False)],
)
def test_the_time_there_is_that_of_the_country(country, text, is_fit):
    there = local_time(country, NOW)

    assert (there.text, there.is_fit) == (text, is_fit)
    assert local_time("", NOW) is None
    assert local_time("XX", NOW) is None
