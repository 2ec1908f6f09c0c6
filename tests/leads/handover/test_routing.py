"""To whom a qualified lead goes."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.handover.decide import Decision, Verb, decide
from leads.handover.routing import route
from leads.lifecycle.move import Move, move
from leads.models import Cause, Deadline, Handover, Lead, RoutingRule
from leads.people.companies import CompanyFacts
from scoring.rules import RuleSpec
from scoring.touched import drain
from tests.factories import NOW, make_handover, make_lead, make_leads, make_user, minutes, publish_model
from users.models import Absence, Role, Team, User

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
ISRAEL = {"leaf": "company", "field": "country", "op": "eq", "value": "IL"}
EVERYBODY = {"leaf": "stage", "value": ["mcl", "mel", "mql"]}
ACME = CompanyFacts(name="Acme", domain="acme.example", country="IL")


@pytest.fixture
def team():
    return Team.objects.create(slug="il", name="Israel")


@pytest.fixture
def reps(team):
    return [make_user(team=team) for _ in range(3)]


def rule(team, spread="team", *, condition=EVERYBODY, position=1, person=None, name="Rule"):
    return RoutingRule.objects.create(
        name=name, team=team, spread=spread, condition=condition, position=position, person=person
    )


def away(user, day=TODAY, days=0):
    Absence.objects.create(user=user, starts_on=day, ends_on=day + timedelta(days=days))


def offered(number=1, **fields):
    leads = make_leads(number, **fields)
    move([Move(lead_id=lead.pk, to="mql", cause=Cause.PERSON) for lead in leads], by=None, now=NOW)
    return list(Handover.objects.filter(lead__in=leads).order_by("lead_id"))


def test_without_rules_the_first_team_has_it():
    (offer,) = offered()

    assert (offer.team.slug, offer.assignee, offer.route, offer.rule) == ("sales", None, "default", None)


def test_the_first_rule_that_matches_decides(team):
    later = rule(team, position=2)
    rule(Team.objects.get(slug="sales"), condition=ISRAEL, position=1, name="Israel")
    RoutingRule.objects.create(name="Off", team=team, condition=EVERYBODY, position=0, is_active=False)

    (abroad,), (home,) = offered(), offered(company=ACME)

    assert (abroad.rule, abroad.team, abroad.route) == (later, team, "rule")
    assert (home.rule.name, home.team.slug) == ("Israel", "sales")


def test_a_rule_may_ask_for_the_score_of_the_company(team):
    chief = {"leaf": "lead", "field": "job_title", "op": "eq", "value": "CFO"}
    publish_model(rules=[RuleSpec(points=50, group="fit", condition=chief)])
    make_lead(job_title="CFO", company=ACME)
    clerk, stranger = make_lead(job_title="Clerk", company=ACME), make_lead(job_title="Clerk")
    drain(now=NOW)
    wanted = rule(team, condition={"leaf": "company_score", "model": "mql", "op": "gte", "value": 50})

    assert make_handover(clerk).rule == wanted
    assert make_handover(stranger).rule is None


def test_who_works_with_the_company_has_it_before_any_rule(team, reps):
    rule(team, "rotation")
    colleague = make_lead(company=ACME)
    Lead.objects.filter(pk=colleague.pk).update(owner=reps[2])

    (offer,) = offered(company=ACME)

    assert (offer.assignee, offer.team, offer.route, offer.rule) == (reps[2], team, "owner", None)
    assert Deadline.objects.get().user == reps[2]


@pytest.mark.parametrize("why", ["away", "gone", "a marketer", "archived"])
def test_an_owner_who_is_not_there_is_passed_over(team, reps, why):
    owner = make_user(Role.MARKETER) if why == "a marketer" else reps[0]
    colleague = make_lead(company=ACME)
    Lead.objects.filter(pk=colleague.pk).update(owner=owner, archived_at=NOW if why == "archived" else None)
    if why == "away":
        away(owner)
    if why == "gone":
        User.objects.filter(pk=owner.pk).update(is_active=False)

    (offer,) = offered(company=ACME)

    assert (offer.assignee, offer.route) == (None, "default")


def test_turns_are_taken_evenly_and_in_a_stable_order(team, reps):
    rule(team, "rotation")

    offers = offered(7)

    assert [offer.assignee for offer in offers] == [*reps, *reps, reps[0]]
    assert [offer.assignee for offer in offered(2)] == reps[1:]
    decide([Decision(handover_id=offers[1].pk, verb=Verb.REJECT, reason="bogus")], by=reps[1].pk, now=NOW + minutes(1))
    assert offered()[0].assignee == reps[1], "has fewest now"


def test_accepted_leads_count_as_open(team, reps):
    rule(team, "rotation")
    offers = offered(3)
    for offer in offers:
        decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=reps[0].pk, now=NOW + minutes(1))

    assert {offer.assignee for offer in offered(4)} == {reps[1], reps[2]}


def test_nobody_gets_more_than_their_capacity_and_then_the_team_waits(team, reps):
    rule(team, "rotation")
    User.objects.filter(pk=reps[0].pk).update(capacity=1)
    User.objects.filter(pk=reps[1].pk).update(capacity=2)
    User.objects.filter(pk=reps[2].pk).update(capacity=0)

    offers = offered(5)

    assert Counter(offer.assignee for offer in offers) == {reps[0]: 1, reps[1]: 2, None: 2}
    assert {offer.team for offer in offers} == {team}


@pytest.mark.parametrize("spread", ["rotation", "person"])
@pytest.mark.parametrize("why", ["an empty team", "everybody away", "everybody gone"])
def test_without_anybody_there_the_team_waits(team, reps, spread, why):
    rule(team, spread, person=reps[0] if spread == "person" else None)
    if why == "an empty team":
        User.objects.filter(team=team).update(team=Team.objects.get(slug="sales"))
    for rep in reps:
        if why == "everybody away":
            away(rep, NOW.date() - timedelta(days=3), 3)
    if why == "everybody gone":
        User.objects.update(is_active=False)

    (offer,) = offered()

    assert (offer.team, offer.assignee, offer.route) == (team, None, "rule")


def test_who_is_back_has_a_turn_again(team, reps):
    rule(team, "rotation")
    away(reps[0], NOW.date() - timedelta(days=3), 2)
    away(reps[1], NOW.date() + timedelta(days=1))

    assert {offer.assignee for offer in offered(3)} == set(reps)


def test_managers_have_no_turn_and_sdrs_only_where_they_may_accept(team):
    manager, sdr = make_user(Role.SALES_MANAGER, team=team), make_user(Role.SDR, team=team)
    rule(team, "rotation")

    assert offered()[0].assignee is None
    Team.objects.filter(pk=team.pk).update(sdr_accepts=True)
    assert offered()[0].assignee == sdr != manager


def test_one_person_has_it_while_there_and_of_the_team(team, reps):
    rule(team, "person", person=reps[1])

    assert offered()[0].assignee == reps[1]
    User.objects.filter(pk=reps[1].pk).update(team=Team.objects.get(slug="sales"))
    assert offered()[0].assignee is None


def test_a_rule_that_names_what_is_gone_is_skipped(team):
    rule(team, condition={"leaf": "score", "model": "gone", "op": "gte", "value": 1}, position=1)
    last = rule(team, position=2)

    assert offered()[0].rule == last


def test_without_a_team_the_offer_stands_all_the_same():
    Team.objects.all().delete()

    (offer,) = offered()

    assert (offer.team, offer.assignee, offer.state) == (None, None, "open")
    assert offer.due_at


def test_a_thousand_offers_ask_as_much_as_one(team, reps):
    rule(team, "person", condition=ISRAEL, person=reps[0], position=1)
    rule(team, "rotation", position=2)
    ids = [lead.pk for lead in make_leads(1001)]

    def asked(some):
        with CaptureQueriesContext(connection) as caught:
            move([Move(lead_id=pk, to="mql", cause=Cause.PERSON) for pk in some], by=None, now=NOW)
        return len(caught)

    assert asked(ids[1:]) <= asked(ids[:1]) + 1
    counts = Counter(Handover.objects.values_list("assignee", flat=True))
    assert max(counts.values()) - min(counts.values()) <= 1


def test_asking_changes_nothing(team, reps):
    rule(team, "rotation")
    offer = make_handover()

    assert route([offer.lead_id], now=NOW) == route([offer.lead_id], now=NOW)
    assert route([], now=NOW) == {}
