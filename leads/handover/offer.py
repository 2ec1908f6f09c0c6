"""Offering a lead to sales when it becomes qualified, and withdrawing the offer when it leaves undecided."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from leads.activity.news import publish
from leads.handover.clocks import Clocks, Start
from leads.handover.routing import Routed, route
from leads.lifecycle.hooks import Moved
from leads.models import Cause, DeadlineKind, Handover, HandoverState, LeadScore, ScoreLegend, StageChange, StageRole


def sync_handovers(moved: Sequence[Moved], now: datetime) -> None:
    """After a move: offer the leads that now stand qualified, withdraw open offers of those that left by other means.

    Imported leads are not announced (R3). Those of a qualified stage that was retired keep the offer they have.
    """
    qualified = [m for m in moved if m.to_stage.role == StageRole.QUALIFIED and not m.outcome]
    offered = [m for m in qualified if m.cause not in (Cause.IMPORT, Cause.UNDO) and not _was_qualified(m)]
    gone = [m.lead_id for m in moved if m not in qualified and m.from_stage is not None and m.cause != Cause.HANDOVER]
    back = [m for m in qualified if m.cause == Cause.UNDO]
    if gone:
        Handover.objects.filter(lead_id__in=gone, state=HandoverState.OPEN).update(
            state=HandoverState.WITHDRAWN, decided_at=now
        )
    if offered:
        _offer(offered, now)
    for m in back:
        _reopen(m)


def _was_qualified(moved: Moved) -> bool:
    """Whether the lead stood at the qualified stage before, which was retired and had its role taken over."""
    here = moved.from_stage
    return moved.cause == Cause.RETIRED and here is not None and here.role == StageRole.QUALIFIED


def _reopen(moved: Moved) -> None:
    """The offer that the undone move withdrew stands again."""
    undone_at = StageChange.objects.values_list("undoes__recorded_at", flat=True).get(pk=moved.change_id)
    Handover.objects.filter(
        lead_id=moved.lead_id, cycle=moved.cycle, state=HandoverState.WITHDRAWN, decided_at=undone_at
    ).update(state=HandoverState.OPEN, decided_at=None)


def _offer(moved: Sequence[Moved], now: datetime) -> None:
    ids = [m.lead_id for m in moved]
    routed, clocks, why = route(ids, now=now), Clocks(), reasons(ids)
    rows = [_row(m, routed[m.lead_id], clocks, why.get(m.lead_id, []), now) for m in moved]
    offers = Handover.objects.bulk_create(rows)
    clocks.start([_clock(offer) for offer in offers], now)
    publish("handover_offered", ids, now=now)


def _row(moved: Moved, routed: Routed, clocks: Clocks, why: list[dict[str, Any]], now: datetime) -> Handover:
    times = clocks.times(DeadlineKind.DECIDE, routed.team_id, now)
    return Handover(
        lead_id=moved.lead_id,
        cycle=moved.cycle,
        team_id=routed.team_id,
        assignee_id=routed.assignee_id,
        route=routed.route,
        rule_id=routed.rule_id,
        owner_before_id=moved.owner_id,
        offered_at=now,
        due_at=times.due_at if times else None,
        why=why,
    )


def _clock(offer: Handover) -> Start:
    return Start(
        lead_id=offer.lead_id,
        cycle=offer.cycle,
        kind=DeadlineKind.DECIDE,
        handover_id=offer.pk,
        team_id=offer.team_id,
        user_id=offer.assignee_id,
    )


def decide_by(offered_at: Iterable[datetime]) -> dict[datetime, datetime]:
    """When offers made at these moments are due, by the service level of every team; none where there is none."""
    clocks = Clocks()
    times = {at: clocks.times(DeadlineKind.DECIDE, None, at) for at in offered_at}
    return {at: found.due_at for at, found in times.items() if found}


def reasons(lead_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The parts of each lead's scores that gave points, best first, with their labels: why it qualified."""
    legends = {(row.model_id, row.version): row.lines for row in ScoreLegend.objects.filter(model__purpose="marketing")}
    result: dict[int, list[dict[str, Any]]] = {}
    for score in LeadScore.objects.filter(lead_id__in=lead_ids, model__purpose="marketing"):
        lines = legends.get((score.model_id, score.version), [])
        rows = [{"points": p, "text": line["rule"]} for p, line in zip(score.parts, lines, strict=False) if p]
        result.setdefault(score.lead_id, []).extend(sorted(rows, key=lambda row: -row["points"]))
    return result
