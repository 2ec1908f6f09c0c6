"""The inbox: offers to decide on, the most pressing first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet

from leads.lifecycle.criteria import in_force
from leads.models import Activity, Handover, LeadScore, StageRole
from leads.queries.score_card import Card, cards
from leads.queries.standing import Goal, goal_of
from leads.queries.timeline import Entry, timeline

SHOWN = 200
ACTS = 3


@dataclass(frozen=True)
class Offer:
    """One open handover with the score that made the lead qualified."""

    handover: Handover
    score: LeadScore | None


def qualifying_goal(now: datetime) -> Goal | None:
    """The score that the criterion of the qualified stage asks for."""
    for criterion in in_force(now).values():
        if criterion.stage.role == StageRole.QUALIFIED:
            return goal_of(criterion)
    return None


def offers(handovers: QuerySet[Handover], goal: Goal | None) -> list[Offer]:
    """Open handovers by time left, then score; two queries."""
    rows = list(
        handovers.select_related("lead__company", "lead__stage", "lead__channel", "lead__owner", "assignee").order_by(
            F("due_at").asc(nulls_last=True), "pk"
        )[:SHOWN]
    )
    scores: Mapping[int, LeadScore] = {}
    if goal is not None:
        found = LeadScore.objects.filter(lead__in=[row.lead_id for row in rows], model__slug=goal.model_slug)
        scores = {score.lead_id: score for score in found}
    queue = [Offer(row, scores.get(row.lead_id)) for row in rows]
    return sorted(queue, key=_pressing)


def _pressing(offer: Offer) -> tuple[bool, float, int, int]:
    # Offers due in the same minute stand by score.
    due = offer.handover.due_at
    minute = due.timestamp() // 60 if due else 0.0
    return (due is None, minute, -(offer.score.points if offer.score else 0), offer.handover.pk)


def why(lead_id: int, goal: Goal | None) -> Card | None:
    """The score card that made the lead qualified."""
    found = cards(lead_id)
    return found.get(goal.model_slug) if goal else next(iter(found.values()), None)


def last_acts(lead_id: int) -> Sequence[Entry]:
    """The last three things the lead did, visits as one."""
    acts: list[Entry] = []
    for entry in timeline(lead_id, size=60).entries:
        if isinstance(entry.row, Activity):
            acts.append(entry)
    return acts[:ACTS]
