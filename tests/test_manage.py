"""`manage.py` starts the embedded services for commands that need them, and only then."""

import subprocess
import sys
from pathlib import Path

import pytest

from manage import needs_database

ROOT = Path(__file__).resolve().parents[1]


def test_manage_starts_nothing_where_both_addresses_are_given(
    short_path: Path, process_environment: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "showmigrations", "users"],
        cwd=ROOT,
        env={**process_environment, "LEADCRM_STATE": str(short_path / "state")},
        capture_output=True,
        text=True,
    )

    assert "[X] 0001_initial" in done.stdout, done.stderr
    assert not (short_path / "state" / "run").exists()


@pytest.mark.parametrize(
    "line", ["migrate", "makemigrations --check", "shell", "runserver", "check --database default"]
)
def test_commands_that_may_ask_the_database_get_one(line: str) -> None:
    assert needs_database(line.split())


@pytest.mark.parametrize(
    "line", ["", "help", "check", "collectstatic", "compilemessages", "migrate --help", "--version"]
)
def test_commands_that_ask_nothing_start_nothing(line: str) -> None:
    assert not needs_database(line.split())
