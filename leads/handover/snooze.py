"""Putting an open handover aside for a while, and bringing it back before its time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from leads.activity.news import publish
from leads.handover.claim import lock_open
from leads.models import Handover

LONGEST = timedelta(days=90)


class SnoozeNotPossible(Exception):
    """The time is past, or further away than anybody may put a lead aside."""


@transaction.atomic
def snooze(handover_ids: Sequence[int], *, until: datetime, by: int, now: datetime) -> list[Handover]:
    """Take open handovers out of the queue of all who may decide on them until a moment. Snoozing again moves it.

    The clock goes on: a snoozed handover is due when it was due before, and is warned of and broken like any other.
    Raises AlreadyDecided; SnoozeNotPossible for a moment that is past or more than 90 days away.
    """
    if until <= now:
        raise SnoozeNotPossible("Choose a time that lies ahead.")
    if until - now > LONGEST:
        raise SnoozeNotPossible(f"Choose a time within {LONGEST.days} days, or return the lead to marketing.")
    return _set(handover_ids, until, "handover_snoozed", by=by, now=now)


@transaction.atomic
def unsnooze(handover_ids: Sequence[int], *, by: int, now: datetime) -> list[Handover]:
    """Bring handovers back to the queue now; those that are not snoozed stay there. Raises AlreadyDecided."""
    return _set(handover_ids, None, "handover_unsnoozed", by=by, now=now)


def _set(ids: Sequence[int], until: datetime | None, kind: str, *, by: int, now: datetime) -> list[Handover]:
    rows = lock_open(ids)
    changed = [row for row in rows if row.snoozed_until != until]
    for row in changed:
        row.snoozed_until = until
    Handover.objects.bulk_update(changed, ["snoozed_until"])
    data = {"by": by, "until": until.isoformat() if until else None}
    publish(kind, (row.lead_id for row in changed), now=now, data=data)
    return rows
