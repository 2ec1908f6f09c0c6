"""Opportunities over REST."""

import pytest

from leads.handover.deals import NewMilestone, add_milestones
from leads.handover.named import NamedDeal, keep_deals
from leads.models import Opportunity, OpportunityChange, OpportunityState
from tests.callers import Caller, faults
from tests.factories import NOW, make_user
from tests.leads.dealing import make_deal
from users.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep():
    return make_user()


@pytest.fixture
def deal(rep):
    return make_deal(rep)


def test_one_is_shown_with_its_milestones(rep, deal):
    add_milestones([NewMilestone(deal_id=deal.pk, title="Demo")], by=None, now=NOW)

    body = Caller(rep).get(f"opportunities/{deal.pk}/").json()

    assert (body["lead"], body["state"], body["owner"], body["amount"]) == (deal.lead_id, "open", rep.email, None)
    assert [step["title"] for step in body["milestones"]] == ["Demo"]


def test_terms_change_journaled_and_only_those_given(rep, deal):
    caller = Caller(rep)

    answer = caller.patch(f"opportunities/{deal.pk}/", {"amount": "1200.50", "currency": "EUR"})
    caller.patch(f"opportunities/{deal.pk}/", {"expected_close_on": "2026-12-24"})

    assert answer.json()["amount"] == "1200.50"
    deal.refresh_from_db()
    assert (deal.currency, deal.expected_close_on.isoformat()) == ("EUR", "2026-12-24")
    assert OpportunityChange.objects.filter(by=rep).count() == 2
    assert caller.patch(f"opportunities/{deal.pk}/", {"amount": None}).json()["currency"] == ""


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount": "5"}, "currency"),
        ({"amount": -1, "currency": "EUR"}, "amount"),
        ({"amount": "much", "currency": "EUR"}, "amount"),
        ({"currency": "Euro"}, "currency"),
        ({"expected_close_on": "soon"}, "expected_close_on"),
        ({"state": "won"}, "state"),
        ({"name": 5}, "name"),
    ],
)
def test_bad_terms_are_refused_by_name(rep, deal, body, field):
    assert faults(Caller(rep).patch(f"opportunities/{deal.pk}/", body)) == [field]
    assert not OpportunityChange.objects.exists()


def test_the_list_filters_and_pages(rep, deal, django_assert_max_num_queries):
    keep_deals("maven", [NamedDeal(external_id=str(n), state=OpportunityState.LOST, closed_at=NOW) for n in range(3)])
    caller = Caller(make_user(Role.ADMIN))

    with django_assert_max_num_queries(12):
        assert caller.get("opportunities/").json()["count"] == 4
    assert caller.get("opportunities/", state="lost", system="maven").json()["count"] == 3
    assert [row["id"] for row in caller.get("opportunities/", owner=rep.email).json()["results"]] == [deal.pk]
    assert caller.get("opportunities/", company=deal.lead.company_id, state="open").json()["count"] == 1
    assert faults(caller.get("opportunities/", state="maybe")) == ["state"]
    assert faults(caller.get("opportunities/", colour="red")) == ["colour"]


def test_another_systems_deal_is_nobodys_to_write():
    keep_deals("maven", [NamedDeal(external_id="1", state=OpportunityState.OPEN)])
    deal = Opportunity.objects.get()

    assert Caller().get(f"opportunities/{deal.pk}/").json()["system"] == "maven"
    assert Caller().patch(f"opportunities/{deal.pk}/", {"name": "x"}).status_code == 403
    assert Caller(make_user()).get(f"opportunities/{deal.pk}/").status_code == 404
