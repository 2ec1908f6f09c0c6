"""Dates as people write them: the order of day and month is decided once for a whole column, never for a row."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from zoneinfo import ZoneInfo


class Order(StrEnum):
    """How the numbers of a date follow each other where the year does not come first."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


@dataclass(frozen=True, slots=True)
class When:
    """A time, and whether only its day was given."""

    at: datetime
    date_only: bool


_SECOND = r"(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
_TIME = rf"(?:[T ,]+(?P<hour>\d{{1,2}}):(?P<minute>\d\d){_SECOND}\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
_ZONE = r"\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d(?!\d)|[+-]\d\d(?!\d))?"
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})[-/.](?P<a>\d{{1,2}})[-/.](?P<b>\d{{1,2}}){_TIME}{_ZONE}")
_YEAR_LAST = re.compile(rf"(?P<a>\d{{1,2}})(?P<mark>[-/.])(?P<b>\d{{1,2}})[-/.](?P<year>\d{{4}}|\d{{2}}){_TIME}{_ZONE}")
_NAMED = re.compile(
    rf"(?:(?P<d1>\d{{1,2}})[\s-]+(?P<m1>[A-Za-z]{{3,9}})|(?P<m2>[A-Za-z]{{3,9}})\.?\s+(?P<d2>\d{{1,2}}))"
    rf"[,.\s-]+(?P<year>\d{{4}}|\d{{2}}){_TIME}{_ZONE}"
)
_EPOCH = re.compile(r"\d{10}|\d{13}")
_MONTHS = {
    "jan": 1,
    "feb": 2,
    "mar": 3,
    "apr": 4,
    "may": 5,
    "jun": 6,
    "jul": 7,
    "aug": 8,
    "sep": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}


@dataclass
class DateColumn:
    """What the cells of one column show of their order, over the whole file."""

    votes: Counter[Order] = field(default_factory=Counter)
    dotted: int = 0
    open: int = 0

    def see(self, cell: str) -> None:
        """Look at one cell."""
        found = _YEAR_LAST.fullmatch(cell.strip())
        if found is None:
            return
        first, second = int(found["a"]), int(found["b"])
        if first > 12 >= second:
            self.votes[Order.DAY_FIRST] += 1
        elif second > 12 >= first:
            self.votes[Order.MONTH_FIRST] += 1
        else:
            self.open += 1
            self.dotted += found["mark"] == "."

    @property
    def is_sure(self) -> bool:
        """Whether somebody need not be asked: nothing to decide, or every cell that tells says the same."""
        return len(self.votes) == 1 or not (self.votes or self.open)

    @property
    def order(self) -> Order:
        """The order most cells show. Where none does: dots stand between day and month, else the month comes first."""
        if self.votes:
            return self.votes.most_common(1)[0][0]
        return Order.DAY_FIRST if self.dotted * 2 > self.open else Order.MONTH_FIRST


def read_when(cell: str, zone: ZoneInfo, order: Order) -> When:
    """The time a cell gives; without a zone in the organisation's. Raises ValueError."""
    if _EPOCH.fullmatch(cell):
        seconds = int(cell) / (1000 if len(cell) == 13 else 1)
        return When(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds), date_only=False)
    found = _YEAR_FIRST.fullmatch(cell) or _YEAR_LAST.fullmatch(cell) or _NAMED.fullmatch(cell)
    if found is None:
        raise ValueError(f"{cell[:40]!r} is no date that can be read, like 2018-02-01.")
    year, month, day = _day(found.groupdict(), order)
    try:
        at = datetime(year, month, day, *_clock(found.groupdict()))
    except ValueError:
        raise ValueError(f"{cell[:40]!r} is no day of the calendar with {_NAMES[order]}.") from None
    if not 1900 <= year < 2200:
        raise ValueError(f"{cell[:40]!r} lies outside the years 1900 to 2199.")
    return When(at.replace(tzinfo=_zone(found["zone"]) or zone), date_only=found["hour"] is None)


_NAMES = {Order.DAY_FIRST: "the day first", Order.MONTH_FIRST: "the month first"}


def _day(found: dict[str, str | None], order: Order) -> tuple[int, int, int]:
    year = int(found["year"] or 0)
    if len(found["year"] or "") == 2:
        year += 1900 if year >= 70 else 2000
    if "a" not in found:
        name = (found["m1"] or found["m2"] or "")[:3].lower()
        if name not in _MONTHS:
            raise ValueError(f"{found['m1'] or found['m2']} is no month.")
        return year, _MONTHS[name], int(found["d1"] or found["d2"] or 0)
    first, second = int(found["a"] or 0), int(found["b"] or 0)
    if "mark" not in found or order == Order.MONTH_FIRST:  # the year came first, or the month
        return year, first, second
    return year, second, first


def _clock(found: dict[str, str | None]) -> tuple[int, int, int, int]:
    if found["hour"] is None:
        return 0, 0, 0, 0
    hour, half = int(found["hour"]), (found["half"] or "").lower()[:1]
    if half and not 1 <= hour <= 12:
        raise ValueError("no hour of a half day")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    fraction = (found["fraction"] or "").ljust(6, "0")[:6]
    return hour, int(found["minute"] or 0), int(found["second"] or 0), int(fraction)


def _zone(text: str | None) -> timezone | None:
    if not text:
        return None
    if text in ("Z", "UTC", "GMT"):
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)
