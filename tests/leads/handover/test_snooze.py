"""Putting an offer aside: out of the queue, never off the clock."""

from datetime import timedelta

import pytest

from leads.access import handovers_to_decide, waiting
from leads.handover.claim import ClaimNotPossible, assign, claim
from leads.handover.decide import AlreadyDecided, Decision, Verb, decide
from leads.handover.snooze import SnoozeNotPossible, snooze, unsnooze
from leads.models import Event, Handover
from tests.callers import Caller, faults
from tests.factories import NOW, make_handover, make_user, minutes
from users.clock import database_now
from users.models import Role, Team

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=3)


@pytest.fixture
def rep():
    return make_user()


def test_a_snoozed_offer_leaves_the_queue_until_its_time(rep):
    offer = make_handover()
    due = offer.due_at

    snooze([offer.pk], until=LATER, by=rep.pk, now=NOW)

    offers = handovers_to_decide(rep)
    assert not waiting(offers, LATER - minutes(1)).exists()
    assert waiting(offers, LATER).get() == offer
    assert Handover.objects.get().due_at == due
    assert Event.objects.filter(kind="handover_snoozed", lead_ids=[offer.lead_id]).count() == 1


def test_it_comes_back_before_its_time_when_somebody_asks(rep):
    offer = make_handover()
    snooze([offer.pk], until=LATER, by=rep.pk, now=NOW)

    unsnooze([offer.pk], by=rep.pk, now=NOW)

    assert waiting(handovers_to_decide(rep), NOW).get() == offer


@pytest.mark.parametrize("until", [NOW, NOW - minutes(1), NOW + timedelta(days=90, seconds=1)])
def test_a_time_that_is_past_or_too_far_away_is_refused(rep, until):
    offer = make_handover()

    with pytest.raises(SnoozeNotPossible, match="Choose a time"):
        snooze([offer.pk], until=until, by=rep.pk, now=NOW)
    assert Handover.objects.get().snoozed_until is None


def test_what_is_decided_is_not_put_aside(rep):
    offer, open_one = make_handover(), make_handover()
    decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=rep.pk, now=NOW)

    with pytest.raises(AlreadyDecided):
        snooze([open_one.pk, offer.pk], until=LATER, by=rep.pk, now=NOW)
    assert not Handover.objects.exclude(snoozed_until=None).exists()


def test_whoever_takes_it_over_sees_it_at_once(rep):
    offer = make_handover()
    snooze([offer.pk], until=LATER, by=rep.pk, now=NOW)

    claim([offer.pk], by=rep.pk, now=NOW)

    assert waiting(handovers_to_decide(rep), NOW).get() == offer


def test_an_offer_is_passed_on_within_its_team(rep):
    offer, other = make_handover(), make_user()

    claim([offer.pk], by=rep.pk, now=NOW)
    assign([offer.pk], to=other.pk, by=rep.pk, now=NOW)

    offer.refresh_from_db()
    assert (offer.assignee, offer.route, offer.rule) == (other, "person", None)
    assert Event.objects.get(kind="handover_assigned").data == {"user": other.pk, "by": rep.pk}


@pytest.mark.parametrize("why", ["another team", "gone", "an SDR", "nobody"])
def test_it_is_passed_on_to_nobody_who_may_not_decide(rep, why):
    offer = make_handover()
    away = Team.objects.create(slug="away", name="Away")
    to = {
        "another team": lambda: make_user(team=away).pk,
        "gone": lambda: make_user(is_active=False).pk,
        "an SDR": lambda: make_user(Role.SDR).pk,
        "nobody": lambda: 0,
    }[why]()

    with pytest.raises(ClaimNotPossible, match="of the team"):
        assign([offer.pk], to=to, by=rep.pk, now=NOW)


def test_an_sdr_decides_where_the_team_lets_them():
    offer, sdr = make_handover(), make_user(Role.SDR)
    assert not handovers_to_decide(sdr).exists()

    Team.objects.update(sdr_accepts=True)
    sdr = type(sdr).objects.get(pk=sdr.pk)

    assert handovers_to_decide(sdr).get() == offer
    assign([offer.pk], to=sdr.pk, by=make_user().pk, now=NOW)
    assert Caller(sdr).post(f"handovers/{offer.pk}/accept/").status_code == 200


def test_the_api_puts_aside_lists_and_brings_back(rep):
    offer, caller = make_handover(now=database_now()), Caller(rep)
    until = (database_now() + timedelta(days=2)).isoformat()

    answer = caller.post(f"handovers/{offer.pk}/snooze/", {"until": until})

    assert answer.json()["snoozed_until"] is not None
    assert (answer.json()["route"], answer.json()["recommended"]) == ("default", None)
    assert caller.get("handovers/", snoozed="true").json()["count"] == 1
    assert caller.get("handovers/", snoozed="false").json()["count"] == 0
    assert caller.post(f"handovers/{offer.pk}/unsnooze/").json()["snoozed_until"] is None
    far = (database_now() + timedelta(days=91)).isoformat()
    for bad in ({}, {"until": "tomorrow"}, {"until": "2020-01-01T00:00:00Z"}, {"until": far}):
        assert faults(caller.post(f"handovers/{offer.pk}/snooze/", bad)) == ["until"]


def test_the_api_passes_on(rep):
    offer, other, caller = make_handover(), make_user(), Caller(rep)

    assert faults(caller.post(f"handovers/{offer.pk}/assign/", {"to": "no@body.example"})) == ["to"]
    assert caller.post(f"handovers/{offer.pk}/assign/", {"to": other.email}).json()["assignee"] == other.email
    assert caller.post(f"handovers/{offer.pk}/assign/", {"to": rep.email}).status_code == 403, "it is theirs now"
