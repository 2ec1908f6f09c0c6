"""Counts of what a version would do, put together for a page."""

from collections import Counter

import pytest

from scoring.tally import MOST_BARS, bars


@pytest.mark.parametrize("most", [0, 100, 4_000, 200_000_000])
def test_a_histogram_has_few_bars_however_far_points_reach(most: int) -> None:
    found = bars(Counter({("old", 1, 0, 0, "cold"): 2, ("new", 1, most // 5, 2, "hot"): 3}), [1])

    assert len(found["old"]) == len(found["new"]) <= MOST_BARS
    assert (sum(found["old"]), sum(found["new"])) == (2, 3)
