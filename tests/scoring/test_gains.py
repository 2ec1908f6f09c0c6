"""What would give a lead the points it still wants."""

from datetime import timedelta

import pytest

from leads.models import Lead
from scoring.engine import GroupSpec
from scoring.explain import explain
from scoring.gains import Gain, gains
from scoring.publish import Draft, save_draft
from scoring.rules import RuleSpec
from tests.factories import NOW, make_lead, publish_model, view_pages

pytestmark = pytest.mark.django_db
GROUPS = [GroupSpec("fit", "fit"), GroupSpec("web", "engagement", 40)]
VISITED = {"leaf": "activity", "measure": "count", "op": "gte", "value": 1, "kinds": ["page_view"]}
MEETING = {"leaf": "activity", "measure": "count", "op": "gte", "value": 1, "kinds": ["meeting"]}
CFO = {"leaf": "lead", "field": "job_title", "op": "contains", "value": "cfo"}
PAGES = RuleSpec(points=15, group="web", label="Pricing page", condition=VISITED)
MET = RuleSpec(points=20, group="web", label="A meeting", condition=MEETING)
TITLE = RuleSpec(points=30, group="fit", label="Decides", condition=CFO)
TODAY = NOW.date()


def gained(lead: Lead, rules: list[RuleSpec], groups: list[GroupSpec] = GROUPS) -> list[Gain]:
    told = explain(lead, publish_model(rules=rules, groups=groups), at=TODAY, today=TODAY)
    assert told is not None
    return gains(told, lead.pk)


def test_behavior_comes_before_facts_that_nobody_knows():
    assert gained(make_lead(), [TITLE, PAGES, MET]) == [
        Gain("A meeting", 20),
        Gain("Pricing page", 15),
        Gain("Decides", 30),
    ]


def test_what_is_given_or_known_to_be_otherwise_is_not_offered():
    lead = make_lead(job_title="Intern")
    view_pages([lead])

    assert gained(lead, [TITLE, PAGES]) == []


def test_a_cap_bounds_what_a_rule_would_give():
    lead = make_lead()
    view_pages([lead, lead])
    each = RuleSpec(points=18, group="web", label="Each page", per={"of": "each", "kinds": ["page_view"]}, max_units=2)

    assert gained(lead, [each, MET]) == [Gain("A meeting", 4)]


def test_once_so_many_times_are_reached_nothing_more_is_offered():
    lead = make_lead()
    view_pages([lead])
    each = RuleSpec(points=8, group="web", label="Each page", per={"of": "each", "kinds": ["page_view"]}, max_units=2)

    assert gained(lead, [each]) == [Gain("Each page", 8)]
    view_pages([lead])
    assert gained(lead, [each]) == []


def test_a_rule_of_the_draft_is_named_as_such():
    lead = make_lead(job_title="CFO")
    model = publish_model(rules=[PAGES], groups=GROUPS)
    save_draft(model, Draft(groups=GROUPS, rules=[PAGES, TITLE]))
    told = explain(lead, model, at=TODAY, today=TODAY)

    assert told is not None
    assert gains(told, lead.pk) == [Gain("Pricing page", 15), Gain("Decides", 30, in_draft=True)]


@pytest.mark.parametrize(("of", "ago", "more"), [("day", 1, 5), ("week", 0, 0), ("week", 1, 5), ("month", 1, 0)])
def test_of_points_once_a_period_the_next_are_offered_as_soon_as_it_begins(of, ago, more):
    lead = make_lead(now=NOW - timedelta(days=9))
    view_pages([lead], now=NOW - timedelta(days=ago))  # today is Monday, the second of the month
    once = RuleSpec(points=5, group="web", label="A visit", per={"of": of, "kinds": ["page_view"]})

    assert gained(lead, [once]) == ([Gain("A visit", more)] if more else [])
