"""The forecast: its sums are the list's, currencies stand apart, and what is too little is said."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Count, Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from leads.handover.close import close_lost, close_won
from leads.handover.named import NamedDeal, keep_deals
from leads.lifecycle.move import Move, move
from leads.models import Cause, Opportunity, OpportunityState
from leads.queries.deals import board, in_lane, in_state, lanes_of, today_of
from leads.queries.forecast import forecast
from leads.queries.win_rate import WinRate, win_rate
from tests.factories import NOW, make_user
from tests.leads.dealing import make_deal

UTC_ZONE = ZoneInfo("UTC")
TODAY = date(2026, 3, 2)
RATE = WinRate(4, 10)
days = st.one_of(st.none(), st.dates(date(2025, 11, 1), date(2027, 6, 1)))
deals = st.lists(
    st.tuples(
        days,
        st.sampled_from(["EUR", "USD"]),
        st.one_of(st.none(), st.decimals(0, 100_000, places=2)),
        st.sampled_from(["open", "open", "won", "lost"]),
    ),
    max_size=25,
)


def store(rows) -> None:
    """External deals: the quickest there are."""
    Opportunity.objects.bulk_create(
        Opportunity(
            system="x",
            external_id=str(number),
            state=state,
            amount=amount,
            currency=currency if amount is not None else "",
            expected_close_on=day,
            closed_at=None if state == "open" else datetime.combine(day or TODAY, datetime.min.time(), UTC),
        )
        for number, (day, currency, amount, state) in enumerate(rows)
    )


class SumsAgree(TestCase):
    @given(deals)
    @settings(max_examples=40, deadline=None)
    def test_the_sums_of_forecast_board_and_list_are_the_same(self, rows):
        store(rows)
        everything = Opportunity.objects.all()
        open_ones = in_state(everything, OpportunityState.OPEN)
        listed = {
            currency: (count, total)
            for currency, count, total in open_ones.exclude(amount=None)
            .values_list("currency")
            .annotate(Count("pk"), Sum("amount"))
        }

        found = forecast(everything, TODAY, UTC_ZONE, RATE)
        columns = board(open_ones, lanes_of(TODAY), RATE)

        parts = {part.currency: part for part in found.currencies if part.open.count}
        assert {key: (part.open.count, part.open.amount) for key, part in parts.items()} == listed
        for part in found.currencies:
            assert sum(line.open.amount for line in part.owners) == part.open.amount
            assert sum(line.open.count for line in part.owners) == part.open.count
            assert sum(line.won.amount for line in part.owners) >= part.won.amount
        assert found.count == open_ones.count() == sum(column.total.count for column in columns)
        assert found.unpriced == open_ones.filter(amount=None).count()
        on_board = [money for column in columns for money in column.total.money]
        for currency, (_count, total) in listed.items():
            assert sum(money.amount for money in on_board if money.currency == currency) == total
        for column in columns:
            assert in_lane(open_ones, column.lane).count() == column.total.count


pytestmark = pytest.mark.django_db


def test_a_day_stands_in_exactly_one_lane():
    lanes = lanes_of(date(2026, 1, 31))

    assert [lane.key for lane in lanes] == ["overdue", "2026-01", "2026-02", "2026-03", "from-2026-04", "none"]
    for day in (date(2026, 1, 30), date(2026, 1, 31), date(2026, 2, 28), date(2026, 4, 1), date(2030, 1, 1)):
        store([(day, "EUR", Decimal(1), "open")])
        assert sum(in_lane(Opportunity.objects.all(), lane).count() for lane in lanes) == 1
        Opportunity.objects.all().delete()


def test_too_few_closed_opportunities_weigh_nothing():
    assert WinRate(3, 9).weighed(Decimal(100)) is None
    assert WinRate(3, 10).weighed(Decimal(100)) == Decimal("30.00")
    assert win_rate() == WinRate(0, 0)


def test_the_win_rate_counts_opportunities_that_ended_however_they_did():
    user = make_user()
    won, lost, later, _open = (make_deal(user) for _ in range(4))
    keep_deals("maven", [NamedDeal(external_id="1", state=OpportunityState.WON, closed_at=NOW)])
    close_won(won.lead_id, amount=Decimal(5), currency="EUR", by=user.pk, now=NOW)
    close_lost(lost.lead_id, reason="price", by=user.pk, now=NOW)
    move([Move(lead_id=later.lead_id, to="nurture", cause=Cause.PERSON, reason="later")], by=user.pk, now=NOW)

    assert win_rate() == WinRate(1, 3)


def test_a_paused_deal_is_neither_open_nor_lost():
    deal = make_deal()
    move([Move(lead_id=deal.lead_id, to="nurture", cause=Cause.PERSON, reason="later")], by=None, now=NOW)

    counts = {state: in_state(Opportunity.objects.all(), state).count() for state in ("open", "paused", "lost")}
    assert counts == {"open": 0, "paused": 1, "lost": 0}


def test_a_win_counts_in_the_month_of_the_organisation():
    late = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
    keep_deals("x", [NamedDeal(external_id="1", state="won", amount=Decimal(7), currency="EUR", closed_at=late)])

    (part,) = forecast(Opportunity.objects.all(), TODAY, ZoneInfo("Asia/Jerusalem"), RATE).currencies

    assert [line.won.amount for line in part.months if line.key == "2026-03"] == [Decimal(7)]


def test_board_and_forecast_cost_the_same_however_many(django_assert_max_num_queries):
    store([(TODAY + timedelta(days=number), "EUR", Decimal(1), "open") for number in range(150)])

    with django_assert_max_num_queries(3):
        columns = board(in_state(Opportunity.objects.all(), "open"), lanes_of(today_of(NOW)), RATE)
        assert max(len(column.deals) for column in columns) == 20
    with django_assert_max_num_queries(5):
        forecast(Opportunity.objects.all(), TODAY, UTC_ZONE, RATE)
