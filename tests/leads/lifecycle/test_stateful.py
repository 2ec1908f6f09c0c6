"""The whole lifecycle against its plain re-telling: moves legal and not, decisions, undoing, time, imports."""

import pytest

from tests.oracle.cases import IS_PROOF
from tests.oracle.lives import KNOWN, live, made_up, shortest
from tests.oracle.machine import done

pytestmark = [pytest.mark.django_db, pytest.mark.proof]
CALLING_OTHERS = {"go_on", "send_back", "renew", "capture_somebody_new", "capture_again"}
STEPS = 100  # of one life
BLOCKS, LIVES = (10, 21) if IS_PROOF else (1, 6)  # 21,000 steps, or 600


@pytest.mark.parametrize("block", range(BLOCKS))
def test_whatever_is_done_the_house_does_what_the_method_says(block: int, capsys: pytest.CaptureFixture[str]) -> None:
    done.clear()

    for seed in range(block * LIVES, (block + 1) * LIVES):
        steps = made_up(seed, STEPS)
        taken, error = live(steps)
        if error is not None:
            few, wrong = shortest(steps[:taken], error)
            pytest.fail(f"seed {seed}, shortened to {len(few)} steps: {few}\n{wrong!r}")

    with capsys.disabled():
        print(f"\n{done.total():,} steps of the lifecycle, none against its rules: {dict(done.most_common())}")
    assert done.total() >= LIVES * STEPS * 0.95
    assert {what.partition(",")[0] for what in done} >= set(KNOWN) - CALLING_OTHERS
