"""Who is expected to decide on an open handover: taking it, letting go of it, passing it on."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from leads.access import may_be_given
from leads.activity.news import publish
from leads.handover.deadlines import pass_on
from leads.handover.decide import AlreadyDecided
from leads.models import Handover, HandoverState, Route
from users.models import User


class ClaimNotPossible(Exception):
    """Somebody else has it, or nobody would be left to decide."""


@transaction.atomic
def claim(handover_ids: Sequence[int], *, by: int, now: datetime) -> list[Handover]:
    """Make `by` the one expected to decide. Claiming what one has already is fine.

    Raises AlreadyDecided; ClaimNotPossible when somebody else has claimed one. Then nothing is written.
    """
    rows = lock_open(handover_ids)
    for row in rows:
        if row.assignee_id not in (None, by):
            raise ClaimNotPossible(f"{row.assignee.email if row.assignee else 'Somebody'} has claimed it.")
    return _give(rows, by, "handover_claimed", by=by, now=now)


@transaction.atomic
def release(handover_ids: Sequence[int], *, now: datetime) -> list[Handover]:
    """Give handovers back to their team. Raises AlreadyDecided; ClaimNotPossible for one that has no team."""
    rows = lock_open(handover_ids)
    if any(row.team_id is None for row in rows):
        raise ClaimNotPossible("It belongs to no team, so nobody would be left to decide.")
    return _give(rows, None, "handover_released", by=None, now=now)


@transaction.atomic
def assign(handover_ids: Sequence[int], *, to: int, by: int, now: datetime) -> list[Handover]:
    """Pass handovers on to another person of their team, whoever has them now.

    Raises AlreadyDecided; ClaimNotPossible when that person is not of the team or may not decide there.
    """
    rows = lock_open(handover_ids)
    person = User.objects.select_related("team").filter(pk=to).first()
    for row in rows:
        if person is None or row.team_id is None or not may_be_given(person, row.team_id):
            raise ClaimNotPossible("Choose somebody of the team who may decide on handovers.")
    for row in rows:
        if row.assignee_id != to:
            row.route, row.rule = Route.PERSON, None
    return _give(rows, to, "handover_assigned", by=by, now=now)


def lock_open(handover_ids: Sequence[int]) -> list[Handover]:
    """Lock handovers that are still to be decided on. Raises AlreadyDecided for the first that is not."""
    # People are read when asked for: a row waited for would bring those of before the wait.
    rows = Handover.objects.select_for_update(of=("self",)).filter(pk__in=handover_ids)
    found = list(rows.order_by("lead_id", "pk"))
    for row in found:
        if row.state != HandoverState.OPEN:
            raise AlreadyDecided(row)
    return found


def _give(rows: list[Handover], to: int | None, kind: str, *, by: int | None, now: datetime) -> list[Handover]:
    """Whoever gets it sees it at once, even where the one before had put it aside."""
    changed = [row for row in rows if row.assignee_id != to]
    for row in changed:
        row.assignee_id, row.snoozed_until = to, None
    Handover.objects.bulk_update(changed, ["assignee", "snoozed_until", "route", "rule"])
    pass_on([row.pk for row in changed], to)
    publish(kind, (row.lead_id for row in changed), now=now, data={"user": to, "by": by})
    return rows
