"""Numbers as pages write them."""

import pytest

from users.templatetags.look import signed, total


@pytest.mark.parametrize(
    ("number", "words"),
    [(None, ""), ("", ""), (0, "0"), (80, "80"), (-60, "−60"), (12_000, "12,000"), (-1_000, "−1,000")],
)
def test_a_sum_of_points_keeps_thousands_apart_and_has_a_true_minus(number: int | None, words: str) -> None:
    assert total(number) == words


@pytest.mark.parametrize(("number", "words"), [(None, ""), (0, "0"), (8, "+8"), (-60, "−60")])
def test_points_of_a_rule_have_a_sign(number: int | None, words: str) -> None:
    assert signed(number) == words
