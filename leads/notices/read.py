"""Marking one's notifications as read."""

from collections.abc import Collection
from datetime import datetime

from leads.models import Notification


def mark_read(user_id: int, *, now: datetime, ids: Collection[int] | None = None) -> int:
    """Mark notifications of one person as read, all of them without `ids`; returns how many were unread."""
    rows = Notification.objects.filter(user_id=user_id, read_at=None)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    return rows.update(read_at=now)


def forget_old(*, before: datetime) -> int:
    """Delete what was read and told before a moment; returns how many. Their causes are too old to tell again."""
    return Notification.objects.filter(created_at__lt=before).exclude(read_at=None).delete()[0]
