"""The points of every lead by one version, published or not: where they stand, or as they would be."""

from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from leads.conditions.plan import Plan, Scope
from scoring.engine import VersionSpec, select_scores
from scoring.models import ModelVersion, VersionState

MOST = 20_000  # leads whose points are computed within a request


@dataclass(frozen=True)
class Points:
    """A statement giving (lead_id, points, parts) of every lead, with its named parameters."""

    text: str
    params: dict[str, Any] = field(default_factory=dict)
    is_part: bool = False


def points_of(version: ModelVersion, spec: VersionSpec, plan: Plan) -> Points:
    """The stored points of a version in force, those of another computed for the plan's day.

    Computed are those of the latest ids only where there are very many leads, and it is told.
    """
    if version.state == VersionState.PUBLISHED:
        return Points(
            "SELECT s.lead_id, s.points, s.parts FROM leads_leadscore s"
            f" WHERE s.model_id = {version.model_id:d} AND s.version = {version.number:d}"
        )
    low, high, is_part = _latest()
    scope = Scope(low=low, high=high)
    text = f"SELECT r.lead_id, r.points, r.parts FROM ({select_scores([spec], plan, scope)}) r"
    return Points(text, {**plan.params, **scope.params}, is_part)


def _latest() -> tuple[int, int, bool]:
    """The range of the latest ids, and whether there are others."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM leads_lead")
        first, last = cursor.fetchone()
    low = max(first, last - MOST + 1)
    return low, last + 1, low > first
