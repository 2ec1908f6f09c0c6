"""Deals as the board, the list and the page show them."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from leads.models import Milestone, Opportunity, OpportunityState
from leads.queries.search import words_of
from leads.queries.win_rate import WinRate
from users.models import Organisation

OVERDUE, UNDATED = "overdue", "none"
MONTHS = 3  # with a lane of their own: this one and the next two
SHOWN = 20
PAUSED = "paused"
STATES = (*OpportunityState.values, PAUSED)


def today_of(now: datetime) -> date:
    """The organisation's day."""
    return now.astimezone(Organisation.load().zone).date()


def in_state(deals: QuerySet[Opportunity], state: str) -> QuerySet[Opportunity]:
    """Deals that are open, won, lost, or paused: the pass ended (nurture, say) without deciding on the deal.

    Those of archived leads are left out while open.
    """
    if state in (OpportunityState.WON, OpportunityState.LOST):
        return deals.filter(state=state)
    going_on = Q(lead__isnull=True) | Q(lead__outcome="", lead__cycle=F("cycle"), lead__archived_at=None)
    found = deals.filter(state=OpportunityState.OPEN)
    return found.filter(going_on) if state == OpportunityState.OPEN else found.exclude(going_on)


def filtered(deals: QuerySet[Opportunity], wanted: Mapping[str, Any]) -> QuerySet[Opportunity]:
    """Narrow deals by the cleaned filters; empty values narrow nothing."""
    if whose := wanted.get("whose"):
        deals = deals.filter(lead__owner__in=whose)
    if owner := wanted.get("owner"):
        deals = deals.filter(lead__owner=owner)
    if campaign := wanted.get("campaign"):
        deals = deals.filter(lead__campaign=campaign)
    if currency := wanted.get("currency"):
        deals = deals.filter(currency=currency)
    for word in words_of(wanted.get("q") or ""):
        company = Q(company__name__has_text=word) | Q(lead__company__name__has_text=word)
        person = Q(lead__first_name__has_text=word) | Q(lead__last_name__has_text=word) | Q(lead__email__has_text=word)
        deals = deals.filter(Q(name__has_text=word) | Q(external_id=word) | company | person)
    return deals


@dataclass(frozen=True)
class Lane:
    """A column of the board: deals expected to close in a time. `target` is the day a deal moved here is set to."""

    key: str
    label: str
    first: date | None = None
    last: date | None = None

    @property
    def takes(self) -> bool:
        """Whether deals are moved here: nobody plans to be late."""
        return self.key != OVERDUE

    @property
    def is_later(self) -> bool:
        """Whether it has no end."""
        return self.first is not None and self.last is None


def month_end(day: date) -> date:
    """The last day of the month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def months_from(today: date, number: int) -> list[tuple[date, date]]:
    """That many months, the present one from today on, as first and last days."""
    found, first = [], today
    for _number in range(number):
        last = month_end(first)
        found.append((first, last))
        first = last + timedelta(days=1)
    return found


def month_label(day: date) -> str:
    """A month as people write it."""
    return date_format(day, "F Y")


def lanes_of(today: date, months: int = MONTHS) -> list[Lane]:
    """Overdue, this month, the next ones, later, without a date."""
    spans = months_from(today, months)
    monthly = [Lane(f"{first:%Y-%m}", month_label(first), first, last) for first, last in spans]
    after = spans[-1][1] + timedelta(days=1)
    return [
        Lane(OVERDUE, _("Overdue"), None, today - timedelta(days=1)),
        *monthly,
        Lane(f"from-{after:%Y-%m}", _("Later"), after, None),
        Lane(UNDATED, _("No date")),
    ]


def in_lane(deals: QuerySet[Opportunity], lane: Lane) -> QuerySet[Opportunity]:
    """The deals of one lane."""
    if lane.key == UNDATED:
        return deals.filter(expected_close_on=None)
    if lane.first is not None:
        deals = deals.filter(expected_close_on__gte=lane.first)
    return (
        deals.filter(expected_close_on__lte=lane.last)
        if lane.last is not None
        else deals.exclude(expected_close_on=None)
    )


def with_lane(deals: QuerySet[Opportunity], lanes: Sequence[Lane]) -> QuerySet[Opportunity]:
    """Annotate the key of each deal's lane."""
    until = [When(expected_close_on__lte=lane.last, then=Value(lane.key)) for lane in lanes if lane.last is not None]
    undated = When(expected_close_on=None, then=Value(UNDATED))
    later = next(lane.key for lane in lanes if lane.is_later)
    return deals.annotate(lane=Case(undated, *until, default=Value(later), output_field=CharField()))


@dataclass(frozen=True)
class Money:
    """An amount of one currency, what it is worth by the win rate, and of how many deals."""

    currency: str
    amount: Decimal
    weighed: Decimal | None
    count: int


@dataclass
class Total:
    """Deals of a group: how many, their money by currency, and how many name no amount."""

    count: int = 0
    money: list[Money] = field(default_factory=list)
    unpriced: int = 0

    def add(self, currency: str, count: int, priced: int, amount: Decimal | None, rate: WinRate) -> None:
        """Count deals of one currency; amounts of two are never added."""
        self.count += count
        self.unpriced += count - priced
        if amount is not None:
            self.money.append(Money(currency, amount, rate.weighed(amount), priced))


def totals_by(deals: QuerySet[Opportunity], key: str, rate: WinRate) -> dict[Any, Total]:
    """The totals of deals by an annotation or column: one statement."""
    found: dict[Any, Total] = {}
    rows = deals.order_by().values_list(key, "currency").annotate(Count("pk"), Count("amount"), Sum("amount"))
    for name, currency, count, priced, amount in rows.order_by(key, "currency"):
        found.setdefault(name, Total()).add(currency, count, priced, amount, rate)
    return found


@dataclass(frozen=True)
class Column:
    """A lane with its totals and its first deals."""

    lane: Lane
    total: Total
    deals: Sequence[Opportunity]
    more: int


def board(deals: QuerySet[Opportunity], lanes: Sequence[Lane], rate: WinRate) -> list[Column]:
    """The whole board in three statements: totals, the first deals of each lane, their next milestones."""
    placed = with_lane(deals, lanes)
    totals = totals_by(placed, "lane", rate)
    place = Window(RowNumber(), partition_by=F("lane"), order_by=_PRESSING)
    first = placed.annotate(place=place).filter(place__lte=SHOWN)
    rows = for_cards(first).order_by("place")  # type: ignore[misc]
    by_lane: dict[str, list[Opportunity]] = {}
    for deal in rows:
        by_lane.setdefault(deal.lane, []).append(deal)  # type: ignore[attr-defined]
    columns = []
    for lane in lanes:
        total, shown = totals.get(lane.key, Total()), by_lane.get(lane.key, [])
        columns.append(Column(lane, total, shown, total.count - len(shown)))
    return columns


_PRESSING = [F("expected_close_on").asc(nulls_last=True), F("amount").desc(nulls_last=True), F("pk").asc()]


def lane_rest(deals: QuerySet[Opportunity], lane: Lane, after: int) -> list[Opportunity]:
    """The next deals of a lane, after so many."""
    return list(for_cards(in_lane(deals, lane)).order_by(*_PRESSING)[after : after + SHOWN])


def for_cards(deals: QuerySet[Opportunity]) -> QuerySet[Opportunity]:
    """Deals with all a card says: person, company, owner, stage, next milestone."""
    coming = Milestone.objects.filter(opportunity=OuterRef("pk"), done_at=None)
    coming = coming.order_by(F("due_on").asc(nulls_last=True), "pk")
    return deals.select_related("lead__company", "lead__owner", "lead__stage", "company").annotate(
        next_step=Subquery(coming.values("title")[:1]), next_step_on=Subquery(coming.values("due_on")[:1])
    )


SORTS: Mapping[str, str] = {
    "close": "expected_close_on",
    "amount": "amount",
    "company": "buyer_name",
    "closed": "closed_at",
    "owner": "lead__owner__name",
}
DEFAULT_SORT = "close"


def sorted_by(deals: QuerySet[Opportunity], key: str) -> QuerySet[Opportunity]:
    """Order deals by one of SORTS, `-` first for descending; what is empty stands last."""
    name = SORTS.get(key.removeprefix("-"))
    if name is None:
        return sorted_by(deals, DEFAULT_SORT)
    if name == "buyer_name":
        deals = deals.annotate(buyer_name=Coalesce("lead__company__name", "company__name"))
    order = F(name).desc(nulls_last=True) if key.startswith("-") else F(name).asc(nulls_last=True)
    return deals.order_by(order, "pk")


def whole(deals: QuerySet[Opportunity]) -> QuerySet[Opportunity]:
    """Deals with everything their page shows."""
    steps = Prefetch("milestones", Milestone.objects.order_by(F("due_on").asc(nulls_last=True), "pk"))
    related = ("lead__company", "lead__owner", "lead__stage", "lead__campaign", "company")
    return deals.select_related(*related).prefetch_related(steps, "stakeholders__lead__stage")
