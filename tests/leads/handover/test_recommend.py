"""Recommendations of SDRs: the lead is offered, with their word on the offer."""

from datetime import timedelta

import pytest

from leads.handover.decide import Decision, Verb, decide
from leads.handover.recommend import Recommendation, recommend, withdraw_recommendation
from leads.lifecycle.move import MoveNotAllowed
from leads.lifecycle.undo import UndoNotPossible, undo
from leads.models import Event, Handover, Lead, Stage
from tests.factories import NOW, make_handover, make_lead, make_user, move_to

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(seconds=5)


@pytest.fixture
def sdr():
    return make_user("sdr")


def say_yes(lead: Lead, sdr, text: str = "Has the budget, decides in May."):
    """Recommend one lead."""
    return recommend([Recommendation(lead_id=lead.pk, text=text)], by=sdr.pk, now=NOW)


def test_an_engaged_lead_is_offered_with_the_recommendation(sdr) -> None:
    lead = move_to(make_lead(), "mel")

    (moved,) = say_yes(lead, sdr)

    offer = Handover.objects.get(lead=lead)
    assert moved.to_stage.slug == "mql"
    assert (offer.state, offer.recommended_by, offer.recommended_at) == ("open", sdr, NOW)
    assert offer.recommendation == "Has the budget, decides in May."
    assert Event.objects.get(kind="handover_recommended").data == {"handovers": [offer.pk]}


def test_an_open_offer_is_marked_and_stays_where_it_is(sdr) -> None:
    offer = make_handover()

    assert say_yes(offer.lead, sdr) == []

    offer.refresh_from_db()
    assert (offer.recommended_by, offer.state) == (sdr, "open")


def test_a_move_taken_back_withdraws_the_offer(sdr) -> None:
    lead = move_to(make_lead(), "mel")
    (moved,) = say_yes(lead, sdr)

    undo([moved.change_id], by=sdr.pk, now=SOON)

    assert Handover.objects.get(lead=lead).state == "withdrawn"


def test_a_mark_is_taken_back_by_who_made_it_in_time(sdr) -> None:
    offer = make_handover()
    say_yes(offer.lead, sdr)

    with pytest.raises(UndoNotPossible, match="Only the person"):
        withdraw_recommendation(offer.pk, by=make_user().pk, now=SOON)
    with pytest.raises(UndoNotPossible, match="time to undo"):
        withdraw_recommendation(offer.pk, by=sdr.pk, now=NOW + timedelta(minutes=5))
    withdraw_recommendation(offer.pk, by=sdr.pk, now=SOON)

    offer.refresh_from_db()
    assert (offer.recommended_by, offer.recommended_at, offer.recommendation, offer.state) == (None, None, "", "open")


def test_a_recommendation_gives_a_reason(sdr) -> None:
    lead = move_to(make_lead(), "mel")

    with pytest.raises(ValueError, match="why"):
        say_yes(lead, sdr, "  ")

    assert not Handover.objects.exists()


def test_leads_of_sales_and_ended_passes_are_refused_with_all_others(sdr) -> None:
    offer, fine, ended = make_handover(), make_lead(), move_to(make_lead(), "disqualified")
    decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=make_user().pk, now=NOW)
    wanted = [Recommendation(lead_id=pk, text="Good") for pk in (offer.lead_id, fine.pk, ended.pk)]

    with pytest.raises(MoveNotAllowed) as refused:
        recommend(wanted, by=sdr.pk, now=NOW)

    assert set(refused.value.reasons) == {offer.lead_id, ended.pk}
    assert Lead.objects.get(pk=fine.pk).stage.slug == "mcl"


def test_without_a_stage_to_offer_at_it_says_so(sdr) -> None:
    Stage.objects.filter(role="qualified").update(role="")

    with pytest.raises(MoveNotAllowed, match="no stage at which"):
        say_yes(make_lead(), sdr)
