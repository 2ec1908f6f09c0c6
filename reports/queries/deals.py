"""Deals won and lost by whoever sold them: sales rep, SDR, manager, office, month, product, segment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    Aggregate,
    Avg,
    Case,
    CharField,
    Count,
    DurationField,
    Expression,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, NullIf, TruncMonth

from leads.access import leads_in_reports
from leads.models import Opportunity, OpportunityState, Pass
from leads.queries.deals import in_state
from leads.queries.intervals import interval
from reports.queries.scope import day_start
from users.access import Reach, report_reach
from users.models import Organisation, User

REP, SDR, MANAGER, OFFICE, MONTH, PRODUCT, SEGMENT = "rep", "sdr", "manager", "office", "month", "product", "segment"


def _said(key: str, path: str = "data") -> Expression:
    return NullIf(KeyTextTransform(key, path), Value(""))


def _axes() -> Mapping[str, Expression]:
    """What a deal is counted under. What the system it came from says goes before who owns the lead here."""
    owner = Coalesce(NullIf(F("lead__owner__name"), Value("")), F("lead__owner__email"), output_field=CharField())
    return {
        REP: Coalesce(_said("sales_agent"), _said("sr_id"), owner, output_field=CharField()),
        SDR: Coalesce(_said("sdr_id"), Value(""), output_field=CharField()),
        MANAGER: Coalesce(_said("manager"), F("lead__owner__team__name"), output_field=CharField()),
        OFFICE: Coalesce(_said("regional_office"), F("lead__company__region"), output_field=CharField()),
        PRODUCT: Coalesce(_said("product"), Value(""), output_field=CharField()),
        SEGMENT: Coalesce(
            _said("business_segment"),
            _said("business_segment", "lead__attributes"),
            NullIf(F("lead__company__industry"), Value("")),
            NullIf(F("company__industry"), Value("")),
            output_field=CharField(),
        ),
    }


AXES = (REP, SDR, MANAGER, OFFICE, MONTH, PRODUCT, SEGMENT)


class Median(Aggregate):
    """The middle of durations."""

    function = "percentile_cont"
    template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass
class DealRow:
    """Deals of one rep, manager, month …; `key` is empty for those that name none."""

    key: str
    won: int = 0
    lost: int = 0
    open: int = 0
    won_amounts: dict[str, Decimal] = field(default_factory=dict)
    open_amounts: dict[str, Decimal] = field(default_factory=dict)
    mean_days: float | None = None
    median_days: float | None = None

    @property
    def closed(self) -> int:
        """Decided ones."""
        return self.won + self.lost

    @property
    def rate(self) -> float | None:
        """Won among the decided ones."""
        return self.won / self.closed if self.closed else None

    @property
    def limits(self) -> tuple[float, float] | None:
        """Where the rate lies with 95 % confidence."""
        return interval(self.won, self.closed)


@dataclass(frozen=True)
class DealReport:
    """The rows by one axis, those with most decided deals first, and their sum."""

    axis: str
    rows: list[DealRow]
    total: DealRow


def deals_in_reports(user: User) -> QuerySet[Opportunity]:
    """Deals that count in the user's reports: those of leads that do, other systems' where their company is reached."""
    if report_reach(user) == Reach.ALL:
        return Opportunity.objects.all()
    mine = leads_in_reports(user)
    companies = mine.filter(company__isnull=False).order_by().values("company")
    return Opportunity.objects.filter(Q(lead__in=mine) | Q(lead__isnull=True, company__in=companies))


def deal_report(
    deals: QuerySet[Opportunity], axis: str, *, first: date | None = None, last: date | None = None
) -> DealReport:
    """Count deals by an axis: four statements. `first` and `last` narrow the decided ones by the day they closed.

    Open deals are those open now; by month they stand under the month they are expected to close in.
    """
    decided, going_on = _decided(deals, first, last), in_state(deals, OpportunityState.OPEN)
    rows: dict[str, DealRow] = {}
    zone = Organisation.load().zone
    by_close = axis == MONTH
    closed_key: Any = TruncMonth("closed_at", tzinfo=zone) if by_close else _axes()[axis]
    open_key: Any = TruncMonth("expected_close_on") if by_close else _axes()[axis]
    for row in _counted(decided.annotate(axis=closed_key)):
        found = rows.setdefault(_key(row["axis"]), DealRow(_key(row["axis"])))
        found.won, found.lost = row["won"], row["lost"]
        found.mean_days, found.median_days = _days(row["mean"]), _days(row["median"])
    for key, count in going_on.annotate(axis=open_key).order_by().values_list("axis").annotate(Count("pk")):
        rows.setdefault(_key(key), DealRow(_key(key))).open += count
    won = decided.filter(state=OpportunityState.WON).annotate(axis=closed_key)
    for key, currency, amount in _amounts(won):
        _add(rows[_key(key)].won_amounts, currency, amount)
    for key, currency, amount in _amounts(going_on.annotate(axis=open_key)):
        _add(rows[_key(key)].open_amounts, currency, amount)
    total = _total(decided, rows)
    order = (lambda row: row.key) if by_close else (lambda row: (-row.closed, -row.open, row.key))
    return DealReport(axis, sorted(rows.values(), key=order), total)


def _decided(deals: QuerySet[Opportunity], first: date | None, last: date | None) -> QuerySet[Opportunity]:
    zone = Organisation.load().zone
    deals = deals.exclude(state=OpportunityState.OPEN)
    if first is not None:
        deals = deals.filter(closed_at__gte=day_start(first, zone))
    if last is not None:
        deals = deals.filter(closed_at__lt=day_start(last + timedelta(days=1), zone))
    return deals


def _counted(deals: QuerySet[Opportunity]) -> QuerySet[Opportunity, dict[str, Any]]:
    timed = _with_days(deals)
    return timed.order_by().values("axis").annotate(**_FIGURES)  # type: ignore[misc]


# Deals dated as closed before they were opened are counted, but say nothing of the days.
_FIGURES: Mapping[str, Any] = {
    "won": Count("pk", filter=Q(state=OpportunityState.WON)),
    "lost": Count("pk", filter=Q(state=OpportunityState.LOST)),
    "mean": Avg("took"),
    "median": Median("took"),
}


def _with_days(deals: QuerySet[Opportunity]) -> QuerySet[Opportunity]:
    began = Pass.objects.filter(lead=OuterRef("lead"), cycle=OuterRef("cycle")).values("began_at")[:1]
    length = ExpressionWrapper(F("closed_at") - Coalesce(F("opened_at"), Subquery(began)), DurationField())
    in_order = When(state=OpportunityState.WON, length__gte=timedelta(0), then=F("length"))
    return deals.annotate(length=length).annotate(took=Case(in_order, output_field=DurationField()))


def _amounts(deals: QuerySet[Opportunity]) -> QuerySet[Opportunity, tuple[Any, ...]]:
    rows = deals.filter(amount__isnull=False).order_by()
    return rows.values_list("axis", "currency").annotate(Sum("amount"))  # type: ignore[misc]


def _add(sums: dict[str, Decimal], currency: str, amount: Decimal) -> None:
    sums[currency] = sums.get(currency, Decimal(0)) + amount


def _total(decided: QuerySet[Opportunity], rows: Mapping[str, DealRow]) -> DealRow:
    """The sum of the rows; the days are of all deals, not of the rows' means."""
    total = DealRow("")
    for row in rows.values():
        total.won, total.lost, total.open = total.won + row.won, total.lost + row.lost, total.open + row.open
        for mine, theirs in ((total.won_amounts, row.won_amounts), (total.open_amounts, row.open_amounts)):
            for currency, amount in theirs.items():
                _add(mine, currency, amount)
    days = _with_days(decided).aggregate(mean=Avg("took"), median=Median("took"))
    total.mean_days, total.median_days = _days(days["mean"]), _days(days["median"])
    return total


def _key(value: Any) -> str:
    if isinstance(value, date | datetime):
        return f"{value:%Y-%m}"
    return value or ""


def _days(length: timedelta | None) -> float | None:
    return None if length is None else length / timedelta(days=1)
