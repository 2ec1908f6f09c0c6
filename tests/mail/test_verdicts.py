"""Verdicts on hits: the signs of machines, and that people are left alone."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.models import Evidence
from mail.verdicts import Click, Seen, Sign, is_burst, judge
from tests.mail.test_agents import CHROME, GMAIL

HUMAN, UNSURE, MACHINE = Evidence.HUMAN, Evidence.UNSURE, Evidence.MACHINE
seconds = st.floats(min_value=-40, max_value=40, allow_nan=False)
clicks = st.lists(st.builds(Click, seconds, st.integers(1, 6)), max_size=12)


def hit(**fields: object) -> Seen:
    known = {"is_click": True, "method": "GET", "agent": CHROME, "is_prefetch": False, "since_handing": 600.0}
    return Seen(**{**known, **fields})


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (hit(), (HUMAN, Sign.NONE)),
        (hit(method="HEAD"), (MACHINE, Sign.HEAD)),
        (hit(is_prefetch=True), (MACHINE, Sign.PREFETCH)),
        (hit(agent=""), (MACHINE, Sign.NO_AGENT)),
        (hit(agent="Barracuda"), (MACHINE, Sign.AGENT)),
        (hit(agent="Mozilla/5.0"), (MACHINE, Sign.AGENT)),
        (hit(agent=GMAIL), (MACHINE, Sign.AGENT)),
        (hit(since_handing=1.9), (MACHINE, Sign.AT_ONCE)),
        (hit(since_handing=2.1), (HUMAN, Sign.NONE)),
        (hit(since_handing=None), (HUMAN, Sign.NONE)),
        (hit(around=[Click(0, 1), Click(4, 2), Click(9, 3)]), (MACHINE, Sign.BURST)),
        (hit(around=[Click(0, 1), Click(1.5, 2)]), (MACHINE, Sign.BURST)),
        (hit(around=[Click(0, 1), Click(1.5, 1), Click(3, 1), Click(5, 1)]), (HUMAN, Sign.NONE)),
        (hit(around=[Click(0, 1), Click(5, 2)]), (HUMAN, Sign.NONE)),
        (hit(is_click=False), (HUMAN, Sign.NONE)),
        (hit(is_click=False, agent="Mozilla/5.0"), (UNSURE, Sign.PROXY)),
        (hit(is_click=False, agent=GMAIL), (HUMAN, Sign.IMAGE_PROXY)),
        (hit(is_click=False, agent=GMAIL, since_handing=0.5), (MACHINE, Sign.AT_ONCE)),
    ],
)
def test_the_signs_of_machines(seen, verdict):
    assert judge(seen) == verdict


@given(clicks)
def test_a_window_with_the_click_is_a_burst_however_it_is_counted(found):
    """The slow way: try every window that begins at a click and holds second 0."""
    found = [Click(0.0, 1), *found]
    slow = any(
        len({c.link for c in found if start.seconds <= c.seconds <= start.seconds + length}) >= links
        for length, links in ((10.0, 3), (2.0, 2))
        for start in found
        if start.seconds <= 0 <= start.seconds + length
    )

    assert is_burst(found) == slow


@given(st.lists(st.floats(min_value=10.01, max_value=100), min_size=1, max_size=8))
def test_somebody_who_reads_between_clicks_is_never_a_burst(pauses):
    at = [0.0]
    for pause in pauses:
        at.append(at[-1] + pause)
    assert all(b > a for a, b in pairwise(at))

    assert not is_burst([Click(second, link) for link, second in enumerate(at)])


@given(clicks)
def test_more_clicks_never_make_a_machine_human(found):
    if is_burst([Click(0.0, 1), *found[:4]]):
        assert is_burst([Click(0.0, 1), *found])
