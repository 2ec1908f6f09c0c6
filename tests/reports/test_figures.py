"""Figures as they are written."""

import pytest

from reports.bands import judge
from reports.figures import Delta, grown, interval, percent, points, sooner


@pytest.mark.parametrize(
    ("rate", "text"), [(0.46667, "46.7 %"), (1.0, "100 %"), (0.0, "0 %"), (None, "n/a"), (0.05, "5.0 %")]
)
def test_a_rate_is_a_percentage_to_one_place(rate, text) -> None:
    assert percent(rate) == text


def test_more_leads_are_welcome_and_more_days_are_not() -> None:
    assert grown(150, 120) == Delta("+25.0 %", "up", "yes")
    assert points(0.46667, 0.5) == Delta("−3.3", "down", "no", "pts")
    assert sooner(41.0, 43.0) == Delta("−2", "down", "yes", "days")


def test_no_change_is_neither_good_nor_bad() -> None:
    assert grown(6, 6) == Delta("0.0 %", "flat", "")
    assert points(2 / 3, 6 / 9) == Delta("0.0", "flat", "", "pts")


def test_from_nothing_there_is_no_growth() -> None:
    assert grown(5, 0) is None
    assert points(0.5, None) is None
    assert sooner(None, 4.0) is None


def test_small_numbers_are_uncertain() -> None:
    low, high = interval(3, 150)

    assert (round(low, 3), round(high, 3)) == (0.007, 0.057)
    assert interval(0, 0) is None


@pytest.mark.parametrize(
    ("start", "end", "rate", "word"),
    [
        ("qualified", "accepted", 0.49, "failing"),
        ("qualified", "accepted", 0.5, "fair"),
        ("qualified", "accepted", 0.7, "good"),
        ("qualified", "accepted", 0.85, "excellent"),
        ("accepted", "sales_qualified", 0.48, "failing"),
        ("sales_qualified", "opportunity", 0.99, "good"),
        ("opportunity", "won", 0.375, "fair"),
        ("captured", "engaged", 0.9, None),
        ("qualified", "accepted", None, None),
    ],
)
def test_a_rate_is_judged_by_its_band(start, end, rate, word) -> None:
    assert judge(start, end, rate) == word
