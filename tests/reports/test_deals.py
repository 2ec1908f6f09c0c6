"""Won and lost deals by whoever sold them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from leads.handover.close import close_lost, close_won
from leads.handover.named import NamedDeal, keep_deals
from leads.models import Opportunity, OpportunityState
from leads.people.companies import CompanyFacts
from reports.queries.deals import deal_report, deals_in_reports
from tests.browsing import browser
from tests.callers import Caller, faults
from tests.factories import NOW, make_user
from tests.leads.dealing import make_deal
from users.models import Role, Team

pytestmark = pytest.mark.django_db


def keep(name: str, state: str = "won", agent: str = "Anna", days: int = 10, **fields) -> None:
    closed = None if state == "open" else fields.pop("closed", NOW)
    opened = NOW - timedelta(days=days)
    data = {"sales_agent": agent, "manager": "Mia", "product": "GTX"} if agent else {}
    said = {"external_id": name, "state": OpportunityState(state), "opened_at": opened, "closed_at": closed}
    keep_deals("maven", [NamedDeal(**said, data=data, **fields)])


def rows(axis: str, **days) -> dict[str, tuple[int, int, int]]:
    report = deal_report(Opportunity.objects.all(), axis, **days)
    return {row.key: (row.won, row.lost, row.open) for row in report.rows}


def test_deals_are_counted_by_who_sold_them_and_their_currencies_stand_apart():
    keep("1", amount=Decimal(10), currency="EUR")
    keep("2", amount=Decimal(20), currency="USD", days=20)
    keep("3", "lost", amount=Decimal(99), currency="EUR")
    keep("4", "open", "Ben", amount=Decimal(5), currency="EUR")
    keep("5", "won", "")

    report = deal_report(Opportunity.objects.all(), "rep")

    assert rows("rep") == {"Anna": (2, 1, 0), "": (1, 0, 0), "Ben": (0, 0, 1)}
    anna = report.rows[0]
    assert anna.won_amounts == {"EUR": Decimal(10), "USD": Decimal(20)}
    assert (anna.mean_days, anna.median_days, round(anna.rate, 3)) == (15, 15, 0.667)
    assert report.total.open_amounts == {"EUR": Decimal(5)}
    assert rows("manager") == {"Mia": (2, 1, 1), "": (1, 0, 0)}


def test_our_own_deals_are_the_owners_and_their_teams():
    user = make_user(name="Robin")
    won, lost, _open = (make_deal(user) for _ in range(3))
    close_won(won.lead_id, amount=Decimal(5), currency="EUR", by=user.pk, now=NOW)
    close_lost(lost.lead_id, reason="price", by=user.pk, now=NOW)

    assert rows("rep") == {"Robin": (1, 1, 1)}
    assert rows("manager") == {user.team.name: (1, 1, 1)}


def test_days_narrow_what_was_decided_in_the_organisations_zone():
    keep("1", closed=datetime(2026, 1, 31, 12, tzinfo=UTC))
    keep("2", closed=datetime(2026, 2, 15, 12, tzinfo=UTC))
    keep("3", "open")

    assert rows("rep", first=date(2026, 2, 1), last=date(2026, 2, 28)) == {"Anna": (1, 0, 1)}
    assert rows("month") == {"": (0, 0, 1), "2026-01": (1, 0, 0), "2026-02": (1, 0, 0)}


def test_a_deal_closed_before_it_was_opened_says_nothing_of_the_days():
    keep("1", days=-3)
    keep("2", days=4)

    assert deal_report(Opportunity.objects.all(), "rep").total.mean_days == 4


def test_a_rep_counts_their_own():
    rep, other = make_user(), make_user(team=Team.objects.create(slug="far", name="Far"))
    make_deal(rep)
    make_deal(other, company=CompanyFacts(name="Far", domain="far.example"))
    keep("1")

    assert deals_in_reports(rep).count() == 1
    assert deals_in_reports(make_user(Role.SALES_MANAGER)).count() == 3


def test_the_report_costs_the_same_however_many(django_assert_max_num_queries):
    for number in range(30):
        keep(str(number), agent=f"agent {number}", amount=Decimal(1), currency="EUR")

    with django_assert_max_num_queries(7):
        assert len(deal_report(Opportunity.objects.all(), "rep").rows) == 30


@pytest.mark.parametrize("axis", ["rep", "sdr", "manager", "office", "month", "product", "segment"])
def test_the_page_and_the_api_say_the_same(axis):
    keep("1", amount=Decimal(10), currency="EUR")
    keep("2", "lost")
    admin = make_user(Role.ADMIN)

    page = browser(admin).get(f"/reports/deals/?by={axis}")
    body = Caller(admin).get("reports/deals/", by=axis).json()

    assert page.status_code == 200
    assert (body["total"]["won"], body["total"]["lost"]) == (1, 1)
    shown = sorted((row.key, row.won, row.lost) for row in page.context["report"].rows)
    assert sorted((row["key"] or "", row["won"], row["lost"]) for row in body["rows"]) == shown


def test_bad_questions_are_refused_by_name():
    admin = make_user(Role.ADMIN)

    assert browser(admin).get("/reports/deals/?by=moon").status_code == 400
    assert faults(Caller(admin).get("reports/deals/", **{"from": "2026-02-02", "to": "2026-01-01"})) == ["from"]
    assert faults(Caller(admin).get("reports/deals/", color="red")) == ["color"]


def test_an_empty_report_says_how_deals_come():
    assert "first opportunity" in browser(make_user(Role.ADMIN)).get("/reports/deals/").content.decode()
