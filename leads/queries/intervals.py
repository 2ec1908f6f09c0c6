"""Rates, and how sure one of small numbers is. Pure."""

from math import sqrt

Z95 = 1.96


def quotient(part: int, whole: int) -> float | None:
    """A rate; None for 0/0 and anything else over nothing."""
    return part / whole if whole else None


def interval(part: int, whole: int) -> tuple[float, float] | None:
    """The 95 % confidence interval of a rate (Wilson), for small numbers; None without a whole."""
    if not whole:
        return None
    rate = part / whole
    middle = rate + Z95**2 / (2 * whole)
    reach = Z95 * sqrt(rate * (1 - rate) / whole + Z95**2 / (4 * whole**2))
    scale = 1 + Z95**2 / whole
    return max((middle - reach) / scale, 0.0), min((middle + reach) / scale, 1.0)
