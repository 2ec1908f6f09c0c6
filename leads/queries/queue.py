"""The inbox: offers to decide on, the most pressing first, the best scored among those of the same minute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncMinute

from leads.lifecycle.criteria import in_force
from leads.models import Handover, LeadScore, StageRole
from leads.queries.standing import Goal, goal_of

SHOWN = 15
COUNTED = 999  # further nobody reads
SORTED = 100  # a longer queue is sorted by score only as far as it is shown
MINUTE = timedelta(minutes=1)
AT_HAND = ("lead__company", "lead__stage", "lead__channel", "lead__owner", "assignee", "team", "rule", "recommended_by")


@dataclass(frozen=True)
class Offer:
    """One open handover with the score that made the lead qualified."""

    handover: Handover
    score: LeadScore | None


@dataclass(frozen=True)
class Tally:
    """How much waits; where it is more than anybody reads, the most pressing are counted."""

    left: int = 0
    late: int = 0
    oldest_at: datetime | None = None
    is_capped: bool = False


@dataclass(frozen=True)
class Queue:
    """The head of the queue and the offer at hand, which may stand further down or be put aside."""

    offers: Sequence[Offer]
    at: int
    tally: Tally

    @property
    def offer(self) -> Offer | None:
        """The one at hand; None where there is nothing to decide."""
        return self.offers[self.at] if self.offers else None

    @property
    def before(self) -> Offer | None:
        """The one above it."""
        return self.offers[self.at - 1] if self.at else None

    @property
    def after(self) -> Offer | None:
        """The one that opens next; at the end of those shown the first again."""
        following = self.at + 1
        if following < len(self.offers):
            return self.offers[following]
        return self.offers[0] if self.at else None

    @property
    def more(self) -> int:
        """How many wait below those shown."""
        return max(self.tally.left - len(self.offers), 0)


def qualifying_goal(now: datetime) -> Goal | None:
    """The score that the criterion of the qualified stage asks for."""
    for criterion in in_force(now).values():
        if criterion.stage.role == StageRole.QUALIFIED:
            return goal_of(criterion)
    return None


def queue(waiting: QuerySet[Handover], goal: Goal | None, now: datetime, at_hand: Handover | None = None) -> Queue:
    """The queue with an offer at hand, by default the first: at most five queries.

    One that is not among the first stands above them: what presses most comes after it.
    """
    counted = tally(waiting, now)
    rows = _head(waiting, goal, is_long=counted.left > SORTED) if counted.left else []
    at = next((place for place, row in enumerate(rows) if at_hand and row.pk == at_hand.pk), None)
    if at_hand is None and rows:
        at_hand, at = with_everything(waiting, rows[0].pk), 0
    if at_hand is not None:
        rows = [at_hand, *rows] if at is None else [*rows[:at], at_hand, *rows[at + 1 :]]
    scores = _scores(rows, goal)
    return Queue([Offer(row, scores.get(row.lead_id)) for row in rows], at or 0, counted)


def with_everything(handovers: QuerySet[Handover], pk: int | str) -> Handover | None:
    """One offer with all that its case shows of it; None where there is none."""
    return handovers.filter(pk=pk).select_related(*AT_HAND).first()


def tally(handovers: QuerySet[Handover], now: datetime) -> Tally:
    """How many wait, how many of them too long, and since when the oldest does; one query."""
    first = handovers.order_by("due_at", "pk").values("due_at", "offered_at")[: COUNTED + 1]
    late = Count("offered_at", filter=Q(due_at__lt=now))
    found = first.aggregate(left=Count("*"), late=late, oldest=Min("offered_at"))
    left, is_late = (min(found[name], COUNTED) for name in ("left", "late"))
    return Tally(left, is_late, found["oldest"], found["left"] > COUNTED)


def _head(handovers: QuerySet[Handover], goal: Goal | None, *, is_long: bool) -> list[Handover]:
    """The first offers by the minute they are due, then by score.

    Of a long queue only those due until the last minute shown are looked at: a run of the engine may offer hundreds.
    """
    due, minute = F("due_at").asc(nulls_last=True), TruncMinute("due_at").asc(nulls_last=True)
    if is_long:
        edge = handovers.order_by(due, "pk").values_list("due_at", flat=True)[SHOWN - 1 : SHOWN].first()
        if edge is not None:
            handovers = handovers.filter(due_at__lt=edge.replace(second=0, microsecond=0) + MINUTE)
    rows = handovers.select_related("lead__company")
    if goal is None:
        return list(rows.order_by(minute, "pk")[:SHOWN])
    points = LeadScore.objects.filter(lead=OuterRef("lead"), model__slug=goal.model_slug).values("points")
    ordered = rows.annotate(points=Subquery(points)).order_by(minute, F("points").desc(nulls_last=True), "pk")
    return list(ordered[:SHOWN])


def _scores(rows: Sequence[Handover], goal: Goal | None) -> Mapping[int, LeadScore]:
    if goal is None or not rows:
        return {}
    found = LeadScore.objects.filter(lead__in=[row.lead_id for row in rows], model__slug=goal.model_slug)
    return {score.lead_id: score for score in found}
