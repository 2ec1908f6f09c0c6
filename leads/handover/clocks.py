"""How long a thing may take: service levels counted in the working time of teams."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from leads.models import Deadline, DeadlineKind, Sla, Unit
from users.calendars import Calendars
from users.hours import Calendar, NoWorkingTime
from users.rows import insert


@dataclass(frozen=True)
class Times:
    """When somebody is warned, when the time is over, and when their superiors hear of it."""

    warn_at: datetime
    due_at: datetime
    escalate_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """One clock to be started now."""

    lead_id: int
    cycle: int
    kind: DeadlineKind
    handover_id: int | None = None
    team_id: int | None = None
    user_id: int | None = None


class Clocks:
    """The service levels and calendars in force, read once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int | None, datetime], Times | None] = {}

    @cached_property
    def _levels(self) -> dict[tuple[str, int | None], Sla]:
        return {(row.kind, row.team_id): row for row in Sla.objects.all()}

    @cached_property
    def _calendars(self) -> Calendars:
        return Calendars()

    def times(self, kind: DeadlineKind, team_id: int | None, start: datetime) -> Times | None:
        """The times of a clock by the team's service level, else everybody's; None where nothing was agreed."""
        key = (str(kind), team_id, start)
        if key not in self._known:
            level = self._levels.get((kind, team_id)) or self._levels.get((kind, None))
            self._known[key] = None if level is None else _times(level, self._calendars.of(team_id), start)
        return self._known[key]

    def start(self, starts: Sequence[Start], now: datetime) -> None:
        """Start clocks; one that runs already goes on as it does."""
        rows = []
        for clock in starts:
            times = self.times(clock.kind, clock.team_id, now)
            if times is not None:
                rows.append(
                    {
                        "lead_id": clock.lead_id,
                        "cycle": clock.cycle,
                        "kind": str(clock.kind),
                        "handover_id": clock.handover_id,
                        "team_id": clock.team_id,
                        "user_id": clock.user_id,
                        "started_at": now,
                        "warn_at": times.warn_at,
                        "due_at": times.due_at,
                        "escalate_at": times.escalate_at,
                    }
                )
        insert(Deadline, rows, skip_known=True)


def _times(level: Sla, calendar: Calendar, start: datetime) -> Times:
    """Holidays that leave no working day in sight are worked: a clock without an end would help nobody."""
    try:
        return _counted(level, calendar, start)
    except NoWorkingTime:
        return _counted(level, calendar.without_holidays(), start)


def _counted(level: Sla, calendar: Calendar, start: datetime) -> Times:
    due = calendar.add(start, level.amount, level.unit)
    escalate = due + timedelta(hours=level.escalate_hours)
    if level.unit == Unit.CALENDAR_DAYS:
        return Times(start + (due - start) * level.warn_percent / 100, due, escalate)
    work = timedelta(seconds=calendar.between(start, due) * level.warn_percent / 100)
    return Times(min(calendar.after(start, work), due), due, calendar.next_open(escalate))
