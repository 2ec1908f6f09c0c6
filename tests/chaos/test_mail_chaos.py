"""The mail promise in short form: `make chaos` runs the same at full counts."""

from pathlib import Path

import pytest

from chaos.forgetting import forget
from chaos.races import race
from chaos.storm import judge, storm

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.mark.usefixtures("committed_db")
def test_no_mail_is_accepted_twice_or_lost_while_workers_die(process_environment, tmp_path: Path):
    seen = storm(process_environment, tmp_path, intents=150, kills=6, seed=3, is_hurried=True)

    assert [result for result in judge(seen) if not result.met] == []
    assert seen.kills >= 6
    assert sum(seen.accepted.values()) > 100


@pytest.mark.usefixtures("committed_db")
def test_a_broker_that_forgets_everything_loses_and_doubles_nothing(process_environment, tmp_path: Path):
    result = forget(process_environment, tmp_path, rounds=2, each=20, seed=3)

    assert result.met, result.detail


@pytest.mark.usefixtures("committed_db")
def test_no_mail_begins_to_leave_after_an_unsubscribe_was_answered():
    result = race(60, seed=3)

    assert result.met, result.detail
