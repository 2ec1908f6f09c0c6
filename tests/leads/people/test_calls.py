"""Calls: what is recorded and what follows from each result."""

from datetime import date, timedelta

import pytest

from leads.lifecycle.move import MoveNotAllowed
from leads.models import Activity, CallResult, Kind, Lead, StageChange, Task
from leads.people.calls import NewCall, log_call
from scoring.touched import drain
from tests.factories import NOW, make_lead, make_user, move_to

pytestmark = pytest.mark.django_db
TOMORROW = NOW + timedelta(days=1)
SPRING = date(2026, 6, 1)


@pytest.fixture
def sdr():
    return make_user("sdr")


def call(lead: Lead, result: str, sdr, *, now=NOW, **fields):
    """Log one call."""
    return log_call([NewCall(lead_id=lead.pk, result=CallResult(result), **fields)], by=sdr.pk, now=now)


def test_a_call_is_an_activity_with_its_result(sdr) -> None:
    lead = make_lead()

    call(lead, "reached", sdr, minutes=12, text="Wants an offer")

    act = Activity.objects.get(lead=lead, kind=Kind.CALL)
    assert (act.dwell_seconds, act.by, act.data) == (720, sdr, {"result": "reached", "text": "Wants an offer"})
    assert not Task.objects.exists()


def test_a_call_back_is_a_task_of_who_promised_it(sdr) -> None:
    lead = make_lead()

    call(lead, "call_back", sdr, call_back_at=TOMORROW, text="Ask for Dana\nat the desk")

    task = Task.objects.get(lead=lead)
    assert (task.kind, task.assignee, task.team, task.due_at) == ("call_back", sdr, sdr.team, TOMORROW)
    assert task.title == "Ask for Dana"


@pytest.mark.parametrize(
    ("result", "open_ones"), [("no_answer", 1), ("left_message", 1), ("reached", 0), ("wrong_person", 0)]
)
def test_a_call_back_is_owed_until_somebody_is_spoken_to(sdr, result, open_ones) -> None:
    lead = make_lead()
    call(lead, "call_back", sdr, call_back_at=TOMORROW)

    call(lead, result, sdr, now=TOMORROW)

    assert Task.objects.filter(done_at__isnull=True).count() == open_ones


def test_a_new_call_back_takes_the_place_of_the_old_one(sdr) -> None:
    lead = make_lead()
    call(lead, "call_back", sdr, call_back_at=TOMORROW)

    call(lead, "call_back", sdr, now=TOMORROW, call_back_at=TOMORROW + timedelta(days=1))

    assert Task.objects.get(done_at__isnull=True).due_at == TOMORROW + timedelta(days=1)


def test_not_now_sets_the_lead_aside_until_its_day(sdr) -> None:
    lead = make_lead()

    (moved,) = call(lead, "not_now", sdr, until=SPRING, reason="later", text="After the audit")

    line = StageChange.objects.get(pk=moved.change_id)
    assert (line.outcome, line.until, line.reason, line.note) == ("nurture", SPRING, "later", "After the audit")
    assert Activity.objects.filter(lead=lead, kind=Kind.CALL).count() == 1


def test_the_wrong_person_is_noted_on_the_lead(sdr) -> None:
    lead = make_lead()

    call(lead, "wrong_person", sdr)

    assert Lead.objects.get(pk=lead.pk).attributes["wrong_person"] is True


@pytest.mark.parametrize(
    ("result", "fields", "why"),
    [
        ("call_back", {}, "when to call back"),
        ("call_back", {"call_back_at": NOW}, "a time to come"),
        ("not_now", {"reason": "later"}, "which day"),
        ("not_now", {"until": SPRING, "reason": "price"}, "administered reasons"),
    ],
)
def test_a_result_without_its_date_or_reason_is_refused(sdr, result, fields, why) -> None:
    with pytest.raises(ValueError, match=why):
        call(make_lead(), result, sdr, **fields)

    assert not Activity.objects.filter(kind=Kind.CALL).exists()


def test_a_refused_move_undoes_the_call(sdr) -> None:
    lead = move_to(make_lead(), "nurture")

    with pytest.raises(MoveNotAllowed, match="already ended"):
        call(lead, "not_now", sdr, until=SPRING, reason="later")

    assert not Activity.objects.filter(kind=Kind.CALL).exists()


@pytest.mark.parametrize(("result", "rests"), [("no_answer", True), ("left_message", True), ("reached", False)])
def test_only_who_was_spoken_to_wakes(sdr, result, rests) -> None:
    lead = move_to(move_to(make_lead(), "mel"), "mcl")

    call(lead, result, sdr, now=TOMORROW)
    drain(now=TOMORROW)

    assert (Lead.objects.get(pk=lead.pk).quiet_since is not None) == rests
