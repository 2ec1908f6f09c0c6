"""What is expected to come in, month by month and owner by owner. Currencies stand apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth

from leads.models import Opportunity, OpportunityState
from leads.queries.deals import (
    Lane,
    Total,
    in_state,
    lanes_of,
    month_label,
    totals_by,
    with_lane,
)
from leads.queries.win_rate import WinRate
from users.models import User

AHEAD = 6  # months with a line of their own, the present one first
BEHIND = 2  # months of which only the wins are shown


@dataclass(frozen=True)
class Worth:
    """Deals of one line: how many, their amount, the amount by the win rate."""

    count: int = 0
    amount: Decimal = Decimal(0)
    weighed: Decimal | None = None


@dataclass
class Line:
    """A month, or an owner: what is open and what has been won."""

    key: str
    label: str
    open: Worth = field(default_factory=Worth)
    won: Worth = field(default_factory=Worth)
    width: float = 0.0  # of the bars, in percent of the largest
    weighed_width: float = 0.0
    won_width: float = 0.0


@dataclass
class Forecast:
    """One currency's forecast. `unpriced` are open deals without an amount; they have no currency."""

    currency: str
    months: list[Line]
    owners: list[Line]

    @property
    def open(self) -> Worth:
        """Everything open."""
        return _added([line.open for line in self.months])

    @property
    def won(self) -> Worth:
        """Everything won in the months shown."""
        return _added([line.won for line in self.months])


@dataclass(frozen=True)
class Forecasts:
    """The forecast of every currency, and how many open deals name no amount."""

    currencies: list[Forecast]
    count: int
    unpriced: int


def forecast(deals: QuerySet[Opportunity], today: date, zone: ZoneInfo, rate: WinRate) -> Forecasts:
    """Count in four statements: open and won, by month and by owner."""
    lanes = lanes_of(today, AHEAD)
    past = _months_before(today, BEHIND)
    since = datetime.combine(past[0], time.min, zone)
    open_deals = in_state(deals, OpportunityState.OPEN)
    won_deals = deals.filter(state=OpportunityState.WON, closed_at__gte=since)
    by_lane = totals_by(with_lane(open_deals, lanes), "lane", rate)
    by_owner = totals_by(open_deals, "lead__owner", rate)
    won_months = won_deals.annotate(month=TruncMonth("closed_at", tzinfo=zone))
    won_by_month, won_by_owner = _won(won_months, "month"), _won(won_deals, "lead__owner")
    currencies = sorted(
        {money.currency for total in by_lane.values() for money in total.money} | {c for _k, c in won_by_month}
    )
    names = {
        user.pk: str(user)
        for user in User.objects.filter(pk__in=[pk for pk in by_owner if pk] + [pk for pk, _c in won_by_owner if pk])
    }
    found = [
        Forecast(
            currency,
            _drawn(_month_lines(currency, past, lanes, by_lane, won_by_month)),
            _drawn(_owner_lines(currency, names, by_owner, won_by_owner)),
        )
        for currency in currencies
    ]
    found.sort(key=lambda part: (-part.open.amount, -part.won.amount, part.currency))
    totals = by_lane.values()
    return Forecasts(found, sum(total.count for total in totals), sum(total.unpriced for total in totals))


def _months_before(today: date, number: int) -> list[date]:
    found, first = [], today.replace(day=1)
    for _number in range(number):
        first = (first - timedelta(days=1)).replace(day=1)
        found.append(first)
    return found[::-1]


def _won(deals: QuerySet[Opportunity], key: str) -> dict[tuple[Any, str], Worth]:
    rows = deals.filter(amount__isnull=False).order_by().values_list(key, "currency")
    rows = rows.annotate(Count("pk"), Sum("amount"))
    return {
        (f"{name:%Y-%m}" if isinstance(name, datetime) else name, currency): Worth(count, amount)
        for name, currency, count, amount in rows
    }


def _month_lines(
    currency: str,
    past: Sequence[date],
    lanes: Sequence[Lane],
    totals: Mapping[str, Total],
    won: Mapping[tuple[Any, str], Worth],
) -> list[Line]:
    behind = [Line(f"{first:%Y-%m}", month_label(first)) for first in past]
    ahead = [Line(lane.key, lane.label, _open(totals.get(lane.key), currency)) for lane in lanes]
    lines = [*behind, *ahead]
    for line in lines:
        line.won = won.get((line.key, currency), Worth())
    monthly = {lane.key for lane in lanes if lane.first and lane.last}
    return [line for line in lines if line in behind or line.key in monthly or line.open.count]


def _owner_lines(
    currency: str, names: Mapping[int, str], totals: Mapping[Any, Total], won: Mapping[tuple[Any, str], Worth]
) -> list[Line]:
    owners = {key for key, total in totals.items() if any(money.currency == currency for money in total.money)}
    owners |= {key for key, of in won if of == currency}
    lines = [
        Line(str(pk or ""), names.get(pk, ""), _open(totals.get(pk), currency), won.get((pk, currency), Worth()))
        for pk in owners
    ]
    return sorted(lines, key=lambda line: (-line.open.amount, -line.won.amount, line.label))


def _open(total: Total | None, currency: str) -> Worth:
    found = next((money for money in total.money if money.currency == currency), None) if total else None
    return Worth(found.count, found.amount, found.weighed) if found else Worth()


def _drawn(lines: list[Line]) -> list[Line]:
    """Give the lines their bars, all on one scale."""
    most = max((max(line.open.amount, line.won.amount) for line in lines), default=Decimal(0))
    for line in lines if most else ():
        line.width = float(100 * line.open.amount / most)
        line.weighed_width = float(100 * (line.open.weighed or 0) / most)
        line.won_width = float(100 * line.won.amount / most)
    return lines


def _added(sums: Sequence[Worth]) -> Worth:
    known = [row.weighed for row in sums if row.weighed is not None]
    weighed = sum(known, Decimal(0)) if known else None
    return Worth(sum(row.count for row in sums), sum((row.amount for row in sums), Decimal(0)), weighed)
