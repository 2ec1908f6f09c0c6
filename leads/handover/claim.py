"""Taking an open handover for oneself, and letting go of it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from leads.activity.news import publish
from leads.handover.decide import AlreadyDecided
from leads.models import Handover, HandoverState


class ClaimNotPossible(Exception):
    """Somebody else has it, or nobody would be left to decide."""


@transaction.atomic
def claim(handover_ids: Sequence[int], *, by: int, now: datetime) -> list[Handover]:
    """Make `by` the one expected to decide. Claiming what one has already is fine.

    Raises AlreadyDecided; ClaimNotPossible when somebody else has claimed one. Then nothing is written.
    """
    rows = _open(handover_ids)
    for row in rows:
        if row.assignee_id not in (None, by):
            raise ClaimNotPossible(f"{row.assignee.email if row.assignee else 'Somebody'} has claimed it.")
    return _assign(rows, by, "handover_claimed", now=now)


@transaction.atomic
def release(handover_ids: Sequence[int], *, now: datetime) -> list[Handover]:
    """Give handovers back to their team. Raises AlreadyDecided; ClaimNotPossible for one that has no team."""
    rows = _open(handover_ids)
    if any(row.team_id is None for row in rows):
        raise ClaimNotPossible("It belongs to no team, so nobody would be left to decide.")
    return _assign(rows, None, "handover_released", now=now)


def _open(handover_ids: Sequence[int]) -> list[Handover]:
    rows = Handover.objects.select_for_update(of=("self",)).select_related("assignee", "decided_by")
    found = list(rows.filter(pk__in=handover_ids).order_by("lead_id", "pk"))
    for row in found:
        if row.state != HandoverState.OPEN:
            raise AlreadyDecided(row)
    return found


def _assign(rows: list[Handover], assignee_id: int | None, kind: str, *, now: datetime) -> list[Handover]:
    changed = [row for row in rows if row.assignee_id != assignee_id]
    for row in changed:
        row.assignee_id = assignee_id
    Handover.objects.bulk_update(changed, ["assignee"])
    publish(kind, (row.lead_id for row in changed), now=now)
    return rows
