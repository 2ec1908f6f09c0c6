"""The inbox: what to decide next, and exactly one decision."""

import pytest

from leads.handover.decide import Decision, Verb, decide
from leads.models import Handover, Lead
from tests.browsing import browser
from tests.factories import make_handover, make_lead, make_user
from users.clock import database_now
from users.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep():
    return make_user()


def test_the_queue_shows_offers_and_the_first_is_at_hand(rep):
    first, second = make_handover(), make_handover()

    response = browser(rep).get("/inbox/")

    assert [offer.handover for offer in response.context["queue"]] == [first, second]
    assert response.context["offer"].handover == first
    assert browser(rep).get("/inbox/", {"handover": second.pk}).context["offer"].handover == second


def test_accepting_opens_the_next_and_offers_to_undo(rep):
    first, second = make_handover(), make_handover()
    client = browser(rep)

    response = client.post(f"/handovers/{first.pk}/accept/", {"next": second.pk}, follow=True)

    assert response.redirect_chain[-1][0] == f"/inbox/?handover={second.pk}"
    assert f"/handovers/{first.pk}/undo/" in response.content.decode()
    assert Lead.objects.get(pk=first.lead_id).owner == rep
    client.post(f"/handovers/{first.pk}/undo/")
    assert Handover.objects.get(pk=first.pk).state == "open"


def test_rejecting_needs_a_reason_and_keeps_the_note(rep):
    offer, client = make_handover(), browser(rep)

    refused = client.post(f"/handovers/{offer.pk}/reject/", {"note": "Called twice."})
    client.post(f"/handovers/{offer.pk}/reject/", {"reason": "too_small", "note": "Called twice."})

    assert refused.status_code == 422
    assert "Called twice." in refused.content.decode()
    offer.refresh_from_db()
    assert (offer.state, offer.reason, offer.note) == ("rejected", "too_small", "Called twice.")


def test_returning_says_what_is_missing(rep):
    offer = make_handover()

    browser(rep).post(f"/handovers/{offer.pk}/return/", {"reason": "not_ready", "missing": ["timeline", "budget"]})

    offer.refresh_from_db()
    assert (offer.state, offer.missing) == ("returned", ["timeline", "budget"])


def test_who_was_slower_is_told_who_was_faster(rep):
    offer, other = make_handover(), make_user(name="Ruth Stone")
    decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=other.pk, now=database_now())

    response = browser(rep).post(f"/handovers/{offer.pk}/accept/")

    assert response.status_code == 409
    assert "Accepted by Ruth Stone" in response.content.decode()


def test_an_empty_inbox_says_so(rep):
    assert "All clear" in browser(rep).get("/inbox/").content.decode()


@pytest.mark.parametrize("role", [Role.MARKETER, Role.SDR])
def test_only_sales_comes_in(role):
    offer, client = make_handover(), browser(make_user(role))

    assert client.get("/inbox/").status_code == 403
    assert client.post(f"/handovers/{offer.pk}/accept/").status_code == 403
    assert Handover.objects.get(pk=offer.pk).state == "open"


def test_another_teams_offer_is_not_found():
    offer = make_handover(make_lead())

    assert browser(make_user(Role.SALES_REP, team=None)).post(f"/handovers/{offer.pk}/accept/").status_code == 404
