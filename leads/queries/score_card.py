"""A stored score taken apart: its parts with the labels of the model's legend. The total equals what is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from leads.models import LeadScore, ScoreLegend
from leads.models.score import grade


@dataclass(frozen=True)
class Part:
    """One line of a score card: what a rule gave, or what a group's cap took away."""

    points: int
    label: str
    note: str


@dataclass(frozen=True)
class Card:
    """One model's score of a lead with its reasons; the signed sum of the reasons is the score."""

    score: LeadScore
    reasons: list[Part]
    grade: str = ""  # in the grid of its version, A1 to D4; empty without one


def cards(lead_id: int) -> dict[str, Card]:
    """The score cards of a lead by model slug, in two queries."""
    scores = list(LeadScore.objects.filter(lead=lead_id).select_related("model").order_by("model__slug"))
    rows = ScoreLegend.objects.filter(model__in=[score.model_id for score in scores])
    legends = {(row.model_id, row.version): row for row in rows}
    return {score.model.slug: _card(score, legends.get((score.model_id, score.version))) for score in scores}


def _card(score: LeadScore, legend: ScoreLegend | None) -> Card:
    grid = None if legend is None else legend.grid
    return Card(score, reasons(score.parts, legend), grade(score.fit, score.engagement, grid))


def reasons(parts: Sequence[int], legend: ScoreLegend | None) -> list[Part]:
    """The parts that gave or took points, strongest first, then a line for each cap that bites."""
    if legend is None:
        return []
    groups: Mapping[str, Any] = {group["group"]: group for group in legend.groups}
    named = list(zip(parts, legend.lines, strict=False))
    shown = [Part(points, line["rule"], groups[line["group"]]["name"].lower()) for points, line in named if points]
    shown.sort(key=lambda part: -abs(part.points))
    return shown + [line for group in legend.groups if (line := _cap(group, named))]


def _cap(group: Mapping[str, Any], named: Sequence[tuple[int, Mapping[str, Any]]]) -> Part | None:
    total = sum(points for points, line in named if line["group"] == group["group"])
    cap = group["cap"]
    if cap is None or total <= cap:
        return None
    label = _("%(group)s gives at most %(cap)d") % {"group": group["name"], "cap": cap}
    return Part(cap - total, label, _("cap"))
