"""The outbox from its reading side: consumers with cursors, at least once, in the order of transactions."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from leads.models import Cursor, Event
from users.transactions import one_transaction

BATCH = 500
AT_ONCE = timedelta(0)
Consumer = Callable[[Sequence[Event], datetime], None]
_consumers: dict[str, Consumer] = {}


def register_consumer(name: str, consumer: Consumer) -> None:
    """Let `consumer` read every event from now on, in batches; apps call this in ready(). It must be idempotent."""
    _consumers[name] = consumer


def consumers() -> Mapping[str, Consumer]:
    """All consumers by name."""
    return _consumers


@one_transaction()
def consume(name: str, *, now: datetime, older_than: timedelta = AT_ONCE) -> int:
    """Hand the next batch of events to a consumer and advance its cursor; returns how many, 0 when it is up to date.

    `older_than` keeps news back until it is that old: the cursor stops before the first younger event.

    Ids are drawn before transactions commit, so a lower id may appear after a higher one. The cursor therefore walks
    by (transaction, id) and stops before the oldest transaction still running: nothing can appear behind it.
    A second worker on the same consumer waits for the first.
    """
    Cursor.objects.get_or_create(consumer=name)
    cursor = Cursor.objects.select_for_update().get(consumer=name)
    events = list(
        Event.objects.raw(
            "SELECT * FROM leads_event WHERE (transaction, id) > (%s, %s)"
            " AND transaction < (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint"
            " ORDER BY transaction, id LIMIT %s",
            [cursor.transaction, cursor.event_id, BATCH],
        )
    )
    if older_than:
        events = list(takewhile(lambda event: event.recorded_at <= now - older_than, events))
    if events:
        _consumers[name](events, now)
        cursor.transaction, cursor.event_id = events[-1].transaction, events[-1].pk
        cursor.save(update_fields=["transaction", "event_id"])
    return len(events)
