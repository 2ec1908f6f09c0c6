"""Working time as a pure calendar: what is due when, how much working time lies between. It knows no database.

Every moment is an instant; days and hours are those of the calendar's zone. An hour that a clock skips in spring is
the moment it skips it; of an hour that comes twice in autumn, the first counts for what is due, and the second ends
nothing that has ended. So no later start is ever due earlier.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

# How an amount of time is counted: the values of leads.models.routing.Unit.
HOURS, DAYS, CALENDAR = "hours", "days", "calendar"
MONDAY_TO_FRIDAY = frozenset({1, 2, 3, 4, 5})
SIGHT = 400  # days without an opening after which there is none: more than a year
DAY, NOTHING = timedelta(days=1), timedelta()


class NoWorkingTime(Exception):
    """The calendar has no working day in sight: its holidays cover them all."""

    def __init__(self) -> None:
        super().__init__("No working day is left for more than a year. Take holidays away, or add working days.")


@dataclass(frozen=True)
class Calendar:
    """When a team works. Without hours the whole day counts; `days` are ISO weekdays, Monday is 1."""

    zone: ZoneInfo
    days: frozenset[int] = MONDAY_TO_FRIDAY
    opens: time | None = None
    closes: time | None = None
    holidays: frozenset[date] = frozenset()
    _spans: dict[date, tuple[datetime, datetime] | None] = field(default_factory=dict, compare=False, repr=False)

    def add(self, start: datetime, amount: int, unit: str) -> datetime:
        """The moment an amount of time later.

        "hours" of working time end within it. "days" end at the same hour so many working days later; a start outside
        working time counts from the next opening. "calendar" days end at the same hour, working or not.
        Raises NoWorkingTime.
        """
        if unit == HOURS:
            return self.after(start, timedelta(hours=amount))
        if unit == CALENDAR:
            wall = self._wall(start)
            return self._instant(wall.date() + amount * DAY, wall.time())
        wall = self._wall(self.next_open(start))
        day = wall.date()
        for _ in range(amount):
            day = self._working_day_after(day)
        return self.next_open(self._instant(day, wall.time()))

    def after(self, start: datetime, work: timedelta) -> datetime:
        """The first moment at which so much working time has passed since `start`; for none, when it begins."""
        left = work
        for opens, closes in self._open_from(start):
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        raise NoWorkingTime

    def between(self, start: datetime, end: datetime) -> float:
        """The seconds of working time from `start` until `end`; negative where the end comes first."""
        if end < start:
            return -self.between(end, start)
        day, last = self._wall(start).date(), self._wall(end).date()
        total = NOTHING
        while day <= last + DAY:
            if span := self._span(day):
                total += max(min(span[1], end) - max(span[0], start), NOTHING)
            day += DAY
        return total.total_seconds()

    def open_at(self, moment: datetime) -> bool:
        """Whether this is working time; the moment of closing is not."""
        try:
            return self.next_open(moment) == moment
        except NoWorkingTime:
            return False

    def next_open(self, moment: datetime) -> datetime:
        """The moment itself in working time, else the next opening. Raises NoWorkingTime."""
        opens, _closes = next(self._open_from(moment))
        return opens

    def has_work_around(self, day: date) -> bool:
        """Whether the stretch without work in which a day lies, if it does, ends in sight."""
        for _ in range(SIGHT):
            if self._span(day):
                break
            day -= DAY
        try:
            return bool(self._working_day_after(day))
        except NoWorkingTime:
            return False

    def without_holidays(self) -> "Calendar":
        """The same calendar with every holiday worked."""
        return replace(self, holidays=frozenset(), _spans={})

    def _open_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The stretches of working time from `start` on. Raises NoWorkingTime where there is none in sight."""
        day, start = self._wall(start).date(), start.astimezone(UTC)
        barren = 0
        while barren < SIGHT:
            span = self._span(day)
            if span and start < span[1]:
                yield max(start, span[0]), span[1]
                barren = 0
            barren += 1
            day += DAY
        raise NoWorkingTime

    def _working_day_after(self, day: date) -> date:
        for ahead in range(1, SIGHT):
            if self._span(day + ahead * DAY):
                return day + ahead * DAY
        raise NoWorkingTime

    def _span(self, day: date) -> tuple[datetime, datetime] | None:
        """From when to when a day is worked; nothing where it is not."""
        if day not in self._spans:
            works = day.isoweekday() in self.days and day not in self.holidays
            self._spans[day] = self._hours(day) if works else None
        return self._spans[day]

    def _hours(self, day: date) -> tuple[datetime, datetime] | None:
        opens = self._instant(day, self.opens or time.min)
        closes = self._instant(day, self.closes) if self.closes else self._instant(day + DAY, time.min)
        return (opens, closes) if opens < closes else None

    # Between instants and what the clock on the wall says, never running backwards.

    def _instant(self, day: date, hour: time) -> datetime:
        """When the clock first says so; where it never does, the moment it skips it."""
        wall = datetime.combine(day, hour)
        local = wall.replace(tzinfo=self.zone)
        instant = local.astimezone(UTC)
        if instant.astimezone(self.zone).replace(tzinfo=None) == wall:
            return instant
        return self._change(local.replace(fold=1).astimezone(UTC), instant)

    def _wall(self, instant: datetime) -> datetime:
        """What the clock says; the second time an hour comes, that it is over."""
        local = instant.astimezone(self.zone)
        wall = local.replace(tzinfo=None)
        if not local.fold:
            return wall
        first = local.replace(fold=0)
        change = self._change(first.astimezone(UTC), local.astimezone(UTC))
        over = change.replace(tzinfo=None) + (first.utcoffset() or NOTHING)
        return min(over, datetime.combine(wall.date(), time.max))

    def _change(self, before: datetime, after: datetime) -> datetime:
        """The moment at which the clock is changed, between two instants."""
        offset = partial(_offset, self.zone)
        low, high, old = int(before.timestamp()) - 1, int(after.timestamp()) + 1, offset(before - timedelta(seconds=1))
        while high - low > 1:
            middle = (low + high) // 2
            if offset(datetime.fromtimestamp(middle, UTC)) == old:
                low = middle
            else:
                high = middle
        return datetime.fromtimestamp(high, UTC)


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()
