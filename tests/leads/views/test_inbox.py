"""The inbox: what to decide next, and exactly one decision."""

from datetime import date, timedelta

import pytest

from leads.handover.claim import claim
from leads.handover.decide import Decision, Verb, decide
from leads.lifecycle.criteria import set_criterion
from leads.models import Handover, Lead, Route, RoutingRule
from leads.people.companies import CompanyFacts
from leads.queries.queue import SHOWN
from scoring.touched import drain
from tests.browsing import browser
from tests.factories import (
    NOW,
    make_handover,
    make_lead,
    make_leads,
    make_user,
    move_to,
    publish_model,
    stage,
    view_pages,
)
from users.clock import database_now
from users.models import Organisation, Role, Team, User

pytestmark = pytest.mark.django_db
STEP = {"HX-Request": "true"}


@pytest.fixture
def rep():
    return make_user()


@pytest.fixture(autouse=True)
def nobody_is_routed_to():
    """Offers go to the team, whoever takes them first."""
    RoutingRule.objects.all().delete()


def queued(response) -> list[Handover]:
    return [offer.handover for offer in response.context["queue"].offers]


def at_hand(response) -> Handover:
    return response.context["offer"].handover


def test_the_queue_shows_offers_and_the_first_is_at_hand(rep):
    first, second = make_handover(), make_handover()

    response = browser(rep).get("/inbox/")

    assert queued(response) == [first, second]
    assert at_hand(response) == first
    assert at_hand(browser(rep).get("/inbox/", {"handover": second.pk})) == second


def test_of_those_due_in_the_same_minute_the_best_scored_comes_first(rep):
    publish_model()
    set_criterion(stage("mql"), {"leaf": "score", "model": "mql", "op": "gte", "value": 10}, by=None, now=NOW)
    low, high, late = make_leads(3)
    view_pages([low, high, late])
    view_pages([high], "/demo")
    drain(now=NOW)
    for lead, seconds in ((low, 10), (high, 40), (late, -60)):
        Handover.objects.filter(lead=lead).update(due_at=NOW + timedelta(seconds=seconds))

    assert [row.lead for row in queued(browser(rep).get("/inbox/"))] == [late, high, low]


def test_a_long_queue_is_cut_and_what_is_wanted_stands_at_hand_all_the_same(rep):
    offers = [make_handover(lead) for lead in make_leads(SHOWN + 3)]

    response = browser(rep).get("/inbox/", {"handover": offers[-1].pk})

    assert at_hand(response) == offers[-1]
    assert len(queued(response)) == SHOWN + 1
    assert "and 2 more" in response.content.decode()


@pytest.mark.parametrize("wanted", ["0", "99999999999999999999", "-1", "x", "１２"])
def test_what_names_no_offer_opens_the_first(rep, wanted):
    offer = make_handover()

    assert at_hand(browser(rep).get("/inbox/", {"handover": wanted})) == offer


def test_accepting_opens_the_next_and_offers_to_undo(rep):
    first, second = make_handover(), make_handover()
    client = browser(rep)

    response = client.post(f"/handovers/{first.pk}/accept/", {"next": second.pk}, follow=True)

    assert response.redirect_chain[-1][0] == f"/inbox/?handover={second.pk}"
    assert f"/handovers/{first.pk}/undo/" in response.content.decode()
    assert f"/leads/{first.lead_id}/package/" in response.content.decode()
    assert Lead.objects.get(pk=first.lead_id).owner == rep
    client.post(f"/handovers/{first.pk}/undo/")
    assert Handover.objects.get(pk=first.pk).state == "open"


def test_a_step_answers_the_next_offer_toast_and_counts_in_one_go(rep):
    first, second = make_handover(), make_handover()

    response = browser(rep, **STEP).post(f"/handovers/{first.pk}/accept/", {"next": second.pk})

    text = response.content.decode()
    assert response.status_code == 200
    assert response["HX-Replace-Url"] == f"/inbox/?handover={second.pk}"
    assert at_hand(response) == second
    assert "<html" not in text
    assert 'id="count-i"' in text
    assert f"/handovers/{first.pk}/undo/" in text


def test_after_the_last_step_all_is_clear(rep):
    offer = make_handover()

    response = browser(rep, **STEP).post(f"/handovers/{offer.pk}/accept/")

    assert "All clear" in response.content.decode()
    assert response["HX-Replace-Url"] == "/inbox/"


def test_the_next_offer_is_looked_up_alone(rep):
    first, second = make_handover(), make_handover()

    page = browser(rep).get("/inbox/").content.decode()
    ahead = browser(rep, **STEP).get(f"/inbox/{second.pk}/")

    assert f'data-ahead="/inbox/{second.pk}/"' in page
    assert at_hand(ahead) == second
    assert "lc-queue" not in ahead.content.decode()
    assert browser(rep).get(f"/inbox/{first.pk}/")["Location"] == f"/inbox/?handover={first.pk}"


def test_rejecting_needs_a_reason_and_keeps_the_note(rep):
    offer, client = make_handover(), browser(rep)

    refused = client.post(f"/handovers/{offer.pk}/reject/", {"note": "Called twice."})
    client.post(f"/handovers/{offer.pk}/reject/", {"reason": "too_small", "note": "Called twice."})

    assert refused.status_code == 422
    assert "Called twice." in refused.content.decode()
    offer.refresh_from_db()
    assert (offer.state, offer.reason, offer.note) == ("rejected", "too_small", "Called twice.")


def test_in_the_inbox_what_is_wrong_opens_its_box_again(rep):
    offer = make_handover()

    response = browser(rep, **STEP).post(f"/handovers/{offer.pk}/return/", {"reason": "mood", "note": "Later."})

    assert response.status_code == 422
    assert response.context["open_box"] == "return-box"
    assert at_hand(response) == offer
    assert "Later." in response.content.decode()


def test_returning_says_what_is_missing(rep):
    offer = make_handover()

    browser(rep).post(f"/handovers/{offer.pk}/return/", {"reason": "not_ready", "missing": ["timeline", "budget"]})

    offer.refresh_from_db()
    assert (offer.state, offer.missing) == ("returned", ["timeline", "budget"])


def test_who_was_slower_is_told_who_was_faster_and_the_next_opens(rep):
    offer, following, other = make_handover(), make_handover(), make_user(name="Ruth Stone")
    decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=other.pk, now=database_now())

    for client in (browser(rep), browser(rep, **STEP)):
        response = client.post(f"/handovers/{offer.pk}/reject/", {"reason": "too_small", "next": following.pk})

        assert response.status_code == 409
        assert "Ruth Stone was faster" in response.content.decode()
        assert at_hand(response) == following
    assert Handover.objects.get(pk=offer.pk).state == "accepted"


def test_what_somebody_claimed_meanwhile_is_theirs(rep):
    offer, other = make_handover(), make_user(name="Ruth Stone")
    claim([offer.pk], by=other.pk, now=database_now())

    response = browser(rep).post(f"/handovers/{offer.pk}/accept/")

    assert response.status_code == 409
    assert "Ruth Stone has claimed" in response.content.decode()
    assert Handover.objects.get(pk=offer.pk).state == "open"


def test_an_offer_is_claimed_and_released(rep):
    offer, client = make_handover(), browser(rep)

    claimed = client.post(f"/handovers/{offer.pk}/claim/", follow=True)
    assert Handover.objects.get(pk=offer.pk).assignee == rep
    assert at_hand(claimed) == offer
    assert "Release" in claimed.content.decode()

    client.post(f"/handovers/{offer.pk}/release/")
    assert Handover.objects.get(pk=offer.pk).assignee is None


def test_a_snoozed_offer_leaves_the_queue_and_is_brought_back(rep):
    offer, other = make_handover(), make_handover()
    client = browser(rep)

    client.post(f"/handovers/{offer.pk}/snooze/", {"when": "week"})
    page, aside = client.get("/inbox/"), client.get("/inbox/", {"snoozed": "1"})
    assert queued(page) == [other]
    assert "1 snoozed" in page.content.decode()
    assert queued(aside) == [offer]

    client.post(f"/handovers/{offer.pk}/unsnooze/")
    assert offer in queued(client.get("/inbox/"))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "Say until when"),
        ({"on": "2001-01-01"}, "lies ahead"),
        ({"on": (date.today() + timedelta(days=200)).isoformat()}, "90 days"),
        ({"on": "9999-12-31"}, "within ten years"),
        ({"on": "soon"}, "2026-12-24"),
        ({"when": "never"}, "valid choice"),
    ],
)
def test_a_day_that_is_none_is_refused(rep, said, why):
    offer = make_handover()

    response = browser(rep).post(f"/handovers/{offer.pk}/snooze/", said)

    assert response.status_code == 422
    assert why in response.content.decode()
    assert Handover.objects.get(pk=offer.pk).snoozed_until is None


def test_the_first_day_there_is_lies_behind_everywhere(rep):
    Organisation.objects.update(time_zone="Asia/Jerusalem")  # part of whose first day has no date in UTC
    offer = make_handover()

    response = browser(rep).post(f"/handovers/{offer.pk}/snooze/", {"on": "0001-01-01"})

    assert response.status_code == 422
    assert "lies ahead" in response.content.decode()


def test_a_duplicate_is_searched_and_named(rep):
    offer = make_handover(make_lead(first_name="Ada", last_name="Levi"))
    original = make_lead(first_name="Ada", last_name="Levi-Cohen", email="ada@old.example")
    stranger = make_lead(first_name="Ben", last_name="Katz")
    Lead.objects.filter(pk__in=[original.pk, stranger.pk]).update(owner=rep)
    client = browser(rep, **STEP)

    by_name = client.get(f"/handovers/{offer.pk}/duplicate/").context["twins"]
    by_mail = client.get(f"/handovers/{offer.pk}/duplicate/", {"q": "old.example"}).context["twins"]
    client.post(f"/handovers/{offer.pk}/duplicate/", {"duplicate_of": original.pk})

    assert by_name == by_mail == [original]
    offer.refresh_from_db()
    assert (offer.state, offer.duplicate_of) == ("duplicate", original)


def test_a_duplicate_out_of_reach_or_of_itself_is_refused(rep):
    offer, far = make_handover(), make_lead()
    Lead.objects.filter(pk=far.pk).update(owner=make_user(team=None))

    for named in (far.pk, offer.lead_id, 0, ""):
        response = browser(rep).post(f"/handovers/{offer.pk}/duplicate/", {"duplicate_of": named})
        assert response.status_code == 422
    assert Handover.objects.get(pk=offer.pk).state == "open"


def test_the_case_says_why_it_came_here_and_what_was_before(rep):
    company = CompanyFacts(name="Acme", domain="acme.example")
    lead, colleague = make_lead(company=company), make_lead(company=company, first_name="Cleo")
    Lead.objects.filter(pk=colleague.pk).update(owner=rep)
    move_to(colleague, "disqualified", reason="no_fit")
    offer = make_handover(lead)
    rule = RoutingRule.objects.create(name="Large ones", position=1, condition={"all": []}, team=Team.objects.first())
    Handover.objects.filter(pk=offer.pk).update(
        route=Route.RULE, rule=rule, recommended_by=rep, recommended_at=NOW, recommendation="Call on Monday."
    )

    page = browser(rep).get("/inbox/").content.decode()

    assert "by the rule “Large ones”" in page
    assert "Call on Monday." in page
    assert "Does not fit" in page


def test_a_step_asks_no_more_questions_for_a_longer_queue(rep, django_assert_max_num_queries):
    company = CompanyFacts(name="Acme", domain="acme.example")
    offers = [make_handover(lead) for lead in make_leads(25, company=company)]
    client = browser(rep, **STEP)
    client.get("/inbox/")

    with django_assert_max_num_queries(70):
        client.post(f"/handovers/{offers[0].pk}/accept/", {"next": offers[1].pk})


def test_an_empty_inbox_says_so(rep):
    assert "All clear" in browser(rep).get("/inbox/").content.decode()


@pytest.mark.parametrize("role", [Role.MARKETER, Role.SDR])
def test_only_sales_comes_in(role):
    offer, client = make_handover(), browser(make_user(role))

    assert client.get("/inbox/").status_code == 403
    assert client.post(f"/handovers/{offer.pk}/accept/").status_code == 403
    assert Handover.objects.get(pk=offer.pk).state == "open"


def test_an_sdr_whose_team_lets_them_accept_comes_in():
    offer = make_handover()
    Team.objects.update(sdr_accepts=True)
    sdr = User.objects.get(pk=make_user(Role.SDR).pk)

    assert at_hand(browser(sdr).get("/inbox/")) == offer


def test_another_teams_offer_is_not_found():
    offer = make_handover(make_lead())

    assert browser(make_user(Role.SALES_REP, team=None)).post(f"/handovers/{offer.pk}/accept/").status_code == 404
