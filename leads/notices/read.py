"""Marking one's notifications as read."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import F

from leads.models import NoticeKind, Notification


def mark_read(user_id: int, *, now: datetime, ids: Collection[int] | None = None) -> int:
    """Mark notifications of one person as read, all of them without `ids`; returns how many were unread."""
    rows = Notification.objects.filter(user_id=user_id, read_at=None)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    return rows.update(read_at=now)


def lay_aside(kind: NoticeKind, dedupe_key: str) -> None:
    """Take what was told under a key off everybody's bell, unmailed if it still is: it waits for nobody any more."""
    rows = Notification.objects.filter(kind=kind, dedupe_key=dedupe_key)
    rows.filter(mailed_at=None).update(mail_at=None)
    rows.filter(read_at=None).update(read_at=F("created_at"))


def forget_old(*, before: datetime) -> int:
    """Delete what was read and told before a moment; returns how many. Their causes are too old to tell again."""
    return Notification.objects.filter(created_at__lt=before).exclude(read_at=None).delete()[0]
