"""Customers come again: new passes of their own kind, with the past left as it was."""

from decimal import Decimal

import pytest

from leads.handover.close import close_lost, close_won
from leads.handover.decide import Decision, Verb, decide
from leads.lifecycle.move import MoveNotAllowed
from leads.lifecycle.undo import undo
from leads.models import Capture, Handover, Lead, Opportunity, Pass, PassKind
from leads.people.customers import begin_passes, inquire, refer
from leads.people.newcapture import NewCapture
from tests.factories import NOW, make_lead, make_user, minutes, move_to
from tests.leads.dealing import accept, make_customer

pytestmark = pytest.mark.django_db


def _win(offer: Handover, user, amount: Decimal) -> None:
    accept(offer, user)
    close_won(offer.lead_id, amount=amount, currency="EUR", by=user.pk, now=NOW)


def test_a_renewal_begins_a_pass_and_the_owner_keeps_the_customer():
    user = make_user()
    lead = make_customer(user)

    (moved,) = begin_passes([lead.pk], kind=PassKind.RENEWAL, by=user.pk, now=NOW + minutes(1))

    lead = Lead.objects.select_related("stage").get(pk=lead.pk)
    assert (lead.stage.slug, lead.outcome, lead.cycle, lead.owner) == ("mcl", "", 2, user)
    assert Pass.objects.get(lead=lead, cycle=2).kind == "renewal"
    assert moved.cycle == 2
    assert Opportunity.objects.get(lead=lead).state == "won"


def test_a_second_deal_stands_beside_the_first():
    user = make_user()
    lead = make_customer(user)
    begin_passes([lead.pk], kind=PassKind.UPSELL, by=user.pk, now=NOW)

    move_to(lead, "mql")
    _win(Handover.objects.get(lead=lead, state="open"), user, Decimal(50))

    found = Opportunity.objects.filter(lead=lead).order_by("cycle").values_list("cycle", "state", "amount")
    assert list(found) == [(1, "won", Decimal(100)), (2, "won", Decimal(50))]


def test_only_customers_whose_pass_has_ended_begin_again():
    user = make_user()
    customer, lead = make_customer(user), make_lead()

    with pytest.raises(MoveNotAllowed) as refused:
        begin_passes([customer.pk, lead.pk], kind=PassKind.RENEWAL, by=user.pk, now=NOW)
    assert list(refused.value.reasons) == [lead.pk]
    begin_passes([customer.pk], kind=PassKind.RENEWAL, by=user.pk, now=NOW)
    with pytest.raises(MoveNotAllowed, match="still open"):
        begin_passes([customer.pk], kind=PassKind.UPSELL, by=user.pk, now=NOW)
    with pytest.raises(ValueError, match="referral"):
        begin_passes([customer.pk], kind=PassKind.REFERRAL, by=user.pk, now=NOW)


def test_a_customer_whose_renewal_was_lost_is_still_a_customer():
    user = make_user()
    lead = make_customer(user)
    begin_passes([lead.pk], kind=PassKind.RENEWAL, by=user.pk, now=NOW)
    move_to(lead, "mql")
    offer = Handover.objects.get(lead=lead, state="open")
    decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=user.pk, now=NOW)
    close_lost(lead.pk, reason="price", by=user.pk, now=NOW)

    (moved,) = begin_passes([lead.pk], kind=PassKind.CROSS_SELL, by=user.pk, now=NOW)

    assert moved.cycle == 3


def test_a_pass_begun_by_mistake_is_taken_back():
    user = make_user()
    lead = make_customer(user)
    (moved,) = begin_passes([lead.pk], kind=PassKind.RENEWAL, by=user.pk, now=NOW + minutes(1))

    undo([moved.change_id], by=user.pk, now=NOW + minutes(1.1))

    lead.refresh_from_db()
    assert (lead.outcome, lead.cycle, lead.owner) == ("won", 1, user)
    assert Opportunity.objects.get(lead=lead).state == "won"


def test_a_service_inquiry_is_a_capture_with_a_pass_of_its_kind():
    user = make_user()
    lead = make_customer(user)

    (done,) = inquire({lead.pk: "Training for ten"}, by=user.pk, now=NOW + minutes(1))

    lead.refresh_from_db()
    assert (done.lead_id, lead.cycle, lead.outcome, lead.owner) == (lead.pk, 2, "", user)
    begun = Pass.objects.get(lead=lead, cycle=2)
    assert (begun.kind, begun.capture.payload) == ("service", {"inquiry": "Training for ten"})


def test_a_referral_is_a_new_lead_that_knows_who_named_it():
    user = make_user()
    customer = make_customer(user)
    named = NewCapture(occurred_at=NOW, email="new@other.example", first_name="Noa")

    (done,) = refer({customer.pk: [named]}, by=user.pk, now=NOW)

    begun = Pass.objects.get(lead=done.lead_id)
    assert (done.is_new, begun.kind, begun.channel.slug) == (True, "referral", "referrals")
    assert Capture.objects.get(lead=done.lead_id).payload == {"referred_by": customer.pk}
    with pytest.raises(MoveNotAllowed, match="no customer"):
        refer({done.lead_id: [named]}, by=user.pk, now=NOW)
