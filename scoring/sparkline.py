"""A score's history as a small drawing: steps from change to change, placed by numbers, not by styles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from leads.models import Lead, ScoreHistory, ScoreModel

WIDTH, HEIGHT, EDGE = 280, 40, 3
KEPT = 200


@dataclass(frozen=True)
class Sparkline:
    """The path of the line and the same in figures, earliest first."""

    path: str
    x: str
    y: str
    threshold_y: str
    points: Sequence[tuple[datetime, int]]
    lowest: int
    highest: int
    width: int = WIDTH
    height: int = HEIGHT


def sparkline(lead: Lead, model: ScoreModel, points: int, threshold: int | None, now: datetime) -> Sparkline | None:
    """The history of a score up to now; None where it never changed."""
    rows = ScoreHistory.objects.filter(lead=lead, model=model, recorded_at__lte=now).order_by("-recorded_at", "-pk")
    kept = list(rows.values_list("recorded_at", "points")[:KEPT])[::-1]
    if not kept:
        return None
    story = [*kept, (now, points)]
    return _drawn(story, threshold) if len({got for _at, got in story}) > 1 else None


def _drawn(story: Sequence[tuple[datetime, int]], threshold: int | None) -> Sparkline:
    values = [points for _at, points in story]
    scale = [*values, 0] if threshold is None else [*values, 0, threshold]
    low, high = min(scale), max(scale)
    start, span = story[0][0], max((story[-1][0] - story[0][0]).total_seconds(), 1)

    def across(at: datetime) -> float:
        return EDGE + (WIDTH - 2 * EDGE) * (at - start).total_seconds() / span

    def up(points: int) -> float:
        return HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (points - low) / max(high - low, 1)

    steps = [f"M{across(story[0][0]):.1f} {up(values[0]):.1f}"]
    steps += [f"H{across(at):.1f}V{up(points):.1f}" for at, points in story[1:]]
    return Sparkline(
        "".join(steps),
        f"{across(story[-1][0]):.1f}",
        f"{up(values[-1]):.1f}",
        "" if threshold is None else f"{up(threshold):.1f}",
        story,
        min(values),
        max(values),
    )
