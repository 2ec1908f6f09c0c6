"""Working time and service levels as the settings show them: own values, and what counts where there are none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.dates import WEEKDAYS_ABBR

from leads.access import deciders
from leads.models import DeadlineKind, Sla
from users.calendars import Calendars
from users.hours import Calendar
from users.models import Absence, Holiday, Organisation, Team, User


@dataclass(frozen=True)
class Circle:
    """A team, or everybody, with the calendar that counts, and where it says something itself."""

    team: Team | None
    row: Team | Organisation
    calendar: Calendar
    is_open: bool
    may_edit: bool

    @property
    def pk(self) -> int:
        """The team's id; 0 is everybody."""
        return self.team.pk if self.team else 0

    @property
    def days(self) -> str:
        """The days worked, by their short names; a week of those who rest on Friday begins on Sunday."""
        late = {5, 6} - self.calendar.days and 7 in self.calendar.days
        ordered = sorted(self.calendar.days, key=lambda day: day % 7 if late else day)
        return ", ".join(str(WEEKDAYS_ABBR[day - 1]) for day in ordered)


def circles(teams: Sequence[Team], now: datetime, *, may_edit_everybody: bool) -> list[Circle]:
    """Everybody first, then the teams."""
    calendars = Calendars()
    everybody, all_teams = calendars.of(None), [(team, calendars.of(team.pk)) for team in teams]
    return [
        Circle(None, Organisation.load(), everybody, everybody.open_at(now), may_edit_everybody),
        *(Circle(team, team, calendar, calendar.open_at(now), True) for team, calendar in all_teams),
    ]


def levels(shown: Sequence[Circle]) -> list[dict[str, Any]]:
    """Each kind of deadline with the level of every circle: its own, or the one that counts instead."""
    known = {(row.kind, row.team_id): row for row in Sla.objects.all()}
    return [
        {
            "kind": kind,
            "cells": [
                {
                    "circle": circle,
                    "own": known.get((kind, circle.team.pk if circle.team else None)),
                    "counts": known.get((kind, circle.team.pk if circle.team else None)) or known.get((kind, None)),
                }
                for circle in shown
            ],
        }
        for kind in DeadlineKind
    ]


def holidays(teams: Sequence[Team], today: date) -> list[Holiday]:
    """Holidays to come, everybody's and those of the teams."""
    rows = Holiday.objects.filter(day__gte=today).select_related("team").order_by("day", "pk")
    return [row for row in rows if row.team is None or row.team in teams]


def people(teams: Sequence[Team], today: date) -> list[dict[str, Any]]:
    """Who may be given leads, with how many they take, and when they are away from today on."""
    away: dict[int, list[Absence]] = {}
    for row in Absence.objects.filter(ends_on__gte=today).order_by("starts_on", "pk"):
        away.setdefault(row.user_id, []).append(row)
    rows: list[User] = list(deciders([team.pk for team in teams]).select_related("team"))
    rows.sort(key=lambda user: (str(user.team), str(user)))
    return [
        {
            "user": user,
            "absences": (absences := away.get(user.pk, [])),
            "is_away": any(row.starts_on <= today for row in absences),
        }
        for user in rows
    ]
