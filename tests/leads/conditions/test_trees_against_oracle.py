"""Every tree selects the same leads in SQL as in the oracle: now, and on any past day."""

from datetime import date, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from leads.conditions.plan import Plan, Scope
from leads.conditions.tree import compile_tree, validate
from leads.models import ScoreModel
from scoring.rules import RuleSpec
from scoring.touched import drain
from tests.factories import publish_model
from tests.oracle.cases import IS_PROOF, cases
from tests.oracle.conditions import View, holds
from tests.oracle.facts import World, export
from tests.oracle.strategies import FACT_LEAVES, STANDING_LEAVES, trees
from tests.oracle.worlds import CHANGES, FIRST, LAST, ZONES, make_world
from users.models import Organisation

pytestmark = [pytest.mark.django_db, pytest.mark.proof]
TOGETHER = 4  # trees compared on one state of the facts
past_days = st.sampled_from(CHANGES) | st.dates(FIRST, LAST)
later_days = st.integers(0, 120).map(lambda days: LAST + timedelta(days=days))


def selected(tree: dict, plan: Plan, ids: list[int]) -> list[int]:
    """The leads that the SQL of a tree selects."""
    scope, predicate = Scope(ids=ids), compile_tree(tree, plan)
    with connection.cursor() as cursor:
        text = f"SELECT l.id {plan.source(scope)} WHERE {scope.condition('l.id')} AND {predicate} ORDER BY 1"
        cursor.execute(text, {**plan.params, **scope.params})
        return [pk for (pk,) in cursor.fetchall()]


def assert_same(tree: dict, world: World, day: date, *, past: bool) -> None:
    expected = [pk for pk, person in world.people.items() if holds(tree, View(world, person, day, past))]

    for one in (tree, validate(tree)):  # as it is written and as it is stored
        assert selected(one, Plan(today=day, zone=world.zone, past=past), list(world.people)) == expected


@pytest.mark.parametrize("seed", range(10 if IS_PROOF else 1))
def test_trees_select_what_the_oracle_selects(seed: int) -> None:
    ids, _ = make_world(seed, leads=60)
    worlds = {zone: export(ids, zone) for zone in ZONES}

    @cases(20 if IS_PROOF else 200)
    @given(st.lists(trees(), min_size=TOGETHER, max_size=TOGETHER), st.sampled_from(ZONES), later_days, past_days)
    def check(found: list[dict], zone, later: date, past: date) -> None:
        for tree in found:
            validate(tree, scoring=True)
            assert_same(tree, worlds[zone], later, past=False)
            assert_same(tree, worlds[zone], past, past=True)

    check()


def test_trees_about_standing_select_what_the_oracle_selects() -> None:
    ids, now = make_world(seed=99, leads=40)
    Organisation.objects.update(time_zone="America/New_York")
    title = {"leaf": "lead", "field": "job_title", "op": "contains", "value": "cfo"}
    seen = {"of": "each", "kinds": ["page_view"]}
    rules = [RuleSpec(30, "fit", condition=title), RuleSpec(10, "behaviour", per=seen, half_life_days=60)]
    publish_model("mql", rules, fit_from=[30, 0, -5], engagement_from=[20, 10, 1])
    ScoreModel.objects.update(company_rule="falling")
    drain(now=now)
    worlds = {zone: export(ids, zone) for zone in ZONES}

    @cases(200)
    @given(trees(STANDING_LEAVES | FACT_LEAVES), st.sampled_from(ZONES), later_days)
    def check(tree: dict, zone, later: date) -> None:
        validate(tree)
        assert_same(tree, worlds[zone], later, past=False)

    check()
