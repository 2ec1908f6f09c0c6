"""Which stage a score model decides: the lowest one whose criterion in force asks for so many of its points."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leads.conditions.tree import wanted
from leads.lifecycle.criteria import in_force
from leads.models import Criterion, ScoreModel, Stage


@dataclass(frozen=True)
class Decision:
    """A stage that a model opens from `threshold` points on, and the criterion that says so."""

    criterion: Criterion
    threshold: int

    @property
    def stage(self) -> Stage:
        """The stage that opens."""
        return self.criterion.stage


def decision_of(model: ScoreModel, *, now: datetime) -> Decision | None:
    """What the model decides at `now`; None where no criterion asks for its points."""
    rows = sorted(in_force(now).values(), key=lambda row: row.stage.position)
    found = ((row, threshold_in(row.condition, model.slug)) for row in rows)
    return next((Decision(row, threshold) for row, threshold in found if threshold is not None), None)


def threshold_in(tree: Mapping[str, Any], slug: str) -> int | None:
    """The least whole number of points of a model that its first leaf in the tree asks for; no "not" asks for them."""
    return next((_least(spec) for spec in wanted(tree) if _asks(spec, slug)), None)


def with_threshold(tree: Mapping[str, Any], slug: str, points: int) -> dict[str, Any]:
    """The same tree asking for at least `points` of the model wherever it asked for its threshold.

    A leaf that asks for another number ("or 100 without consent") keeps it.
    """
    return _replaced(tree, slug, threshold_in(tree, slug), points)


def _replaced(tree: Mapping[str, Any], slug: str, was: int | None, points: int) -> dict[str, Any]:
    if "leaf" in tree:
        is_meant = _asks(tree, slug) and _least(tree) == was
        return {**tree, "op": "gte", "value": points} if is_meant else dict(tree)
    if "not" in tree:
        return {"not": _replaced(tree["not"], slug, was, points)}
    return {word: [_replaced(child, slug, was, points) for child in children] for word, children in tree.items()}


def _asks(spec: Mapping[str, Any], slug: str) -> bool:
    return spec["leaf"] == "score" and spec["model"] == slug and spec["op"] in ("gte", "gt")


def _least(spec: Mapping[str, Any]) -> int:
    return math.floor(spec["value"]) + 1 if spec["op"] == "gt" else math.ceil(spec["value"])
