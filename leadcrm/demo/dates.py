"""The quarters of the demo, in the organisation's zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Quarter:
    """One calendar quarter of a zone."""

    first_day: date
    zone: ZoneInfo

    @property
    def last_day(self) -> date:
        """The last day of the quarter."""
        return self._next() - timedelta(days=1)

    @property
    def start(self) -> datetime:
        """Its first instant."""
        return datetime.combine(self.first_day, time.min, tzinfo=self.zone)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return datetime.combine(self._next(), time.min, tzinfo=self.zone)

    def a_year_earlier(self) -> "Quarter":
        """The same quarter of the year before."""
        return Quarter(self.first_day.replace(year=self.first_day.year - 1), self.zone)

    def _next(self) -> date:
        year, month = divmod(self.first_day.month + 2, 12)
        return date(self.first_day.year + year, month + 1, 1)


def last_full_quarter(now: datetime, zone: ZoneInfo) -> Quarter:
    """The last quarter that is over at `now`."""
    today = now.astimezone(zone).date()
    running = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    before = running - timedelta(days=1)
    return Quarter(date(before.year, before.month - 2, 1), zone)
