"""Clocks of leads: started, met and dropped by what happens, in the same transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from leads.handover.clocks import Clocks, Start
from leads.lifecycle.hooks import Moved
from leads.lifecycle.locks import lock
from leads.models import (
    Cause,
    Deadline,
    DeadlineKind,
    Handover,
    HandoverState,
    Kind,
    Outcome,
    Realm,
    Stage,
    StageChange,
    StageRole,
    Task,
    TaskKind,
)
from users.models import User
from users.rows import insert

DECIDE, CONTACT, OPPORTUNITY = DeadlineKind.DECIDE, DeadlineKind.CONTACT, DeadlineKind.OPPORTUNITY
# Moves that nobody has to answer for in time.
UNTIMED = frozenset({Cause.IMPORT, Cause.UNDO, Cause.RETIRED})
CONTACTS = frozenset({Kind.CALL, Kind.MEETING})


@dataclass(frozen=True)
class Effect:
    """What a move does to the clocks: which start, and which end, as met or as having nothing left to wait for."""

    starts: frozenset[DeadlineKind]
    ends: Mapping[DeadlineKind, bool]


def effect_of(here: Stage | None, to: Stage, outcome: str, cause: str) -> Effect:
    """The effect of a move from `here`; `to` is the stage kept where it ended in an outcome."""
    starts, ends = set(), {}
    role = "" if outcome else to.role
    if cause not in UNTIMED:
        starts = {
            kind
            for kind, starting in (
                (DECIDE, role == StageRole.QUALIFIED),
                (CONTACT, role == StageRole.ACCEPTED and cause == Cause.HANDOVER),
                (OPPORTUNITY, role == StageRole.SALES_QUALIFIED and _forward(here, to)),
            )
            if starting
        }
    if here is not None and here.role == StageRole.QUALIFIED and role != StageRole.QUALIFIED:
        ends[DECIDE] = cause == Cause.HANDOVER
    if here is not None and here.realm == Realm.SALES:
        if outcome or to.realm == Realm.MARKETING:
            ends[CONTACT] = False
        if role == StageRole.OPPORTUNITY or outcome == Outcome.WON:
            ends[OPPORTUNITY] = True
        elif outcome or not _forward(here, to):
            ends[OPPORTUNITY] = False
    return Effect(frozenset(starts), ends)


def _forward(here: Stage | None, to: Stage) -> bool:
    return here is None or here.position <= to.position


def sync_deadlines(moved: Sequence[Moved], now: datetime) -> None:
    """After a move: start, meet and drop clocks, and open the first contact of what was accepted.

    A move that is taken back takes its clocks and tasks with it, and lets those run again that it ended.
    """
    undone = [m for m in moved if m.cause == Cause.UNDO]
    if undone:
        _take_back(undone)
    effects = [(m, effect_of(m.from_stage, m.to_stage, m.outcome, m.cause)) for m in moved if m.cause != Cause.UNDO]
    _end([(m.lead_id, kind, met) for m, effect in effects for kind, met in effect.ends.items()], now)
    accepted = [m for m, effect in effects if CONTACT in effect.starts]
    qualified = [m for m, effect in effects if OPPORTUNITY in effect.starts]
    if accepted or qualified:
        clocks = Clocks()
        _await_contact(accepted, clocks, now)
        _await_opportunity(qualified, clocks, now)


def _await_contact(accepted: Sequence[Moved], clocks: Clocks, now: datetime) -> None:
    """The new owner is to make the first contact, and has a task that says so."""
    if not accepted:
        return
    decided = Handover.objects.filter(
        lead_id__in=[m.lead_id for m in accepted], state=HandoverState.ACCEPTED, decided_at=now
    )
    offers = {row.lead_id: row for row in decided}
    starts, tasks = [], []
    for m in accepted:
        offer = offers.get(m.lead_id)
        team_id = offer.team_id if offer else None
        times = clocks.times(CONTACT, team_id, now)
        starts.append(
            Start(
                lead_id=m.lead_id,
                cycle=m.cycle,
                kind=CONTACT,
                handover_id=offer.pk if offer else None,
                team_id=team_id,
                user_id=m.owner_id,
            )
        )
        tasks.append(
            {
                "lead_id": m.lead_id,
                "cycle": m.cycle,
                "kind": str(TaskKind.FIRST_CONTACT),
                "title": _("Make the first contact"),
                "assignee_id": m.owner_id,
                "team_id": team_id,
                "due_at": times.due_at if times else None,
                "created_at": now,
            }
        )
    clocks.start(starts, now)
    insert(Task, tasks, skip_known=True)


def _await_opportunity(qualified: Sequence[Moved], clocks: Clocks, now: datetime) -> None:
    """The owner's team has its time to make an opportunity of it."""
    if not qualified:
        return
    teams = dict(User.objects.filter(pk__in={m.owner_id for m in qualified}).values_list("pk", "team_id"))
    starts = [
        Start(
            lead_id=m.lead_id,
            cycle=m.cycle,
            kind=OPPORTUNITY,
            team_id=teams.get(m.owner_id or 0),
            user_id=m.owner_id,
        )
        for m in qualified
    ]
    clocks.start(starts, now)


def _end(ends: Sequence[tuple[int, DeadlineKind, bool]], now: datetime) -> None:
    """End the running clocks of leads; the task of a first contact that nobody has to make any more is done."""
    if not ends:
        return
    leads, kinds, met = zip(*ends, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_END, {"now": now, "leads": list(leads), "kinds": [*map(str, kinds)], "met": list(met)})
        if gone := [lead_id for lead_id, kind, _met in ends if kind == CONTACT]:
            cursor.execute(_CLOSE_TASKS, {"now": now, "leads": gone})


RUNNING = "met_at IS NULL AND dropped_at IS NULL"
_END = f"""
UPDATE leads_deadline d SET met_at = CASE WHEN e.met THEN %(now)s END, dropped_at = CASE WHEN NOT e.met THEN %(now)s END
FROM unnest(%(leads)s::bigint[], %(kinds)s::text[], %(met)s::bool[]) AS e (lead_id, kind, met)
WHERE d.lead_id = e.lead_id AND d.kind = e.kind AND {RUNNING}
"""
_CLOSE_TASKS = """
UPDATE leads_task SET done_at = %(now)s
WHERE lead_id = ANY(%(leads)s) AND kind = 'contact' AND done_at IS NULL
"""


def _take_back(undone: Sequence[Moved]) -> None:
    """The clocks of moves that were taken back: as they were before."""
    lines = StageChange.objects.select_related("undoes").in_bulk([m.change_id for m in undone])
    started, ended = [], []
    for m in undone:
        line = lines[m.change_id].undoes
        assert line is not None, "a line that undoes names what it undoes"
        assert m.from_stage is not None, "a lead's first line is never undone"
        effect = effect_of(m.to_stage, m.from_stage, line.outcome, line.cause)
        started += [(m.lead_id, str(kind), line.recorded_at) for kind in effect.starts]
        ended += [(m.lead_id, str(kind), line.recorded_at) for kind in effect.ends]
    with connection.cursor() as cursor:
        for rows, statements in ((started, (_UNSTART, _UNTASK)), (ended, (_UNEND, _REOPEN_TASKS))):
            for statement in statements if rows else ():
                cursor.execute(statement, [*map(list, zip(*rows, strict=True))])


_MOVES = "unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS u (lead_id, kind, at)"
_UNSTART = f"""
DELETE FROM leads_deadline d USING {_MOVES} WHERE d.lead_id = u.lead_id AND d.kind = u.kind AND d.started_at = u.at
"""
_UNTASK = f"""
DELETE FROM leads_task t USING {_MOVES}
WHERE u.kind = 'contact' AND t.lead_id = u.lead_id AND t.kind = 'contact' AND t.created_at = u.at
"""
_UNEND = f"""
UPDATE leads_deadline d SET met_at = NULL, dropped_at = NULL FROM {_MOVES}
WHERE d.lead_id = u.lead_id AND d.kind = u.kind AND u.at IN (d.met_at, d.dropped_at)
"""
_REOPEN_TASKS = f"""
UPDATE leads_task t SET done_at = NULL, done_by_id = NULL FROM {_MOVES}
WHERE u.kind = 'contact' AND t.lead_id = u.lead_id AND t.kind = 'contact' AND t.done_at = u.at
"""


def meet_contacts(lead_ids: Iterable[int], by: int | None, now: datetime) -> None:
    """After calls and meetings were recorded: the first contact of accepted leads is made, and its task done.

    A clock was met when the contact was made, however late that was told.
    """
    waiting = Task.objects.filter(lead_id__in=set(lead_ids), kind=TaskKind.FIRST_CONTACT, done_at=None)
    running = Deadline.objects.filter(lead_id__in=set(lead_ids), kind=CONTACT, met_at=None, dropped_at=None)
    if not (ids := list(waiting.values_list("lead_id").union(running.values_list("lead_id")))):
        return
    leads = [pk for (pk,) in ids]
    params: dict[str, Any] = {"leads": leads, "kinds": sorted(map(int, CONTACTS)), "now": now, "by": by}
    lock(leads)
    with connection.cursor() as cursor:
        cursor.execute(_MEET, params)
        cursor.execute(_CONTACTED, params)


_CONTACT_MADE = "a.kind = ANY(%(kinds)s) AND a.evidence < 2"
_MEET = f"""
UPDATE leads_deadline d SET met_at = c.at FROM (
    SELECT r.id, min(a.occurred_at) AS at FROM leads_deadline r
    JOIN leads_activity a ON a.lead_id = r.lead_id AND a.occurred_at >= r.started_at
    WHERE r.lead_id = ANY(%(leads)s) AND r.kind = 'contact' AND {_CONTACT_MADE}
    GROUP BY r.id) c
WHERE d.id = c.id AND {RUNNING}
"""
_CONTACTED = f"""
UPDATE leads_task t SET done_at = %(now)s, done_by_id = %(by)s
WHERE t.lead_id = ANY(%(leads)s) AND t.kind = 'contact' AND t.done_at IS NULL AND EXISTS (
    SELECT FROM leads_activity a
    WHERE a.lead_id = t.lead_id AND a.occurred_at >= t.created_at AND {_CONTACT_MADE})
"""


def pass_on(handover_ids: Sequence[int], user_id: int | None) -> None:
    """Who has to decide in time is another person now, or the team."""
    clocks = Deadline.objects.filter(handover_id__in=handover_ids, kind=DECIDE, met_at=None, dropped_at=None)
    clocks.update(user=user_id)
