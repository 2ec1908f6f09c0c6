"""The doors for those who watch the installation."""

from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from django.conf import settings
from django.test import Client

from leadcrm import health
from leads.models import Touched


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_last_answer", (-1000.0, {}))


@pytest.fixture
def worker_that_answers() -> Iterator[None]:
    with mock.patch.object(health.app.control, "broadcast", return_value=[{"worker@here": {"ok": "pong"}}]):
        yield


def test_healthz_asks_nothing_of_anybody(client: Client) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
@pytest.mark.usefixtures("worker_that_answers")
def test_readyz_is_200_when_every_part_answers(client: Client) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    parts = dict.fromkeys(("database", "migrations", "demo", "broker", "worker"), True)
    assert answer.json() == {**parts, "set_aside": 0}


@pytest.mark.django_db
@pytest.mark.usefixtures("worker_that_answers")
def test_readyz_counts_the_touches_set_aside(client: Client) -> None:
    Touched.objects.create(lead_id=1, error="out of range")

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["set_aside"]) == (200, 1)


@pytest.mark.django_db
def test_readyz_is_503_without_a_worker(client: Client) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["worker"] is False
    assert answer.json()["database"] is True


@pytest.mark.django_db
@pytest.mark.usefixtures("worker_that_answers")
def test_readyz_is_503_while_the_demo_is_being_made(client: Client) -> None:
    unfinished = Path(settings.STATE_DIR) / "demo.unfinished"
    unfinished.touch()

    try:
        answer = client.get("/readyz")
    finally:
        unfinished.unlink()

    assert answer.status_code == 503
    assert answer.json()["demo"] is False


@pytest.mark.django_db
@pytest.mark.usefixtures("worker_that_answers")
def test_readyz_names_the_part_and_keeps_the_reason_to_itself(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_broker_answers", mock.Mock(__name__="broker", side_effect=OSError("secret place")))

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["broker"] is False
    assert b"secret" not in answer.content
