"""Quiet hours and the daily hour, on the reader's wall clock. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAILY_AT = time(8)
DAYS_AHEAD = 4  # a zone may leave out a whole day
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Quiet:
    """From one hour of the wall clock until another, over midnight where the first is the later one."""

    starts: time
    ends: time
    zone: ZoneInfo

    def covers(self, at: datetime) -> bool:
        """Whether the clock on the wall stands within the quiet hours."""
        clock = at.astimezone(self.zone).time()
        if self.starts < self.ends:
            return self.starts <= clock < self.ends
        return clock >= self.starts or clock < self.ends


def quiet_of(starts: time | None, ends: time | None, zone: ZoneInfo) -> Quiet | None:
    """The quiet hours somebody has; None for none."""
    return None if starts is None or ends is None or starts == ends else Quiet(starts, ends, zone)


def after_quiet(at: datetime, quiet: Quiet | None) -> datetime:
    """The moment itself, or the end of the quiet hours it falls into."""
    if quiet is None or not quiet.covers(at):
        return at
    ends = (end for end in _on_the_wall(at, quiet.ends, quiet.zone) if end >= at)
    return next((end for end in ends if not quiet.covers(end)), at)


def next_daily(at: datetime, zone: ZoneInfo) -> datetime:
    """The next time the wall clock shows the daily hour, after the moment."""
    return next(hour for hour in _on_the_wall(at, DAILY_AT, zone) if hour > at)


def _on_the_wall(at: datetime, clock: time, zone: ZoneInfo) -> Iterator[datetime]:
    """The moments, from the day of `at` on, at which the wall clock shows an hour or jumps over it, in order."""
    day = at.astimezone(zone).date()
    for ahead in range(DAYS_AHEAD):
        yield from _moments(datetime.combine(day + timedelta(days=ahead), clock), zone)


def _moments(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """When the clock shows this: once, twice in autumn, and in a gap of spring when it jumps over it."""
    both = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    real = [moment for moment in both if moment.astimezone(zone).replace(tzinfo=None) == wall]
    return sorted(set(real)) or [_jump(min(both), max(both), zone)]


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the clock between these moments jumps."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
