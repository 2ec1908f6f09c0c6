"""The threshold in a criterion: read, and changed where it stands and nowhere else."""

from typing import Any

from leads.models import Criterion, Stage
from leads.queries.standing import goal_of
from scoring.decides import threshold_in, with_threshold

CONSENT = {"leaf": "consent", "value": True}


def at_least(points: float, op: str = "gte", model: str = "mql") -> dict[str, Any]:
    return {"leaf": "score", "model": model, "op": op, "value": points}


def test_only_the_threshold_changes_and_other_numbers_stay() -> None:
    either = {"any": [{"all": [at_least(80), CONSENT]}, at_least(100), {"not": at_least(79, "gt")}, at_least(80, "lt")]}
    other = at_least(80, model="sales")

    assert threshold_in(either, "mql") == 80
    assert with_threshold({"all": [either, other]}, "mql", 70) == {
        "all": [
            {"any": [{"all": [at_least(70), CONSENT]}, at_least(100), {"not": at_least(70)}, at_least(80, "lt")]},
            other,
        ]
    }


def test_a_threshold_is_a_whole_number() -> None:
    assert [threshold_in(at_least(*asked), "mql") for asked in [(79.5,), (80, "gt"), (79.5, "gt")]] == [80, 81, 80]
    assert threshold_in(CONSENT, "mql") is None


def shown(condition: dict[str, Any]) -> int | None:
    """What pages say that the criterion asks for."""
    goal = goal_of(Criterion(stage=Stage(), condition=condition))
    return goal.points if goal else None


def test_no_not_asks_for_the_threshold() -> None:
    between = {"all": [{"not": at_least(100)}, {"not": {"not": at_least(80)}}, at_least(90)]}

    assert threshold_in(between, "mql") == shown(between) == 80
    assert with_threshold(between, "mql", 70)["all"][0] == {"not": at_least(100)}
    assert threshold_in({"not": at_least(100)}, "mql") is None


def test_pages_name_the_points_that_the_criterion_asks_for() -> None:
    assert [shown(at_least(*asked)) for asked in [(79.5,), (80, "gt"), (79.5, "gt")]] == [80, 81, 80]
