"""Clocks of leads: started, met, dropped, taken back, and watched."""

from datetime import timedelta

import pytest

from leads.activity.record import NewActivity, record
from leads.handover.claim import claim, release
from leads.handover.close import close_lost, record_proof
from leads.handover.decide import Decision, Verb, decide, undo_decision
from leads.handover.snooze import snooze
from leads.handover.sweep import sweep
from leads.lifecycle.undo import undo
from leads.models import Deadline, Event, Handover, Kind, Sla, StageChange, Task
from leads.people.edit import archive_leads
from leads.people.todo import finish_tasks
from tests.factories import NOW, make_handover, make_lead, make_user, minutes, move_to
from users.models import Holiday, Organisation, Team

pytestmark = pytest.mark.django_db
SOON = NOW + minutes(5)
DAY = timedelta(days=1)


@pytest.fixture
def rep():
    return make_user()


def say(offer, verb=Verb.ACCEPT, *, by, reason="", now=SOON):
    decide([Decision(handover_id=offer.pk, verb=verb, reason=reason)], by=by.pk, now=now)
    return offer.lead


def clocks():
    """The clocks by kind: "runs", "met" or "dropped"."""
    return {
        row.kind: "met" if row.met_at else "dropped" if row.dropped_at else "runs" for row in Deadline.objects.all()
    }


def call(lead, now, kind=Kind.CALL, **fields):
    record([NewActivity(**{"lead_id": lead.pk, "kind": kind, "occurred_at": now, **fields})], by=None, now=now)


def test_an_offer_starts_the_clock_to_decide():
    offer = make_handover()  # on a Monday at nine

    row = Deadline.objects.get()
    assert (row.kind, row.handover, row.team, row.user) == ("decide", offer, offer.team, None)
    assert (row.started_at, row.warn_at, row.due_at) == (NOW, NOW + 1.5 * DAY, NOW + 2 * DAY)
    assert row.escalate_at == NOW + 3 * DAY
    assert offer.due_at == row.due_at


def test_accepting_starts_the_clock_and_the_task_of_the_first_contact(rep):
    offer = make_handover()

    lead = say(offer, by=rep)

    row, task = Deadline.objects.get(kind="contact"), Task.objects.get()
    assert clocks() == {"decide": "met", "contact": "runs"}
    assert (row.user, row.team, row.due_at) == (rep, offer.team, SOON + DAY)
    assert (task.lead, task.kind, task.assignee, task.due_at) == (lead, "contact", rep, row.due_at)


@pytest.mark.parametrize("kind", [Kind.CALL, Kind.MEETING])
def test_a_call_or_meeting_meets_it_and_closes_the_task(rep, kind):
    lead = say(make_handover(), by=rep)

    call(lead, SOON - minutes(1), kind)  # before
    call(lead, SOON + minutes(1), Kind.PAGE_VIEW)
    assert clocks()["contact"] == "runs"
    call(lead, SOON + minutes(2), kind)

    assert Deadline.objects.get(kind="contact").met_at == SOON + minutes(2)
    assert Task.objects.get().done_at == SOON + minutes(2)


def test_a_task_that_is_done_meets_it_once_it_cannot_be_taken_back(rep):
    say(make_handover(), by=rep)
    finish_tasks([Task.objects.get().pk], by=rep.pk, now=SOON + minutes(1))

    sweep(now=SOON + minutes(1.2))
    assert clocks()["contact"] == "runs"
    sweep(now=SOON + minutes(2))

    assert Deadline.objects.get(kind="contact").met_at == SOON + minutes(1)


@pytest.mark.parametrize("verb", [Verb.ACCEPT, Verb.REJECT, Verb.RETURN])
def test_taking_a_decision_back_puts_all_back(rep, verb):
    offer = make_handover()
    before = list(Deadline.objects.values())
    say(offer, verb, by=rep, reason={Verb.REJECT: "bogus", Verb.RETURN: "not_ready"}.get(verb, ""))

    undo_decision(offer.pk, by=rep.pk, now=SOON + timedelta(seconds=5))

    assert list(Deadline.objects.values()) == before
    assert not Task.objects.exists()


def test_taking_a_move_away_from_sales_back_opens_clock_and_task_again(rep):
    lead = say(make_handover(), by=rep)
    before = list(Deadline.objects.order_by("pk").values()), list(Task.objects.values())
    move_to(lead, "nurture", by=rep.pk, now=SOON + minutes(1))
    assert clocks()["contact"] == "dropped"
    assert Task.objects.get().done_at

    undo([StageChange.objects.latest("pk").pk], by=rep.pk, now=SOON + minutes(1.1))

    assert (list(Deadline.objects.order_by("pk").values()), list(Task.objects.values())) == before


def test_leaving_by_other_means_drops_the_clock():
    offer = make_handover()

    move_to(offer.lead, "mel", now=SOON)

    assert clocks() == {"decide": "dropped"}
    undo([StageChange.objects.latest("pk").pk], by=None, now=SOON + timedelta(seconds=5))
    assert clocks() == {"decide": "runs"}
    assert Handover.objects.get().state == "open"


def test_an_opportunity_is_awaited_from_sales_qualified_on(rep):
    lead = say(make_handover(), by=rep)
    move_to(lead, "sql", by=rep.pk, now=SOON + minutes(1))
    row = Deadline.objects.get(kind="opportunity")
    assert (row.user, row.team, row.due_at) == (rep, rep.team, SOON + minutes(1) + 7 * DAY)

    record_proof(lead.pk, form="oral", text="They buy.", by=rep.pk, now=SOON + DAY)

    assert clocks()["opportunity"] == "met"


def test_a_lost_lead_has_no_clock(rep):
    lead = say(make_handover(), by=rep)
    move_to(lead, "sql", by=rep.pk, now=SOON + minutes(1))

    close_lost(lead.pk, reason="price", by=rep.pk, now=SOON + DAY)

    assert clocks() == {"decide": "met", "contact": "dropped", "opportunity": "dropped"}
    assert Task.objects.get().done_at


def test_a_returned_lead_that_qualifies_again_has_a_new_clock(rep):
    offer = make_handover()
    say(offer, Verb.RETURN, by=rep, reason="not_ready")
    move_to(offer.lead, "mql", now=NOW + DAY)

    assert Deadline.objects.filter(kind="decide").count() == 2
    assert Deadline.objects.get(met_at=None).due_at == NOW + 3 * DAY


def test_an_imported_lead_has_no_clock():
    move_to(make_lead(), "sql", cause="import")

    assert not Deadline.objects.exists()


def test_the_clock_is_whose_the_offer_is(rep):
    offer = make_handover()

    claim([offer.pk], by=rep.pk, now=NOW)
    assert Deadline.objects.get().user == rep
    release([offer.pk], now=NOW)
    assert Deadline.objects.get().user is None


def test_the_own_level_of_a_team_comes_before_everybodys(rep):
    Sla.objects.create(kind="decide", team=rep.team, amount=4, unit="hours", warn_percent=50, escalate_hours=2)
    Team.objects.update(opens_at="08:00", closes_at="12:00")

    make_handover()  # at nine: three hours today, one tomorrow

    row = Deadline.objects.get()
    assert (row.warn_at, row.due_at) == (NOW + timedelta(hours=2), NOW + DAY)
    assert row.escalate_at == NOW + DAY + timedelta(hours=2)


@pytest.mark.parametrize("lacking", ["level", "hours", "working day"])
def test_without_a_level_or_hours_it_still_works(rep, lacking):
    if lacking == "level":
        Sla.objects.all().delete()
    if lacking == "hours":
        Organisation.objects.update(working_days=[], opens_at=None, closes_at=None)
    if lacking == "working day":
        Holiday.objects.bulk_create(Holiday(day=(NOW + n * DAY).date(), name="Off") for n in range(-5, 900))

    offer = make_handover()
    lead = say(offer, by=rep)
    call(lead, SOON + minutes(1))

    assert (offer.due_at is None) == (lacking == "level")
    assert clocks() == ({} if lacking == "level" else {"decide": "met", "contact": "met"})
    assert Task.objects.get().done_at


def told(kind):
    return [event.data["deadlines"] for event in Event.objects.filter(kind=f"deadline_{kind}")]


def test_a_clock_warns_breaks_and_escalates_once_each():
    offer = make_handover()
    row = Deadline.objects.get()

    for at in (NOW, row.warn_at, row.warn_at, row.due_at, row.due_at, row.escalate_at, row.escalate_at + DAY):
        sweep(now=at)

    assert told("warned") == told("breached") == told("escalated") == [[row.pk]]
    row.refresh_from_db()
    assert (row.warned_at, row.breached_at, row.escalated_at) == (row.warn_at, row.due_at, row.escalate_at)
    assert Event.objects.filter(kind="deadline_warned").get().lead_ids == [offer.lead_id]


def test_who_looks_too_late_says_what_is_left_to_say():
    make_handover()

    assert sweep(now=NOW + 9 * DAY)

    assert (told("warned"), len(told("breached")), len(told("escalated"))) == ([], 1, 1)
    assert not sweep(now=NOW + 10 * DAY)


def test_what_is_met_or_of_an_archived_lead_is_not_swept_and_what_is_snoozed_is(rep):
    met, archived, aside = make_handover(), make_handover(), make_handover()
    say(met, by=rep)
    call(met.lead, SOON)
    archive_leads([archived.lead_id], now=NOW)
    snooze([aside.pk], until=NOW + 9 * DAY, by=rep.pk, now=NOW)

    sweep(now=NOW + 5 * DAY)

    assert told("breached") == [[Deadline.objects.get(lead=aside.lead_id).pk]]
