"""How people wish to be told, kind by kind, and when they want to be left alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction

from leads.models import MailWish, NoticeKind, NoticeWish
from leads.notices.quiet import after_quiet, next_daily, quiet_of
from users.accounts import set_quiet_hours
from users.models import Organisation, User


@dataclass(frozen=True, slots=True)
class Wish:
    """Whether it counts as unread news in the centre, and whether a mail goes out."""

    mail: MailWish
    in_app: bool = True


# What waits or burns is mailed at once, what is good to know once a day.
DEFAULTS: Mapping[str, Wish] = {
    NoticeKind.OFFERED: Wish(MailWish.AT_ONCE),
    NoticeKind.DECIDED: Wish(MailWish.DAILY),
    NoticeKind.RECOMMENDED: Wish(MailWish.OFF),
    NoticeKind.WARNED: Wish(MailWish.OFF),
    NoticeKind.BREACHED: Wish(MailWish.AT_ONCE),
    NoticeKind.ESCALATED: Wish(MailWish.AT_ONCE),
    NoticeKind.ASSIGNED: Wish(MailWish.DAILY),
    NoticeKind.DUE: Wish(MailWish.DAILY),
    NoticeKind.RECYCLED: Wish(MailWish.DAILY),
    NoticeKind.WON: Wish(MailWish.DAILY),
    NoticeKind.APPROVAL: Wish(MailWish.AT_ONCE),
    NoticeKind.ANSWERED: Wish(MailWish.DAILY),
}


class Wishes:
    """The wishes of some people, read at once."""

    def __init__(self, user_ids: Sequence[int]) -> None:
        rows = NoticeWish.objects.filter(user_id__in=user_ids)
        self._said = {(row.user_id, row.kind): Wish(MailWish(row.mail), row.in_app) for row in rows}

    def of(self, user_id: int, kind: str) -> Wish:
        """What this person wishes of this kind."""
        return self._said.get((user_id, kind), DEFAULTS[kind])


def mail_time(user: User, wish: MailWish, organisation: Organisation, now: datetime) -> datetime | None:
    """When the mail of something told now may leave; None for no mail."""
    if wish == MailWish.OFF:
        return None
    zone = ZoneInfo(user.time_zone) if user.time_zone else organisation.zone
    wanted = next_daily(now, zone) if wish == MailWish.DAILY else now
    return after_quiet(wanted, quiet_of(user.quiet_from, user.quiet_until, zone))


@transaction.atomic
def set_wishes(user_id: int, wishes: Mapping[str, Wish], *, quiet_from: time | None, quiet_until: time | None) -> None:
    """Say how one person wishes to be told from now on. What was told already leaves as it was to leave.

    Raises ValidationError where only one of the quiet hours is given, or both are the same.
    """
    set_quiet_hours(user_id, quiet_from, quiet_until)
    NoticeWish.objects.bulk_create(
        [NoticeWish(user_id=user_id, kind=kind, in_app=wish.in_app, mail=wish.mail) for kind, wish in wishes.items()],
        update_conflicts=True,
        unique_fields=["user", "kind"],
        update_fields=["in_app", "mail"],
    )
