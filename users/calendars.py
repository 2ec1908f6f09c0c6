"""The calendars of teams: a team's own values first, each missing one from the organisation."""

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from users.hours import MONDAY_TO_FRIDAY, Calendar
from users.models import Holiday, Organisation, Team


class Calendars:
    """The calendar of every team, read once; that of no team is the organisation's."""

    def __init__(self) -> None:
        self._organisation = Organisation.load()
        self._teams = {team.pk: team for team in Team.objects.all()}
        self._holidays: dict[int | None, set[date]] = {}
        for day, team_id in Holiday.objects.values_list("day", "team_id"):
            self._holidays.setdefault(team_id, set()).add(day)
        self._made: dict[int | None, Calendar] = {}

    def of(self, team_id: int | None) -> Calendar:
        """The calendar of a team."""
        if team_id not in self._made:
            self._made[team_id] = self._make(team_id)
        return self._made[team_id]

    def with_holiday(self, team_id: int | None, day: date) -> Calendar:
        """The calendar of a team, were this day a holiday too."""
        return self._make(team_id, [day])

    def _make(self, team_id: int | None, another: Iterable[date] = ()) -> Calendar:
        organisation, team = self._organisation, self._teams.get(team_id or 0)
        hours = team if team and team.opens_at else organisation
        days = (team.working_days if team else None) or organisation.working_days
        return Calendar(
            zone=ZoneInfo((team.time_zone if team else "") or organisation.time_zone),
            days=frozenset(days) or MONDAY_TO_FRIDAY,
            opens=hours.opens_at,
            closes=hours.closes_at,
            holidays=frozenset({*self._holidays.get(None, ()), *self._holidays.get(team_id, ()), *another}),
        )


def check_holiday(day: date, team_id: int | None) -> None:
    """Raise ValidationError where one more holiday would leave a team, or nobody at all, no day to work on."""
    calendars = Calendars()
    for team in [team_id] if team_id else [None, *Team.objects.values_list("pk", flat=True)]:
        if not calendars.with_holiday(team, day).has_work_around(day):
            raise ValidationError({"day": _("No working day would be left for more than a year.")})
