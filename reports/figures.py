"""Figures as people read them: rates, days, counts and their changes. Pure."""

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from leads.queries.intervals import interval

__all__ = ["Delta", "count", "days", "decimal", "grown", "interval", "percent", "points", "sooner"]

MINUS = "\u2212"


def decimal(number: float, places: int = 1) -> str:
    """A number with at most that many places; a true minus, and no zero behind the point."""
    text = number_format(abs(round(number, places)), decimal_pos=places)
    whole = number_format(0.5, decimal_pos=1)[1]  # the reader's decimal sign
    text = text.rstrip("0").rstrip(whole) if whole in text else text
    return f"{MINUS}{text}" if round(number, places) < 0 else text


def count(number: int) -> str:
    """A whole number with its thousands apart."""
    return f"{number:,}"


def percent(rate: float | None, places: int = 1) -> str:
    """46.7 %, and n/a where there is no rate; whole hundreds and nothing go without a place."""
    if rate is None:
        return _("n/a")
    value = round(rate * 100, places)
    return f"{number_format(value, decimal_pos=0 if value in (0, 100) else places)} %"


def days(number: float | None) -> str:
    """Days to one place; n/a where nobody has gone the step."""
    return _("n/a") if number is None else decimal(number)


@dataclass(frozen=True)
class Delta:
    """A change as components/delta.html shows it."""

    text: str
    direction: str
    good: str = ""
    after: str = ""


def grown(now: int, before: int) -> Delta | None:
    """How much a count has grown; None from nothing. More is welcome."""
    if not before:
        return None
    return _delta((now - before) / before * 100, places=1, unit=" %")


def points(now: float | None, before: float | None) -> Delta | None:
    """The difference of two rates in points. More is welcome."""
    if now is None or before is None:
        return None
    return _delta((now - before) * 100, places=1, after=_("pts"))


def sooner(now: float | None, before: float | None) -> Delta | None:
    """The difference of two times. Less is welcome."""
    if now is None or before is None:
        return None
    return _delta(now - before, places=1, less_is_good=True, trim=True, after=_("days"))


def _delta(
    value: float, *, places: int, unit: str = "", after: str = "", less_is_good: bool = False, trim: bool = False
) -> Delta:
    shown = round(value, places)
    size = decimal(abs(shown), places) if trim else number_format(abs(shown), decimal_pos=places)
    if shown == 0:
        return Delta(f"{size}{unit}", "flat", "", after)
    direction, sign = ("up", "+") if shown > 0 else ("down", MINUS)
    good = "yes" if (shown > 0) is not less_is_good else "no"
    return Delta(f"{sign}{size}{unit}", direction, good, after)
