"""What time it is where a lead is, as far as the country says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

EARLIEST_HOUR, LATEST_HOUR = 8, 19


@dataclass(frozen=True)
class LocalTime:
    """The time in a country; where it has several zones, the earliest and the latest."""

    earliest: datetime
    latest: datetime

    @property
    def text(self) -> str:
        """The hour, or from which to which it is."""
        first, last = f"{self.earliest:%H:%M}", f"{self.latest:%H:%M}"
        return first if first == last else f"{first}–{last}"

    @property
    def is_fit(self) -> bool:
        """Whether people may be called there: by day, and on a weekday."""
        return any(
            EARLIEST_HOUR <= at.hour < LATEST_HOUR and at.isoweekday() < 6 for at in (self.earliest, self.latest)
        )


def local_time(country: str, now: datetime) -> LocalTime | None:
    """The time in a country, named by ISO 3166; None where the country is not known."""
    names = zones().get(country.upper(), ())
    if not names:
        return None
    times = sorted((now.astimezone(ZoneInfo(name)) for name in names), key=lambda at: at.replace(tzinfo=None))
    return LocalTime(times[0], times[-1])


@cache
def zones() -> Mapping[str, list[str]]:
    """The zones of each country, from the table that comes with the zones."""
    found: dict[str, list[str]] = {}
    text = files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            country, _place, name = line.split("\t")[:3]
            found.setdefault(country, []).append(name)
    return found
