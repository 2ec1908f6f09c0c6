"""The scoring rules somebody should look at, from the report cards of the models in force. JSON out."""

from datetime import datetime, timedelta
from typing import Any

from leads.lifecycle.entries import Mode, PassScope
from leads.models import ScoreModel
from scoring.models import ModelVersion, VersionState
from scoring.report_card import TO_LOOK_AT, Asked, Line, card
from scoring.samples import ACCEPTED, WON

YEAR = timedelta(days=365)
TOP = 5


def rules_to_look_at(until: datetime, *, now: datetime) -> list[dict[str, Any]]:
    """At most five rules, the worst first, judged by the year that ends with `until`.

    Models of marketing are judged by what sales said to their leads, those of sales by whom they won.
    """
    versions = ModelVersion.objects.filter(state=VersionState.PUBLISHED).select_related("model")
    found: list[tuple[ModelVersion, str, Line]] = []
    for version in versions.prefetch_related("groups", "rules__group").order_by("model__purpose", "model__slug"):
        outcome = ACCEPTED if version.model.purpose == ScoreModel.Purpose.MARKETING else WON
        asked = Asked(PassScope(since=until - YEAR, until=until, mode=Mode.PERIOD), outcome)
        found += [(version, outcome, line) for line in card(version, asked, now=now).to_look_at]
    order = {verdict: place for place, verdict in enumerate(TO_LOOK_AT)}
    found.sort(key=lambda row: order.get(row[2].verdict, len(order)))
    return [_row(*row) for row in found[:TOP]]


def _row(version: ModelVersion, outcome: str, line: Line) -> dict[str, Any]:
    split, refusals = line.outcome, line.refusals
    return {
        "model": version.model.slug,
        "name": version.model.name,
        "rule": line.words,
        "points": line.points,
        "leads": line.leads,
        "verdict": line.verdict.value,
        "outcome": outcome,
        "split": [split.held, split.held_yes, split.rest, split.rest_yes],
        "refusals": [refusals.held, refusals.held_yes, refusals.rest, refusals.rest_yes],
    }
