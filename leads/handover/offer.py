"""Offering a lead to sales when it becomes qualified, and withdrawing the offer when it leaves undecided."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from leads.activity.news import publish
from leads.lifecycle.hooks import Moved
from leads.models import Cause, Handover, HandoverState, LeadScore, ScoreLegend, StageChange, StageRole
from users.models import Organisation, Team

WORKING_DAYS_TO_DECIDE = 2


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
    team, due = Team.objects.order_by("pk").first(), due_at(now, Organisation.load())
    why = reasons([m.lead_id for m in moved])
    Handover.objects.bulk_create(
        Handover(
            lead_id=m.lead_id,
            cycle=m.cycle,
            team=team,
            owner_before_id=m.owner_id,
            offered_at=now,
            due_at=due,
            why=why.get(m.lead_id, []),
        )
        for m in moved
    )
    publish("handover_offered", (m.lead_id for m in moved), now=now)


def due_at(offered_at: datetime, organisation: Organisation, days: int = WORKING_DAYS_TO_DECIDE) -> datetime:
    """The same hour `days` working days later, in the organisation's zone."""
    working = set(organisation.working_days) or {1, 2, 3, 4, 5}
    local = offered_at.astimezone(organisation.zone)
    while days:
        local += timedelta(days=1)
        days -= local.isoweekday() in working
    return local


def reasons(lead_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The parts of each lead's scores that gave points, best first, with their labels: why it qualified."""
    legends = {(row.model_id, row.version): row.lines for row in ScoreLegend.objects.filter(model__purpose="marketing")}
    result: dict[int, list[dict[str, Any]]] = {}
    for score in LeadScore.objects.filter(lead_id__in=lead_ids, model__purpose="marketing"):
        lines = legends.get((score.model_id, score.version), [])
        rows = [{"points": p, "text": line["rule"]} for p, line in zip(score.parts, lines, strict=False) if p]
        result.setdefault(score.lead_id, []).extend(sorted(rows, key=lambda row: -row["points"]))
    return result
