"""What a run found, held against its bar."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).with_name("results.json")


@dataclass(frozen=True)
class Result:
    """One figure; `met` says whether it keeps the bar, `detail` what it was counted from."""

    id: str
    value: float
    bar: str
    met: bool
    detail: str = ""


def at_most(name: str, value: float, limit: float, detail: str = "") -> Result:
    """A figure that must not exceed `limit`."""
    return Result(name, value, "0" if limit == 0 else f"≤ {limit:g}", value <= limit, detail)


def write(results: Sequence[Result]) -> None:
    """Keep the run in results.json."""
    RESULTS.write_text(json.dumps([asdict(result) for result in results], indent=1, ensure_ascii=False) + "\n")


def table(results: Sequence[Result]) -> str:
    """All results, aligned."""
    rows = [("", "value", "bar", "met", "")]
    rows += [(one.id, f"{one.value:g}", one.bar, "yes" if one.met else "NO", one.detail) for one in results]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows)
