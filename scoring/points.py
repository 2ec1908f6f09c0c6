"""The points of every lead by one version, published or not: where they stand, or as they would be."""

from dataclasses import dataclass, field
from typing import Any

from leads.conditions.plan import Plan, Scope
from scoring.engine import VersionSpec, select_scores
from scoring.models import ModelVersion, VersionState


@dataclass(frozen=True)
class Points:
    """A statement giving (lead_id, points, parts) of every lead, with its named parameters."""

    text: str
    params: dict[str, Any] = field(default_factory=dict)


def points_of(version: ModelVersion, spec: VersionSpec, plan: Plan) -> Points:
    """The stored points of a version in force, those of another computed for the plan's day."""
    if version.state == VersionState.PUBLISHED:
        return Points(
            "SELECT s.lead_id, s.points, s.parts FROM leads_leadscore s"
            f" WHERE s.model_id = {version.model_id:d} AND s.version = {version.number:d}"
        )
    text = f"SELECT r.lead_id, r.points, r.parts FROM ({select_scores([spec], plan, Scope())}) r"
    return Points(text, plan.params)
