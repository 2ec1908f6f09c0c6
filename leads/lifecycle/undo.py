"""Taking a move back: compensating lines, nothing edited in place."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction

from leads.activity.news import publish, touch
from leads.lifecycle.hooks import Moved, registered
from leads.lifecycle.locks import lock
from leads.lifecycle.move import is_about_a_retired_stage
from leads.models import Cause, Lead, StageChange

# Ten seconds on the screen, and the time a slow line may need on top.
WINDOW = timedelta(seconds=15)


class UndoNotPossible(Exception):
    """The move is too old, already undone, or the lead has moved on since."""


@transaction.atomic
def undo(change_ids: Sequence[int], *, by: int | None, now: datetime, decisions: bool = False) -> None:
    """Take back whole moves, each named by its last journal line, newest of its lead, within the window.

    Every line of the move (those passed through too) gets a line that undoes it, so none counts as an entry.
    A lead taken back from where criteria put it rests, else they would put it there again. `decisions` on handovers
    are taken back with the handover only. Raises UndoNotPossible, and then writes nothing.
    """
    lead_ids = list(StageChange.objects.filter(pk__in=change_ids).values_list("lead_id", flat=True))
    if len(lead_ids) != len(set(change_ids)):
        raise UndoNotPossible("There is no such move.")
    leads = lock(lead_ids)
    journal: dict[int, list[StageChange]] = {pk: [] for pk in leads}
    for row in StageChange.objects.filter(lead_id__in=leads).order_by("-pk"):
        journal[row.lead_id].append(row)
    lines: list[StageChange] = []
    stands: list[tuple[object, ...]] = []
    for rows in journal.values():
        undone = _last_move(rows)
        if why := _refusal(undone[0], change_ids, is_first=len(rows) == len(undone), now=now, decisions=decisions):
            raise UndoNotPossible(why)
        before = rows[len(undone)]
        lines.extend(_compensation(row, before.cycle, by=by, now=now) for row in undone)
        since = _entered_at(rows[len(undone) :])
        stands.append((before.lead_id, before.to_stage_id, before.outcome, before.cycle, since, _quiet(undone[0])))
    lines = _written(lines)
    with connection.cursor() as cursor:
        cursor.execute(_STAND, [now, *map(list, zip(*stands, strict=True))])
    touch(leads, fact_at=None)
    publish("stage_change_undone", leads, now=now)
    last = {line.lead_id: line for line in lines}
    moved = [_moved(line, leads[lead_id]) for lead_id, line in last.items()]
    for hook in registered():
        hook(moved, now)


def _refusal(last: StageChange, change_ids: Sequence[int], *, is_first: bool, now: datetime, decisions: bool) -> str:
    """Why the last move of a lead is not taken back; empty when it is."""
    if last.pk not in change_ids:
        return "The lead has moved on since. Move it by hand instead."
    if is_first or last.cause in (Cause.UNDO, Cause.CAPTURE, Cause.IMPORT, Cause.RETIRED):
        return "This cannot be undone."
    if last.cause == Cause.HANDOVER and not decisions:
        return "This was a decision on a handover. Take the decision back."
    if now - last.recorded_at > WINDOW:
        return "The time to undo has passed. Move it by hand instead."
    return ""


def _written(lines: list[StageChange]) -> list[StageChange]:
    try:
        return StageChange.objects.bulk_create(lines)
    except IntegrityError as error:
        if not is_about_a_retired_stage(error):
            raise
        raise UndoNotPossible("The stage it came from has been retired. Move it by hand instead.") from error


_STAND = """
UPDATE leads_lead l SET stage_id = n.stage_id, outcome = n.outcome, cycle = n.cycle, stage_since = n.since,
       quiet_since = CASE n.quiet WHEN 'set' THEN %s WHEN 'clear' THEN NULL ELSE l.quiet_since END
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::int[], %s::timestamptz[], %s::text[])
     AS n (id, stage_id, outcome, cycle, since, quiet)
WHERE l.id = n.id
"""


def _quiet(undone: StageChange) -> str:
    if undone.cause == Cause.CRITERIA:
        return "set"
    return "clear" if undone.backward else "keep"


def _entered_at(rows: Sequence[StageChange]) -> datetime:
    """When the lead came to where it stood before, newest line first: undone moves and their undoing do not count."""
    gone = {row.undoes_id for row in rows}
    return next(row.occurred_at for row in rows if row.undoes_id is None and row.pk not in gone)


def _last_move(rows: Sequence[StageChange]) -> list[StageChange]:
    """The lines of the lead's last move, newest first: one moment, one cause, one chain."""
    last = rows[0]
    move = [last]
    for row in rows[1:]:
        same = (row.recorded_at, row.cause, row.cause_id) == (last.recorded_at, last.cause, last.cause_id)
        if not (same and row.passed_through):
            break
        move.append(row)
    return move


def _compensation(row: StageChange, cycle_before: int, *, by: int | None, now: datetime) -> StageChange:
    assert row.from_stage_id is not None, "a lead's first line is never undone"
    return StageChange(
        lead_id=row.lead_id,
        cycle=cycle_before,
        from_stage_id=row.to_stage_id,
        from_outcome=row.outcome,
        to_stage_id=row.from_stage_id,
        outcome=row.from_outcome,
        occurred_at=now,
        recorded_at=now,
        by_id=by,
        cause=Cause.UNDO,
        cause_id=row.pk,
        backward=True,
        undoes=row,
    )


def _moved(line: StageChange, lead: Lead) -> Moved:
    return Moved(lead.pk, line.cycle, line.pk, lead.stage, line.to_stage, line.outcome, Cause.UNDO, lead.owner_id)
