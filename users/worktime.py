"""When people work, as it is administered: hours, holidays, absences, how many leads somebody takes."""

from dataclasses import asdict, dataclass
from datetime import date, time

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from users.calendars import check_holiday
from users.models import Absence, Holiday, Organisation, Team, User
from users.transactions import one_transaction


@dataclass(frozen=True, kw_only=True, slots=True)
class Hours:
    """When a team or the organisation works. What is empty counts from the next larger circle."""

    working_days: list[int]
    opens_at: time | None
    closes_at: time | None
    time_zone: str = ""


@one_transaction()
def set_hours(team: Team | None, hours: Hours) -> None:
    """Say when a team works, or without one the organisation. Clocks that run keep their end.

    The organisation's zone is not changed here: days of reports and of decay hang on it, too.
    """
    row: Team | Organisation = team or Organisation.load()
    for name, value in asdict(hours).items():
        if team is not None or name != "time_zone":
            setattr(row, name, value)
    row.full_clean()
    row.save()


@one_transaction()
def add_holiday(day: date, name: str, team_id: int | None) -> Holiday:
    """Add a day on which a team, or nobody at all, works. Raises ValidationError where no working day would be left."""
    if Holiday.objects.filter(day=day, team=team_id).exists():
        raise ValidationError({"day": _("This day is a holiday already.")})
    check_holiday(day, team_id)
    return Holiday.objects.create(day=day, name=name, team_id=team_id)


@one_transaction()
def drop_holiday(holiday_id: int) -> None:
    """Take a holiday away. Clocks that run keep their end."""
    Holiday.objects.filter(pk=holiday_id).delete()


@one_transaction()
def add_absence(user_id: int, starts_on: date, ends_on: date) -> Absence:
    """Say that somebody is away: nothing is routed to them. Raises ValidationError for days in the wrong order."""
    if ends_on < starts_on:
        raise ValidationError({"ends_on": _("An absence cannot end before it starts.")})
    return Absence.objects.create(user_id=user_id, starts_on=starts_on, ends_on=ends_on)


@one_transaction()
def drop_absence(absence_id: int) -> None:
    """Take an absence away: somebody came back, or never left."""
    Absence.objects.filter(pk=absence_id).delete()


@one_transaction()
def set_capacity(user_id: int, capacity: int | None) -> None:
    """Say how many open leads somebody takes in turn; None takes the limit away."""
    User.objects.filter(pk=user_id).update(capacity=capacity)
