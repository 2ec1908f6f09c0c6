"""Ratios of rates and where they lie, against figures worked by hand."""

from math import exp, log, sqrt

import pytest

from scoring.lift import Split


def test_the_ratio_and_its_interval_are_those_worked_by_hand() -> None:
    split = Split(held=40, held_yes=20, rest=60, rest_yes=15)  # 50 % against 25 %

    assert split.lift == 2
    reach = 1.96 * sqrt(1 / 20 - 1 / 40 + 1 / 15 - 1 / 60)
    assert split.likely == pytest.approx((exp(log(2) - reach), exp(log(2) + reach)))
    assert split.likely == pytest.approx((1.1693, 3.4209), abs=1e-4)
    assert split.compared() == 1


def test_fewer_than_among_the_rest_is_seen_as_well() -> None:
    assert Split(held=60, held_yes=15, rest=40, rest_yes=20).compared() == -1


def test_an_interval_that_holds_one_says_nothing() -> None:
    assert Split(held=40, held_yes=12, rest=40, rest_yes=10).compared() == 0


@pytest.mark.parametrize("split", [Split(), Split(rest=30, rest_yes=10), Split(held=30, held_yes=10)])
def test_without_one_side_there_is_no_ratio(split: Split) -> None:
    assert split.lift is None
    assert split.likely is None
    assert split.compared() == 0


def test_nothing_on_one_side_leaves_the_interval_wide() -> None:
    never = Split(held=30, held_yes=0, rest=30, rest_yes=2)
    assert never.lift == 0
    low, high = never.likely or (0, 0)
    assert (low, high) == pytest.approx((0.01, 4.0), abs=0.02)

    only = Split(held=30, held_yes=6, rest=30, rest_yes=0)
    assert only.lift is None
    assert only.likely is not None
    assert only.likely[0] < 1 < only.likely[1]


def test_everything_on_both_sides_is_no_certainty() -> None:
    low, high = Split(held=20, held_yes=20, rest=20, rest_yes=20).likely or (1, 1)
    assert low < 1 < high


def test_too_few_say_nothing_however_they_differ() -> None:
    assert Split(held=19, held_yes=19, rest=100, rest_yes=1).compared() == 0
    assert Split(held=50, held_yes=4, rest=50, rest_yes=0).compared() == 0
