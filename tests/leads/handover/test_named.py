"""Deals that another system knows by its own id."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from leads.handover.named import NamedDeal, keep_deals
from leads.models import Opportunity, OpportunityState
from tests.factories import NOW

pytestmark = pytest.mark.django_db
WON = NamedDeal(
    external_id="a", state=OpportunityState.WON, amount=Decimal("54.00"), currency="USD", closed_at=NOW, data={"n": 1}
)


def test_the_same_words_change_nothing():
    assert [keep_deals("crm", [WON]) for _ in range(2)] == [["new"], ["unchanged"]]


def test_the_id_is_one_of_its_system():
    keep_deals("crm", [WON])

    assert keep_deals("other", [WON]) == ["new"]
    assert Opportunity.objects.count() == 2


def test_a_closed_deal_is_never_opened_again_and_blanks_say_nothing():
    keep_deals("crm", [WON])

    assert keep_deals("crm", [NamedDeal(external_id="a", state=OpportunityState.OPEN, data={"m": 2})]) == ["updated"]
    row = Opportunity.objects.get()
    assert (row.state, row.amount, row.closed_at, row.data) == ("won", Decimal("54.00"), NOW, {"n": 1, "m": 2})


def test_an_open_deal_is_closed_by_later_words():
    keep_deals("crm", [NamedDeal(external_id="a", state=OpportunityState.OPEN, opened_at=NOW - timedelta(days=9))])

    assert keep_deals("crm", [WON]) == ["updated"]
    assert Opportunity.objects.get().opened_at == NOW - timedelta(days=9)


def test_an_opportunity_of_no_lead_needs_a_name():
    with pytest.raises(IntegrityError, match="opportunity_of_a_pass_or_named"), transaction.atomic():
        Opportunity.objects.create(state="open")
