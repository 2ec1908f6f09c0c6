import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from leads.activity import outbox
from leads.activity.news import publish
from leads.models import Event

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of the events a consumer named "reader" was given, in order."""
    kinds: list[str] = []
    monkeypatch.setattr(outbox, "_consumers", {"reader": lambda events, now: kinds.extend(e.kind for e in events)})
    return kinds


def test_no_consumer_is_registered_that_nobody_named() -> None:
    assert set(outbox.consumers()) == {"notices", "nurturing"}


@pytest.mark.django_db(transaction=True)
def test_a_consumer_reads_each_event_once_in_order(read: list[str]) -> None:
    for kind in ("a", "b", "c"):
        publish(kind, [1], now=NOW)

    taken = outbox.consume("reader", now=NOW)

    assert (taken, outbox.consume("reader", now=NOW)) == (3, 0)
    assert read == ["a", "b", "c"]


@pytest.mark.django_db(transaction=True)
def test_news_is_kept_back_until_it_is_old_enough(read: list[str]) -> None:
    hold = timedelta(seconds=15)
    publish("old", [1], now=NOW - hold)
    publish("young", [1], now=NOW)
    publish("older", [1], now=NOW - hold)

    taken = outbox.consume("reader", now=NOW, older_than=hold)

    assert (taken, read) == (1, ["old"])
    assert outbox.consume("reader", now=NOW + hold, older_than=hold) == 2
    assert read == ["old", "young", "older"]


@pytest.mark.django_db(transaction=True)
def test_an_event_without_leads_is_not_written() -> None:
    publish("nothing", [], now=NOW)

    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_events_of_a_failed_batch_are_handed_over_again(read: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    publish("a", [1], now=NOW)

    def fail(events: object, now: datetime) -> None:
        raise RuntimeError

    with monkeypatch.context() as failing:
        failing.setattr(outbox, "_consumers", {"reader": fail})
        with pytest.raises(RuntimeError):
            outbox.consume("reader", now=NOW)
    outbox.consume("reader", now=NOW)

    assert read == ["a"]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_read_past_a_transaction_still_running(read: list[str]) -> None:
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            publish("slow", [1], now=NOW)
            written.set()
            go_on.wait(60)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    written.wait(60)
    publish("quick", [2], now=NOW)
    while_running = outbox.consume("reader", now=NOW)
    go_on.set()
    thread.join()
    outbox.consume("reader", now=NOW)

    assert while_running == 0
    assert read == ["slow", "quick"]
