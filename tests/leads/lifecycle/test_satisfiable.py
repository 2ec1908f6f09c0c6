"""Criteria that can never be met are found, and only those."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.conditions.leaves import COMPARISONS
from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.satisfiable import Ground, NeverMet, flaws
from leads.models import Criterion, ScoreModel
from tests.factories import NOW, PAGE_VIEWED, publish_model, stage

GROUND = Ground(stages={"mcl", "mel"}, models={"mql"})
CONSENTED = {"leaf": "consent", "value": True}


def score(op: str, value: float, model: str = "mql") -> dict[str, Any]:
    return {"leaf": "score", "model": model, "op": op, "value": value}


def column(op: str, value: Any = None, field: str = "employees", leaf: str = "company") -> dict[str, Any]:
    return {"leaf": leaf, "field": field, "op": op} | ({} if value is None else {"value": value})


def stands(*slugs: str) -> dict[str, Any]:
    return {"leaf": "stage", "value": list(slugs)}


def visited(op: str, value: float, **filters: Any) -> dict[str, Any]:
    return {"leaf": "activity", "measure": "visits", "op": op, "value": value, **filters}


def both(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"all": list(parts)}


@pytest.mark.parametrize(
    ("tree", "place"),
    [
        (both(score("gte", 80), score("lt", 50)), "all.1.value"),
        (both(score("gte", 80), CONSENTED, both(score("lt", 80))), "all.2.all.0.value"),
        (both(score("gt", 79), score("lt", 80)), "all.1.value"),
        (both(score("gte", 80), {"not": score("gte", 60)}), "all.1.not.value"),
        (both(score("gte", 1), {"not": {"any": [score("gte", 0), PAGE_VIEWED]}}), "all.1.not.any.0.value"),
        (both(column("gte", 200), column("lt", 50)), "all.1.value"),
        (both(column("between", [1, 10]), column("gt", 10)), "all.1.value"),
        (both(column("is_unset"), column("gte", 1)), "all.1.value"),
        (both(column("is_set"), column("is_unset")), "all.1.value"),
        (both(column("eq", "IL", "country"), column("eq", "us", "country")), "all.1.value"),
        (both(column("eq", "Israel", "country"), column("not_in", ["israel"], "country")), "all.1.value"),
        (
            both(column("eq", "CFO", "job_title", "lead"), column("contains", "tech", "job_title", "lead")),
            "all.1.value",
        ),
        (
            both(column("gt", "2026-01-01", "attributes.since"), column("lt", "2026-01-02", "attributes.since")),
            "all.1.value",
        ),
        (visited("lt", 0), "value"),
        (both(visited("gte", 3, days=7), visited("lte", 2, days=7)), "all.1.value"),
        ({"leaf": "activity", "measure": "days_since_last", "op": "gte", "value": 30, "days": 7}, "value"),
        (
            both({"leaf": "stage_days", "op": "gte", "value": 30}, {"leaf": "stage_days", "op": "eq", "value": 3}),
            "all.1.value",
        ),
        (both(CONSENTED, {"not": CONSENTED}), "all.1.not.value"),
        (stands("mql"), "value"),
        (stands("mel", "mql"), "value"),
        (both({"any": [stands("sal"), CONSENTED]}), "all.0.any.0.value"),
        ({"not": stands("mcl", "mel")}, "not.value"),
        ({"leaf": "outcome", "value": ["won", "lost"]}, "value"),
        (both(score("gte", 80, "other")), "all.0.model"),
        ({"leaf": "band", "model": "other", "value": ["hot"]}, "model"),
        ({"any": [CONSENTED, both(score("gte", 80), score("lt", 50))]}, "any.1.all.1.value"),
        (
            both(
                {"leaf": "bant", "realm": "sales", "part": "need", "op": "is", "value": "no"},
                {"leaf": "bant", "realm": "sales", "part": "need", "op": "at_least", "value": "partly"},
            ),
            "all.1.value",
        ),
        ({"leaf": "bant_count", "realm": "sales", "state": "yes", "op": "gt", "value": 4}, "value"),
    ],
)
def test_what_can_never_be_met_is_named_with_its_place(tree: dict[str, Any], place: str) -> None:
    assert [where for where, _why in flaws(tree, GROUND)] == [place]


@pytest.mark.parametrize(
    "tree",
    [
        both(score("gte", 80), score("lt", 81)),
        both(score("gte", 50), score("lte", 50)),
        {"not": both(score("gte", 80), score("lt", 50))},
        both({"not": score("gte", 80)}, {"not": score("lt", 80)}),  # not scored yet
        both(visited("gte", 3, days=7), visited("lte", 2, days=30)),
        both(visited("gte", 3), visited("lte", 2, paths=["pricing"])),
        both(column("gte", 10), column("lte", 10)),
        both(column("gt", 10), column("lt", 10.5)),
        both(column("in", ["a"], "attributes.tools"), column("in", ["b"], "attributes.tools")),
        both(column("contains", "a", "job_title", "lead"), column("starts_with", "b", "job_title", "lead")),
        both(stands("mcl"), {"not": stands("mel")}),
        stands("mel"),
        {"leaf": "outcome", "value": ["open", "won"]},
        both(
            {"leaf": "source", "field": "medium", "value": ["paid"]},
            {"leaf": "source", "field": "medium", "value": ["mail"]},
        ),
    ],
)
def test_what_may_be_met_is_left_alone(tree: dict[str, Any]) -> None:
    assert flaws(tree, GROUND) == []


SCORES = [None, *range(-1, 5)]
VISITS, CONSENTS = range(4), [True, False]
LEAVES = (
    st.builds(score, st.sampled_from(list(COMPARISONS)), st.integers(0, 3))
    | st.builds(visited, st.sampled_from(list(COMPARISONS)), st.integers(0, 2))
    | st.builds(lambda value: {"leaf": "consent", "value": value}, st.booleans())
)
SIGNED = LEAVES | LEAVES.map(lambda leaf: {"not": leaf})
TREES = st.recursive(
    SIGNED,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda found: {"all": found})
        | st.lists(inner, min_size=1, max_size=3).map(lambda found: {"any": found})
        | inner.map(lambda found: {"not": found})
    ),
    max_leaves=8,
)


def holds(tree: dict[str, Any], points: int | None, visits: int, consent: bool) -> bool:
    """The tree for one lead, the slow way."""
    if "not" in tree:
        return not holds(tree["not"], points, visits, consent)
    if "leaf" not in tree:
        ((word, children),) = tree.items()
        found = [holds(child, points, visits, consent) for child in children]
        return all(found) if word == "all" else any(found)
    if tree["leaf"] == "consent":
        return consent == tree["value"]
    number = points if tree["leaf"] == "score" else visits
    compare = {"gte": "__ge__", "gt": "__gt__", "lte": "__le__", "lt": "__lt__", "eq": "__eq__"}[tree["op"]]
    return number is not None and bool(getattr(number, compare)(tree["value"]))


def is_met_by_somebody(tree: dict[str, Any]) -> bool:
    return any(holds(tree, *lead) for lead in product(SCORES, VISITS, CONSENTS))


@given(st.lists(SIGNED, min_size=1, max_size=5).map(lambda leaves: {"all": leaves}))
def test_leaves_side_by_side_are_refused_exactly_when_no_lead_meets_them(tree: dict[str, Any]) -> None:
    assert bool(flaws(tree, GROUND)) != is_met_by_somebody(tree)


@given(TREES)
def test_a_tree_with_a_flaw_is_met_by_nobody_there(tree: dict[str, Any]) -> None:
    found = flaws(tree, GROUND)

    if found and not any("any" in place for place, _why in found):
        assert not is_met_by_somebody(tree)


@pytest.mark.django_db
def test_a_criterion_that_can_never_be_met_is_not_written() -> None:
    publish_model()

    with pytest.raises(NeverMet) as refused:
        set_criterion(stage("mql"), both(score("gte", 80), score("lt", 50)), by=None, now=NOW)

    assert refused.value.errors[0][0] == "all.1.value"
    assert "never holds together" in refused.value.errors[0][1]
    assert not Criterion.objects.exists()


@pytest.mark.django_db
def test_a_criterion_asks_for_stages_before_its_own_in_its_realm() -> None:
    for slug, named in (("mql", "mql"), ("mel", "mql"), ("sql", "mel"), ("sql", "sqo")):
        with pytest.raises(NeverMet):
            set_criterion(stage(slug), stands(named), by=None, now=NOW)

    set_criterion(stage("mql"), stands("mel"), by=None, now=NOW)
    set_criterion(stage("sql"), stands("sal"), by=None, now=NOW)


@pytest.mark.django_db
def test_a_criterion_asks_for_a_model_that_gives_points() -> None:
    ScoreModel.objects.create(slug="mql", name="MQL", purpose="marketing")

    with pytest.raises(NeverMet, match="no published version"):
        set_criterion(stage("mql"), score("gte", 80), by=None, now=NOW)
