"""Calls and what follows from how they went: one way to log them, whoever asks (R43)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from leads.activity.record import NewActivity, record
from leads.lifecycle.hooks import Moved
from leads.lifecycle.locks import lock
from leads.lifecycle.move import Move, move
from leads.models import CallResult, Cause, Kind, Outcome, Reason, ReasonKind, Task, TaskKind
from leads.people.edit import edit_leads
from leads.people.todo import NewTask, finish_tasks, open_tasks
from users.models import User
from users.transactions import one_transaction

# Nobody was spoken to: no act of the lead, and a call back that was due is still to be made.
MISSED = frozenset({CallResult.NO_ANSWER, CallResult.LEFT_MESSAGE})


@dataclass(frozen=True, kw_only=True, slots=True)
class NewCall:
    """A call and its result. `call_back_at` belongs to "call back", `until` and `reason` to "not now"."""

    lead_id: int
    result: CallResult
    minutes: int | None = None
    text: str = ""
    call_back_at: datetime | None = None
    until: date | None = None
    reason: str = ""


@one_transaction()
def log_call(calls: Sequence[NewCall], *, by: int, now: datetime) -> list[Moved]:
    """Record calls, one a lead, with what follows; returns the leads that were set aside.

    "Call back" opens a task for the caller, "not now" sets the lead aside until its day, "wrong person" is noted on
    the lead; whoever was spoken to needs no call back any more. Raises ValueError for a result without its date or
    reason, MoveNotAllowed.
    """
    _check(calls, now)
    lock(call.lead_id for call in calls)
    record([_activity(call, now) for call in calls], by=by, now=now)
    spoken = [call.lead_id for call in calls if call.result not in MISSED]
    owed = Task.objects.filter(lead__in=spoken, kind=TaskKind.CALL_BACK, done_at__isnull=True)
    finish_tasks(list(owed.values_list("pk", flat=True)), by=by, now=now)
    _promise([call for call in calls if call.result == CallResult.CALL_BACK], by=by, now=now)
    wrong = [call.lead_id for call in calls if call.result == CallResult.WRONG_PERSON]
    edit_leads({pk: {"attributes": {"wrong_person": True}} for pk in wrong}, by=by, now=now, wakes=False)
    return move([_set_aside(call) for call in calls if call.result == CallResult.NOT_NOW], by=by, now=now)


def _check(calls: Sequence[NewCall], now: datetime) -> None:
    later = [call for call in calls if call.result == CallResult.CALL_BACK]
    if any(call.call_back_at is None or call.call_back_at <= now for call in later):
        raise ValueError("Say when to call back, a time to come.")
    aside = [call for call in calls if call.result == CallResult.NOT_NOW]
    if any(call.until is None for call in aside):
        raise ValueError("Say from which day on to try again.")
    if aside:
        known = set(Reason.objects.filter(kind=ReasonKind.NURTURE, is_active=True).values_list("slug", flat=True))
        if any(call.reason not in known for call in aside):
            raise ValueError("Give one of the administered reasons.")


def _activity(call: NewCall, now: datetime) -> NewActivity:
    said: dict[str, Any] = {
        "result": str(call.result),
        "text": call.text,
        "call_back_at": call.call_back_at.isoformat() if call.call_back_at else "",
        "until": call.until.isoformat() if call.until else "",
    }
    return NewActivity(
        lead_id=call.lead_id,
        kind=Kind.CALL,
        occurred_at=now,
        source="crm",
        dwell_seconds=None if call.minutes is None else 60 * call.minutes,
        data={name: value for name, value in said.items() if value},
        wakes=call.result not in MISSED,
    )


def _promise(calls: Sequence[NewCall], *, by: int, now: datetime) -> None:
    if not calls:
        return
    team_id = User.objects.values_list("team", flat=True).get(pk=by)
    tasks = [
        NewTask(
            lead_id=call.lead_id,
            kind=TaskKind.CALL_BACK,
            title=call.text.strip().partition("\n")[0] or _("Call back, as promised"),
            assignee_id=by,
            team_id=team_id,
            due_at=call.call_back_at,
        )
        for call in calls
    ]
    open_tasks(tasks, by=by, now=now)


def _set_aside(call: NewCall) -> Move:
    return Move(
        lead_id=call.lead_id,
        to=Outcome.NURTURE,
        cause=Cause.PERSON,
        reason=call.reason,
        note=call.text,
        until=call.until,
    )
