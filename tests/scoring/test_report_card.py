"""The report card of a version, counted by hand on small histories."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.handover.decide import Decision, Verb, decide
from leads.lifecycle.entries import Mode, PassScope
from leads.models import AttributeType, Handover, Lead, Reason, ReasonKind, ScoreModel
from leads.people.attributes import NewAttribute, define_attributes
from leads.people.edit import edit_leads
from scoring.engine import GroupSpec
from scoring.models import ModelVersion
from scoring.publish import Draft, save_draft
from scoring.report_card import Asked, Card, Said, Verdict, card, leads_of
from scoring.rules import RuleSpec
from scoring.samples import MOST
from scoring.touched import drain
from tests.factories import NOW, make_leads, make_user, move_to, publish_model
from tests.reports.histories import walk

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=40)


def titled(title: str) -> dict[str, Any]:
    return {"leaf": "lead", "field": "job_title", "op": "eq", "value": title}


CHIEF = RuleSpec(points=90, group="fit", condition=titled("CFO"), label="חשב ראשי")
CLERK = RuleSpec(points=-20, group="fit", condition=titled("Clerk"), label="Clerk")


@pytest.fixture
def model() -> ScoreModel:
    return publish_model(rules=[CHIEF, CLERK], now=NOW)


def version_of(model: ScoreModel) -> ModelVersion:
    rows = ModelVersion.objects.select_related("model").prefetch_related("groups", "rules__group")
    return rows.filter(model=model).latest("number")


def asked(outcome: str = "won", **scope: Any) -> Asked:
    return Asked(PassScope(since=NOW - timedelta(days=1), until=LATER, mode=Mode.PERIOD, **scope), outcome)


def made(model: ScoreModel, outcome: str = "won") -> Card:
    drain(now=LATER)
    return card(version_of(model), asked(outcome), now=LATER)


def offered(leads: Sequence[Lead], says: str = "", *, day: int = 0) -> None:
    """Leads qualified by hand on a day and decided two days later: accept, reject or return."""
    at = NOW + timedelta(days=day)
    for lead in leads:
        move_to(lead, "mql", now=at)
    rows = Handover.objects.filter(lead__in=leads, state="open")
    kind = {"reject": ReasonKind.REJECT, "return": ReasonKind.RETURN}.get(says)
    reason = Reason.objects.filter(kind=kind).values_list("slug", flat=True).first() if kind else ""
    said = [Decision(handover_id=row.pk, verb=Verb(says), reason=reason or "") for row in rows]
    decide(said, by=make_user().pk, now=at + timedelta(days=2))


def test_a_card_counts_whom_each_rule_holds_for(model):
    make_leads(3, job_title="CFO")
    make_leads(1, job_title="Clerk")

    chief, clerk = made(model).lines

    assert (chief.words, chief.held, chief.leads, chief.share) == ("חשב ראשי", 3, 4, 0.75)
    assert (clerk.held, clerk.share) == (1, 0.25)
    assert {line.verdict for line in (chief, clerk)} == {Verdict.TOO_FEW}


def test_decisions_count_with_the_rules_of_the_day_of_the_offer(model):
    chiefs, clerk = make_leads(3, job_title="CFO"), make_leads(1, job_title="Clerk")
    offered(chiefs[:2], "accept")
    offered(clerk, "reject")
    offered(chiefs[2:], "return", day=1)
    # What became known after the offer was no ground for it.
    edit_leads({chiefs[0].pk: {"job_title": "Clerk"}}, by=None, now=NOW + timedelta(days=9))

    chief, clerks = made(model).lines

    assert (chief.said, chief.said_rest) == (Said(accepted=2, returned=1), Said(rejected=1))
    assert (clerks.said, clerks.said_rest) == (Said(rejected=1), Said(accepted=2, returned=1))
    assert (chief.held, clerks.held) == (2, 2)


def test_wins_count_against_lost_and_disqualified_ones(model):
    chiefs, clerks = make_leads(2, job_title="CFO"), make_leads(2, job_title="Clerk")
    walk(chiefs[0], {"mql": 0, "sal": 2, "sql": 4, "sqo": 5, "won": 20})
    walk(chiefs[1], {"mql": 0, "sal": 2, "lost": 20}, reason="price")
    move_to(clerks[0], "mql", now=NOW)
    for lead in clerks:
        move_to(lead, "disqualified", now=LATER - timedelta(days=9), reason="fake")

    chief = made(model).lines[0].outcome

    assert (chief.held, chief.held_yes, chief.rest, chief.rest_yes) == (2, 1, 2, 0)
    assert chief.lift is None


def test_leads_that_were_not_known_on_the_day_are_left_out(model):
    lead = make_leads(1, job_title="CFO", now=NOW + timedelta(days=10))[0]
    offered([lead], "accept", day=10)
    Handover.objects.filter(lead=lead).update(offered_at=NOW)  # as an import of old decisions has it

    found = made(model)

    assert (len(found.decided.rows), found.decided.unknown) == (0, 1)
    assert found.lines[0].said == Said()


def test_the_latest_decisions_are_read_and_it_is_told(model, monkeypatch):
    monkeypatch.setattr("scoring.report_card.MOST", 2)
    offered(make_leads(3, job_title="CFO"), "accept")

    found = made(model)

    assert len(found.decided.rows) == 2 < MOST
    assert found.decided.is_cut


def test_statements_follow_the_days_and_not_the_leads(model):
    offered(make_leads(2, job_title="CFO"), "accept")
    drain(now=LATER)
    with CaptureQueriesContext(connection) as few:
        card(version_of(model), asked(), now=LATER)
    offered(make_leads(12, job_title="CFO"), "accept")
    drain(now=LATER)
    with CaptureQueriesContext(connection) as many:
        card(version_of(model), asked(), now=LATER)

    assert len(many) == len(few) <= 16


def test_a_draft_is_replayed_as_if_it_had_been_in_force(model):
    offered(make_leads(1, job_title="CFO"), "accept")
    offered(make_leads(2, job_title="Clerk"), "reject")
    drain(now=LATER)
    draft = save_draft(model, Draft(groups=[GroupSpec("fit", "fit")], rules=[CLERK]))

    (line,) = card(version_of(model), asked(), now=LATER).lines

    assert version_of(model) == draft
    assert (line.held, line.said, line.said_rest) == (2, Said(rejected=2), Said(accepted=1))


@pytest.fixture
def converting(model: ScoreModel) -> ScoreModel:
    """Of 30 chiefs 24 converted, of 30 clerks 6, of 30 others 15."""
    define_attributes([NewAttribute("converted", "Converted", AttributeType.BOOLEAN)])
    for title, yes in (("CFO", 24), ("Clerk", 6), ("Buyer", 15)):
        make_leads(yes, job_title=title, attributes={"converted": True})
        make_leads(30 - yes, job_title=title, attributes={"converted": False})
    make_leads(4, job_title="CFO")
    return model


def test_a_rule_helps_where_the_outcome_comes_more_often(converting):
    found = made(converting, "converted")
    chief, clerk = found.lines

    assert (found.leads, found.known) == (94, 90)
    assert (chief.outcome.held, chief.outcome.held_yes, chief.outcome.rest, chief.outcome.rest_yes) == (30, 24, 60, 21)
    assert chief.outcome.lift == pytest.approx(0.8 / 0.35)
    assert chief.verdict == Verdict.HELPS
    assert clerk.verdict == Verdict.HELPS  # it takes points from those who convert less
    assert found.to_look_at == []


def test_rules_that_do_not_help_are_named_the_worst_first(converting):
    rules = [
        RuleSpec(points=5, group="fit", condition=titled("Buyer"), label="even"),
        RuleSpec(points=5, group="fit", condition=titled("Nobody"), label="never"),
        RuleSpec(points=5, group="fit", condition={"not": titled("Nobody")}, label="always"),
        RuleSpec(points=5, group="fit", condition=titled("Clerk"), label="against"),
        RuleSpec(points=-5, group="fit", condition=titled("CFO"), label="takes from the best"),
        CHIEF,
    ]
    publish_model(rules=rules, now=NOW)

    looked = [(line.words, line.verdict.value) for line in made(converting, "converted").to_look_at]

    assert looked == [
        ("against", "against"),
        ("takes from the best", "against"),
        ("never", "never"),
        ("always", "always"),
        ("even", "no_help"),
    ]


def test_what_sales_refuse_more_is_named(model):
    chiefs, clerks = make_leads(25, job_title="CFO"), make_leads(25, job_title="Clerk")
    offered(chiefs[:10], "return")
    offered(chiefs[10:], "accept")
    offered(clerks, "accept")

    found = made(model, "accepted")

    chief, clerk = found.lines
    assert (chief.refusals.held_yes, chief.refusals.rest_yes, chief.is_refused_more) == (10, 0, True)
    assert chief.verdict == Verdict.AGAINST
    assert not clerk.is_refused_more
    assert found.to_look_at[0] == chief


def test_a_number_opens_its_leads(model):
    chiefs, clerk = make_leads(2, job_title="CFO"), make_leads(1, job_title="Clerk")
    offered(chiefs, "accept")
    offered(clerk, "accept")

    found = leads_of(version_of(model), asked(), 1, "accepted", now=LATER)

    assert {lead_id for lead_id, _day in found} == {lead.pk for lead in chiefs}


def test_without_any_lead_nothing_is_said(model):
    found = made(model)

    assert (found.leads, found.lines[0].share, found.lines[0].outcome.lift) == (0, None, None)
    assert {line.verdict for line in found.lines} == {Verdict.TOO_FEW}


def test_the_days_looked_at_are_bounded_too(model, monkeypatch):
    monkeypatch.setattr("scoring.samples.MOST_DAYS", 2)
    chiefs = make_leads(3, job_title="CFO")
    for number, lead in enumerate(chiefs):
        offered([lead], "accept", day=3 * number)

    found = made(model)

    assert (len(found.decided.rows), found.decided.is_cut) == (2, True)
    assert chiefs[0].pk not in {row.lead_id for row in found.decided.rows}


def test_of_very_many_leads_a_draft_counts_the_latest(model, monkeypatch):
    monkeypatch.setattr("scoring.points.MOST", 2)
    make_leads(3, job_title="CFO")
    save_draft(model, Draft(groups=[GroupSpec("fit", "fit")], rules=[CHIEF]))

    found = card(version_of(model), asked(), now=LATER)

    assert (found.leads, found.lines[0].held, found.is_part) == (2, 2, True)
