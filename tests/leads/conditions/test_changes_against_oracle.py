"""Whatever time alone makes true, or false, is announced for that day or an earlier one."""

from datetime import date, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from leads.conditions.plan import Plan, Scope
from leads.conditions.tree import changes, compile_tree
from tests.oracle.cases import IS_PROOF, cases
from tests.oracle.conditions import View, holds
from tests.oracle.facts import export
from tests.oracle.strategies import FACT_LEAVES, TIMELY_LEAVES, trees
from tests.oracle.worlds import LAST, ZONES, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.proof]
LOOK_AHEAD = 40
WITH_TIME = trees(TIMELY_LEAVES, most=2) | trees(TIMELY_LEAVES | FACT_LEAVES, most=4)


def announced(tree: dict, plan: Plan, ids: list[int], becomes: bool | None) -> dict[int, date | None]:
    """The first later day on which the tree may change, by lead, as it is stored."""
    scope = Scope(ids=ids)
    compile_tree(tree, plan)
    days = [f"CASE WHEN {day} > {plan.today_literal} THEN {day} END" for day in changes(tree, plan, becomes)]
    first = f"least({', '.join(days)})" if days else "NULL::date"
    with connection.cursor() as cursor:
        text = f"SELECT l.id, {first} {plan.source(scope)} WHERE {scope.condition('l.id')}"
        cursor.execute(text, {**plan.params, **scope.params})
        return dict(cursor.fetchall())


@pytest.mark.parametrize("seed", range(10 if IS_PROOF else 1))
def test_what_time_changes_is_announced(seed: int) -> None:
    ids, now = make_world(300 + seed, leads=12)
    worlds = {zone: export(ids, zone) for zone in ZONES}
    latest = now.date() + timedelta(days=1)  # somewhere it is tomorrow already
    days = st.integers(0, 12).map(lambda more: latest + timedelta(days=more))
    days |= st.integers(0, 60).map(lambda more: LAST + timedelta(days=more))

    @cases(20 if IS_PROOF else 200)
    @given(WITH_TIME, st.sampled_from(ZONES), days, st.sampled_from([True, False, None]))
    def check(tree: dict, zone, day: date, becomes: bool | None) -> None:
        said = announced(tree, Plan(today=day, zone=zone), ids, becomes)
        for pk, person in worlds[zone].people.items():
            before = holds(tree, View(worlds[zone], person, day))
            if becomes is not None and before == becomes:
                continue
            for ahead in range(1, LOOK_AHEAD):
                on = day + timedelta(days=ahead)
                if said[pk] is not None and said[pk] <= on:
                    break
                after = holds(tree, View(worlds[zone], person, on))
                assert after == before, f"lead {pk} changes on {on}, announced for {said[pk]}"

    check()
