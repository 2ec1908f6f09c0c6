"""The weekly digest for the meeting of marketing and sales: made, read again later, mailed once."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from leads.models import Lead
from reports.agenda import agenda
from reports.models import Digest, DigestWish
from reports.queries.week import WEEK, week_in_figures
from users.links import absolute
from users.mails import in_language_of, write_to
from users.models import Organisation, Role, User

READERS = (Role.MARKETER, Role.SALES_MANAGER, Role.ADMIN)
MAILED_AT = time(7)


class NotAWeek(ValueError):
    """The day is no Monday, or the week has not begun."""


def may_read(user: User) -> bool:
    """Whether the digest is for this person: those who meet."""
    return user.is_active and user.role in READERS


@transaction.atomic
def make(week_from: date, *, by: int | None, now: datetime) -> Digest:
    """Write down the week that begins on a Monday. What was mailed stays as it was mailed. Raises NotAWeek."""
    zone = Organisation.load().zone
    if week_from.isoweekday() != 1 or week_from > now.astimezone(zone).date():
        raise NotAWeek(f"{week_from:%Y-%m-%d} is no Monday of a week that has begun.")
    known = Digest.objects.select_for_update().filter(week_from=week_from).first()
    if known is not None and known.mailed_at is not None:
        return known
    data = week_in_figures(week_from, zone, now)
    made, _created = Digest.objects.update_or_create(
        week_from=week_from, defaults={"data": data, "made_at": now, "by_id": by}
    )
    return made


@transaction.atomic
def mail(digest: Digest, *, now: datetime) -> int:
    """Mail a digest to those who want it, once; returns how many mails were written.

    Mails and mark are one transaction: whenever a worker dies, all stand or none.
    """
    row = Digest.objects.select_for_update().get(pk=digest.pk)
    if row.mailed_at is not None:
        return 0
    readers = readers_by_mail()
    for user in readers:
        write(row, user)
    row.mailed_at = digest.mailed_at = now
    row.save(update_fields=["mailed_at"])
    return len(readers)


def readers_by_mail() -> list[User]:
    """Who may read the digest and has not declined its mail."""
    declined = DigestWish.objects.filter(is_wanted=False).values("user")
    return list(User.objects.filter(role__in=READERS, is_active=True).exclude(pk__in=declined).order_by("pk"))


def write(digest: Digest, user: User) -> None:
    """One person's mail, in their language and by their clock, naming the leads they may read."""
    zone = ZoneInfo(user.time_zone) if user.time_zone else Organisation.load().zone
    with in_language_of(user), timezone.override(zone):
        write_to(user, "reports/mail/digest", mail_words(digest, user))


def mail_words(digest: Digest, user: User) -> dict[str, object]:
    """What the mail's templates may say."""
    page = reverse("reports:digest")
    return {
        "agenda": agenda(digest, user),
        "url": absolute(f"{page}?week={digest.week_from:%Y-%m-%d}"),
        "wish_url": absolute(page),
        "site": absolute(""),
    }


@transaction.atomic
def set_wish(user_id: int, *, is_wanted: bool) -> None:
    """Say whether somebody wants the digest by mail."""
    DigestWish.objects.update_or_create(user_id=user_id, defaults={"is_wanted": is_wanted})


def wants(user: User) -> bool:
    """Whether this person gets it by mail."""
    wish = DigestWish.objects.filter(user=user).first()
    return wish is None or wish.is_wanted


def last_week(now: datetime) -> date:
    """The Monday of the last whole week, by the organisation's clock."""
    today = now.astimezone(Organisation.load().zone).date()
    return today - timedelta(days=today.weekday()) - WEEK


@transaction.atomic
def send_weekly(*, now: datetime) -> int:
    """On Monday from seven on: make and mail the digest of the week that is over; returns how many mails.

    Asked again it does nothing; after days without a worker the last week is mailed, not those before.
    """
    week_from, zone = last_week(now), Organisation.load().zone
    if now < datetime.combine(week_from + WEEK, MAILED_AT, tzinfo=zone) or not Lead.objects.exists():
        return 0
    if Digest.objects.filter(week_from=week_from, mailed_at__isnull=False).exists():
        return 0
    return mail(make(week_from, by=None, now=now), now=now)
