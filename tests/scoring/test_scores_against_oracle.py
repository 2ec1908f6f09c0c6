"""Every model gives the same scores in SQL as in the oracle, and says in time when they may change."""

from datetime import date, timedelta
from itertools import chain

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from leads.conditions.plan import Plan, Scope
from scoring.checks import rule_errors
from scoring.engine import GroupSpec, VersionSpec, select_scores
from scoring.rules import RuleSpec
from tests.oracle.cases import IS_PROOF, cases
from tests.oracle.conditions import View
from tests.oracle.facts import World, export
from tests.oracle.scores import worth
from tests.oracle.strategies import models
from tests.oracle.worlds import CHANGES, FIRST, LAST, ZONES, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.proof]
LOOK_AHEAD = 60
SEEDS = range(10 if IS_PROOF else 1)
CASES = cases(20 if IS_PROOF else 200)
zones = st.sampled_from(ZONES)
past_days = st.sampled_from(CHANGES) | st.dates(FIRST, LAST)
later_days = st.integers(0, 90).map(lambda days: LAST + timedelta(days=days))


def spec_of(model: dict, number: int = 1) -> VersionSpec:
    """A model of the oracle as the engine takes it."""
    return VersionSpec(
        model_id=number,
        number=1,
        groups=[GroupSpec(row["group"], row["kind"], row["cap"]) for row in model["groups"]],
        rules=[RuleSpec(**rule) for rule in model["rules"]],
        bands=model["bands"],
    )


def scored(specs: list[VersionSpec], plan: Plan, ids: list[int]) -> dict[tuple[int, int], tuple]:
    """What the engine says: (model, lead) to (points, fit, engagement, band, parts, next_change_on)."""
    scope = Scope(ids=ids)
    text = select_scores(specs, plan, scope)
    with connection.cursor() as cursor:
        cursor.execute(text, {**plan.params, **scope.params})
        return {(row[1], row[0]): tuple(row[4:10]) for row in cursor.fetchall()}


def assert_worth(found: list[dict], world: World, day: date, *, past: bool) -> None:
    plan = Plan(today=day, zone=world.zone, past=past)
    got = scored([spec_of(model, n) for n, model in enumerate(found)], plan, list(world.people))

    assert len(got) == len(found) * len(world.people)
    for number, model in enumerate(found):
        for pk, person in world.people.items():
            expected = worth(model, View(world, person, day, past))
            *totals, parts, _next = got[number, pk]
            if not expected.doubtful:
                assert tuple(totals) == (expected.points, expected.fit, expected.engagement, expected.band)
                assert tuple(parts) == expected.parts
            assert totals[0] == totals[1] + totals[2]


@pytest.mark.parametrize("seed", SEEDS)
def test_scores_are_what_the_oracle_says(seed: int) -> None:
    ids, _ = make_world(100 + seed, leads=16)
    worlds = {zone: export(ids, zone) for zone in ZONES}

    @CASES
    @given(st.lists(models(), min_size=1, max_size=3), zones, later_days, past_days)
    def check(found: list[dict], zone, later: date, past: date) -> None:
        for rule in chain.from_iterable(model["rules"] for model in found):
            assert not rule_errors(RuleSpec(**rule))
        assert_worth(found, worlds[zone], later, past=False)
        assert_worth(found, worlds[zone], past, past=True)

    check()


@pytest.mark.parametrize("seed", SEEDS)
def test_no_score_changes_before_its_next_change(seed: int) -> None:
    ids, _ = make_world(200 + seed, leads=5)
    worlds = {zone: export(ids, zone) for zone in ZONES}

    @CASES
    @given(models(), zones, later_days)
    def check(model: dict, zone, day: date) -> None:
        got = scored([spec_of(model)], Plan(today=day, zone=zone), ids)
        for pk, person in worlds[zone].people.items():
            next_change_on = got[1, pk][-1]
            assert next_change_on is None or next_change_on > day
            before = worth(model, View(worlds[zone], person, day))
            days = LOOK_AHEAD if next_change_on is None else min(LOOK_AHEAD, (next_change_on - day).days - 1)
            for ahead in range(1, days + 1):
                after = worth(model, View(worlds[zone], person, day + timedelta(days=ahead)))
                if not (before.doubtful or after.doubtful):
                    assert after == before, f"lead {pk} changes after {ahead} days, announced for {next_change_on}"

    check()
