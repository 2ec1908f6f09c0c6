"""The one way to move a stage: a plural flow that locks, judges, journals and tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import Max

from leads.activity.news import publish, touch
from leads.lifecycle.hooks import Moved, registered
from leads.lifecycle.locks import lock
from leads.lifecycle.rules import Standing, Step, refusal, steps
from leads.models import Cause, Lead, Outcome, Pass, PassKind, Stage, StageChange
from users.rows import Reader, insert
from users.transactions import one_transaction

LIVE = "stage_is_live"  # the trigger that refuses lines to retired stages
FIRST = "^"  # no key of a stage and no outcome is written so
_STAGES = Reader(Stage)
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}  # asking the enumeration builds its list each time


class MoveNotAllowed(Exception):
    """Moves that are refused, with the reason for each lead. Nothing was written."""

    def __init__(self, reasons: Mapping[int, str]) -> None:
        super().__init__("; ".join(f"lead {lead}: {reason}" for lead, reason in reasons.items()))
        self.reasons = dict(reasons)


class StageRetired(MoveNotAllowed):
    """A stage on the way was retired in the meantime: asked again, the line is another one."""


def is_about_a_retired_stage(error: IntegrityError) -> bool:
    """Whether the database refused a line because its stage takes no lead any more."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") == LIVE


@dataclass(frozen=True, kw_only=True, slots=True)
class PassStart:
    """What begins a new pass: mostly a capture. Its campaign and channel are the pass's."""

    kind: PassKind = PassKind.NEW
    capture_id: int | None = None
    channel_id: int | None = None
    campaign_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """One wish to move. `to` is a stage's slug, an outcome or FIRST, the first stage; `occurred_at` None means now.

    `expect_stage_id` refuses when the lead has moved on since the caller looked. `set_owner` changes the owner too.
    `until` is the day to try again, for nurture only (R7).
    """

    lead_id: int
    to: str
    cause: Cause
    cause_id: int | None = None
    occurred_at: datetime | None = None
    date_only: bool = False
    reason: str = ""
    note: str = ""
    begins: PassStart | None = None
    set_owner: bool = False
    owner_id: int | None = None
    expect_stage_id: int | None = None
    until: date | None = None


@one_transaction()
def move(
    moves: Sequence[Move], *, by: int | None, now: datetime, fresh: Mapping[int, Lead] | None = None
) -> list[Moved]:
    """Move leads, one move each. All or nothing: raises MoveNotAllowed naming every refused lead.

    Stages between are passed through (R4); a person's backward move and an import leave the lead quiet (R3);
    a stage named for a lead whose pass has ended begins a new pass (R5), a quiet one where the calendar did it (R7).
    `by` is a user id. `fresh` are leads made in this transaction: nobody else sees them and they have begun no pass,
    so they are taken as they are.
    """
    if not moves:
        return []
    if len({m.lead_id for m in moves}) < len(moves):
        raise ValueError("One move a lead: the second would start from a place it has not reached yet.")
    stages = _STAGES.read("WHERE t.retired_at IS NULL ORDER BY t.position")
    leads = dict(fresh or {})
    standing = [m for m in moves if m.lead_id not in leads]
    leads |= lock(m.lead_id for m in standing)
    begun = _last_cycles(standing, leads)
    plans: list[tuple[Move, Lead, Standing, list[Step]]] = []
    refused: dict[int, str] = {}
    for wish in moves:
        planned = _plan(wish, leads.get(wish.lead_id), stages, begun)
        if isinstance(planned, str):
            refused[wish.lead_id] = planned
        else:
            plans.append(planned)
    if refused:
        raise MoveNotAllowed(refused)
    changes, moved = _journal(plans, begun, by=by, now=now)
    _begin_passes(plans, begun, now=now)
    _stand(plans, begun, now=now)
    # The worker that promotes has just scored; a capture that begins a pass touches with its fact.
    touch((m.lead_id for m in moves if m.cause != Cause.CRITERIA and m.begins is None), fact_at=None)
    publish("stage_changed", (m.lead_id for m in moves), now=now, data={"changes": changes})
    for hook in registered():
        hook(moved, now)
    return moved


def _last_cycles(moves: Sequence[Move], leads: Mapping[int, Lead]) -> dict[int, int]:
    """The last pass begun by each lead that may begin another; a lead not in here has begun none."""
    ids = [m.lead_id for m in moves if m.begins or (m.lead_id in leads and leads[m.lead_id].outcome)]
    if not ids:
        return {}
    rows = Pass.objects.filter(lead_id__in=ids).values_list("lead_id").annotate(Max("cycle")).order_by()
    return dict(rows)


def _plan(
    wish: Move, lead: Lead | None, stages: Sequence[Stage], begun: Mapping[int, int]
) -> tuple[Move, Lead, Standing, list[Step]] | str:
    """The lines of one move, or why it is refused."""
    target = _target(wish.to, stages)
    if target is None:
        return f"There is no stage or outcome {wish.to!r}."
    if lead is None:
        return "There is no such lead."
    if wish.expect_stage_id is not None and lead.stage_id != wish.expect_stage_id:
        return "The lead has moved on in the meantime. Load it again."
    first = wish.begins is not None and lead.pk not in begun
    here = Standing(None, "", 0, None) if first else Standing(lead.stage, lead.outcome, lead.cycle, lead.stage_since)
    begins = wish.begins is not None
    if reason := refusal(here, target, wish.cause, begins=begins):
        return reason
    lines = steps(here, target, stages, begins=begins)
    return (wish, lead, here, lines) if lines else f"The lead already stands at {target}."


def _target(name: str, stages: Sequence[Stage]) -> Stage | Outcome | None:
    if name in _OUTCOMES:
        return _OUTCOMES[name]
    if name == FIRST:
        return stages[0]
    return next((stage for stage in stages if stage.slug == name), None)


def _cycle(wish: Move, here: Standing, lines: Sequence[Step], begun: Mapping[int, int]) -> int:
    """The pass these lines belong to: a new one when the move begins it or reopens an ended one."""
    reopens = bool(here.outcome) and not lines[-1].outcome
    if wish.begins is not None or reopens:
        return begun.get(wish.lead_id, 0) + 1
    return here.cycle


def _journal(
    plans: Sequence[tuple[Move, Lead, Standing, list[Step]]], begun: Mapping[int, int], *, by: int | None, now: datetime
) -> tuple[list[int], list[Moved]]:
    """Write the lines of all moves at once; returns their ids and what moved."""
    rows: list[dict[str, Any]] = []
    for wish, lead, here, lines in plans:
        cycle = _cycle(wish, here, lines, begun)
        at = wish.occurred_at or now
        early = wish.cause == Cause.RETIRED or (here.since is not None and at < here.since)
        rows.extend(_line(step, wish, lead, cycle, at, early=early, by=by, now=now) for step in lines)
    ids = _written(rows)
    moved, end = [], 0
    for wish, lead, here, lines in plans:
        end += len(lines)
        last, cycle = lines[-1], rows[end - 1]["cycle"]
        owner_id = wish.owner_id if wish.set_owner else lead.owner_id
        moved.append(Moved(lead.pk, cycle, ids[end - 1], here.stage, last.to_stage, last.outcome, wish.cause, owner_id))
    return ids, moved


def _written(rows: Sequence[dict[str, Any]]) -> list[int]:
    """The ids of the lines. Stages were read a moment ago: one of them may be retired since."""
    try:
        return insert(StageChange, rows)
    except IntegrityError as error:
        if not is_about_a_retired_stage(error):
            raise
        why = "A stage on the way was retired just now. Load the page again."
        raise StageRetired({row["lead_id"]: why for row in rows}) from error


def _line(
    step: Step, wish: Move, lead: Lead, cycle: int, at: datetime, *, early: bool, by: int | None, now: datetime
) -> dict[str, Any]:
    return {
        "lead_id": lead.pk,
        "cycle": cycle,
        "from_stage_id": step.from_stage.pk if step.from_stage else None,
        "from_outcome": step.from_outcome,
        "to_stage_id": step.to_stage.pk,
        "outcome": step.outcome,
        "occurred_at": at,
        "recorded_at": now,
        "by_id": by,
        "cause": wish.cause,
        "cause_id": wish.cause_id,
        "reason": wish.reason,
        "note": wish.note,
        "passed_through": step.passed_through,
        "backward": step.backward,
        "out_of_order": early,
        "date_only": wish.date_only,
        "until": wish.until if step.outcome == Outcome.NURTURE else None,
    }


def _begin_passes(
    plans: Sequence[tuple[Move, Lead, Standing, list[Step]]], begun: Mapping[int, int], *, now: datetime
) -> None:
    """Open the passes that these moves begin; a reopened one keeps the campaign and channel it had."""
    rows = []
    for wish, lead, here, lines in plans:
        cycle = _cycle(wish, here, lines, begun)
        if here.stage is not None and cycle == here.cycle:
            continue
        start = wish.begins or PassStart(
            kind=PassKind.RECYCLED, channel_id=lead.channel_id, campaign_id=lead.campaign_id
        )
        rows.append(
            {
                "lead_id": lead.pk,
                "kind": start.kind,
                "cycle": cycle,
                "channel_id": start.channel_id,
                "campaign_id": start.campaign_id,
                "capture_id": start.capture_id,
                "began_at": wish.occurred_at or now,
            }
        )
    insert(Pass, rows)


_STAND = """
UPDATE leads_lead SET stage_id = n.stage_id, outcome = n.outcome, cycle = n.cycle, stage_since = n.since,
       quiet_since = CASE n.quiet WHEN 'set' THEN %s WHEN 'clear' THEN NULL ELSE quiet_since END,
       owner_id = CASE WHEN n.set_owner THEN n.owner_id ELSE leads_lead.owner_id END,
       channel_id = n.channel_id, campaign_id = n.campaign_id
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::int[], %s::timestamptz[], %s::text[], %s::bool[],
            %s::bigint[], %s::bigint[], %s::bigint[])
     AS n (id, stage_id, outcome, cycle, since, quiet, set_owner, owner_id, channel_id, campaign_id)
WHERE leads_lead.id = n.id
"""


def _stand(
    plans: Sequence[tuple[Move, Lead, Standing, list[Step]]], begun: Mapping[int, int], *, now: datetime
) -> None:
    """Let the leads stand where their journal says; one just made stands there already."""
    rows = []
    for wish, lead, here, lines in plans:
        last, start = lines[-1], wish.begins or PassStart(channel_id=lead.channel_id, campaign_id=lead.campaign_id)
        cycle, since, quiet = _cycle(wish, here, lines, begun), wish.occurred_at or now, _quiet(wish, here, last)
        place = (last.to_stage.pk, last.outcome, cycle, since)
        source = (start.channel_id, start.campaign_id)
        stands = place == (lead.stage_id, lead.outcome, lead.cycle, lead.stage_since)
        rests = {"keep": lead.quiet_since, "set": now, "clear": None}[quiet] == lead.quiet_since
        if stands and rests and not wish.set_owner and source == (lead.channel_id, lead.campaign_id):
            continue
        rows.append((lead.pk, *place, quiet, wish.set_owner, wish.owner_id, *source))
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_STAND, [now, *map(list, zip(*rows, strict=True))])


def _quiet(wish: Move, here: Standing, last: Step) -> str:
    """Rest until something new happens: after an import, a backward move (R3), a return from nurture by the calendar.

    Any other new pass is awake. Leads of a retired stage rest or wait as they did: nobody decided anything about them.
    """
    if wish.cause == Cause.RETIRED:
        return "keep"
    if wish.cause in (Cause.IMPORT, Cause.RECYCLE) or last.backward:
        return "set"
    if wish.begins is not None or (here.outcome and not last.outcome):
        return "clear"
    return "keep"
