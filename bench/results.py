"""What a measurement found, and how it is shown."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Result:
    """Our figure, the yardstick of the same run, and whether their ratio keeps the target.

    `met` is None for what is shown for information only.
    """

    id: str
    size: str
    value: float
    yardstick: float | None
    ratio: float | None
    unit: str
    target: str
    met: bool | None
    detail: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As results.json holds it."""
        return asdict(self)


def at_most(name: str, size: str, value: float, yardstick: float, unit: str, limit: float, detail: str = "") -> Result:
    """A result whose ratio value ÷ yardstick should not exceed `limit`."""
    ratio = value / yardstick
    return Result(name, size, value, yardstick, ratio, unit, f"≤ {limit:g}", ratio <= limit, detail)


def at_least(name: str, size: str, value: float, yardstick: float, unit: str, limit: float, detail: str = "") -> Result:
    """A result whose ratio value ÷ yardstick should reach `limit`."""
    ratio = value / yardstick
    return Result(name, size, value, yardstick, ratio, unit, f"≥ {limit:g}", ratio >= limit, detail)


def spread(values: Sequence[float]) -> str:
    """Median and extremes, to judge how quiet the machine was."""
    return f"{statistics.median(values):.3g} ({min(values):.3g}–{max(values):.3g}, n={len(values)})"


def table(results: Sequence[Result]) -> str:
    """All results, aligned."""
    head = ("", "size", "value", "yardstick", "unit", "ratio", "target", "met", "")
    rows = [head, *map(_row, results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows)


def _row(result: Result) -> tuple[str, ...]:
    met = {True: "yes", False: "NO", None: "–"}[result.met]
    return (
        result.id,
        result.size,
        f"{result.value:.4g}",
        "–" if result.yardstick is None else f"{result.yardstick:.4g}",
        result.unit,
        "–" if result.ratio is None else f"{result.ratio:.2f}",
        result.target,
        met,
        result.detail,
    )
