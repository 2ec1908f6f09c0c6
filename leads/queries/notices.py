"""Notifications as the centre lists them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, QuerySet, When

from leads.models import Notification
from leads.notices.words import ICONS, URGENT, Said, said


@dataclass(frozen=True)
class Listed:
    """One line of the centre."""

    row: Notification
    said: Said
    icon: str
    urgent: bool


def unread_count(user_id: int) -> int:
    """How many notifications somebody has not read: one statement on an index of its own."""
    return Notification.objects.filter(user_id=user_id, read_at=None).count()


def notices_of(user_id: int, *, unread_only: bool = False, kind: str = "") -> QuerySet[Notification]:
    """Somebody's notifications, unread ones first, then the newest."""
    rows = Notification.objects.filter(user_id=user_id).select_related("lead__company")
    if unread_only:
        rows = rows.filter(read_at=None)
    if kind:
        rows = rows.filter(kind=kind)
    return rows.order_by(Case(When(read_at=None, then=0), default=1), "-pk")


def listed(rows: Sequence[Notification]) -> list[Listed]:
    """The rows in words."""
    return [Listed(row, said(row), ICONS[row.kind], row.kind in URGENT) for row in rows]
