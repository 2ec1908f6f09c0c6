"""Mails of notifications: what may leave by now, together for each person, written as it is marked."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Min, QuerySet
from django.urls import reverse
from django.utils import timezone

from leads.models import Deadline, Handover, HandoverState, MailWish, NoticeKind, Notification, Task
from leads.notices.staff import may_open, within_reach
from leads.notices.wishes import Wishes
from leads.notices.words import URGENT, said
from users.links import absolute
from users.mails import write_to
from users.models import Organisation, User

PEOPLE = 100  # at a time
MOST = 50  # listed in one mail; the rest is counted and stands in the centre


def mail_due(*, now: datetime) -> int:
    """Write the mails that may leave by now, one for each person; returns how many.

    A mail and the mark that it was written are one transaction: whenever a worker dies, both stand or neither.
    """
    due = Notification.objects.filter(mail_at__lte=now, mailed_at=None)
    people = due.values_list("user_id").annotate(first=Min("mail_at")).order_by("first")[:PEOPLE]
    return sum(_mail_one(user_id, now) for user_id, _ in people)


@transaction.atomic
def _mail_one(user_id: int, now: datetime) -> bool:
    """One person's mail. A second worker on it waits for nobody and finds nothing."""
    due = Notification.objects.filter(user_id=user_id, mail_at__lte=now, mailed_at=None)
    rows = list(due.select_for_update(skip_locked=True, of=("self",)).select_related("user", "lead__company"))
    if not rows:
        return False
    user = rows[0].user
    worth = _worth_a_mail(user, rows)
    gone = [row.pk for row in rows if row.pk not in worth]
    Notification.objects.filter(pk__in=gone).update(mail_at=None)
    if not worth:
        return False
    Notification.objects.filter(pk__in=worth).update(mailed_at=now)
    _write(user, [row for row in sorted(rows, key=_most_urgent) if row.pk in worth])
    return True


def _most_urgent(row: Notification) -> tuple[bool, int]:
    return (row.kind not in URGENT, row.pk)


def _worth_a_mail(user: User, rows: Sequence[Notification]) -> set[int]:
    """What the person still works here for, may still see, has not read meanwhile and that still stands."""
    if not user.is_active:
        return set()
    unread = [row for row in rows if row.read_at is None or row.read_at == row.created_at]
    wishes = Wishes([user.pk])
    wished = [row for row in unread if wishes.of(user.pk, row.kind).mail != MailWish.OFF]
    seen = within_reach({user.pk: user}, ((user.pk, row.lead_id) for row in wished if row.lead_id))
    visible = {
        row.pk for row in wished if ((user.pk, row.lead_id) in seen if row.lead_id else may_open(user, row.data))
    }
    return visible - _settled(rows)


def _settled(rows: Sequence[Notification]) -> set[int]:
    """Those whose matter is done: the handover decided, the deadline met or dropped, the task done."""
    done: set[int] = set()
    asked: list[tuple[str, QuerySet]] = [
        ("handover", Handover.objects.exclude(state=HandoverState.OPEN)),
        ("deadline", Deadline.objects.exclude(met_at=None, dropped_at=None)),
        ("task", Task.objects.exclude(done_at=None)),
    ]
    for name, finished in asked:
        by_row = {row.pk: row.data[name] for row in rows if row.data.get(name) and row.kind != NoticeKind.DECIDED}
        over = set(finished.filter(pk__in=by_row.values()).values_list("pk", flat=True)) if by_row else set()
        done |= {pk for pk, thing in by_row.items() if thing in over}
    return done


def _write(user: User, rows: Sequence[Notification]) -> None:
    zone = ZoneInfo(user.time_zone) if user.time_zone else Organisation.load().zone
    with timezone.override(zone):
        write_to(
            user,
            "leads/mail/notices",
            {
                "notices": Lines(rows[:MOST]),
                "number": len(rows),
                "more": max(len(rows) - MOST, 0),
                "centre_url": absolute(reverse("leads:notice_list")),
                "wishes_url": absolute(reverse("leads:notice_wishes")),
            },
        )


class Lines:
    """The notifications of a mail in words: worded while the mail is written, in the reader's language."""

    def __init__(self, rows: Sequence[Notification]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self._rows:
            words = said(row)
            yield {"said": words, "url": absolute(words.path), "urgent": row.kind in URGENT}

    @property
    def first(self) -> dict[str, Any]:
        """The one of a mail about one thing; the most urgent one otherwise."""
        return next(iter(self))
