"""What a flow leaves behind in its own transaction: touches for the worker, events for the floors above."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from leads.models import Event


def touch(lead_ids: Iterable[int], *, fact_at: datetime | None) -> None:
    """Put leads on the touched log, once each. `fact_at` is when the fact was recorded; None for anything else."""
    ids = sorted(set(lead_ids))
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO leads_touched (lead_id, fact_at, error) SELECT unnest(%s::bigint[]), %s::timestamptz, ''",
            [ids, fact_at],
        )


def touch_all() -> None:
    """Put every lead on the touched log: a rule changed, so each is to be judged anew."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO leads_touched (lead_id, error) SELECT id, '' FROM leads_lead ORDER BY id")


def publish(kind: str, lead_ids: Iterable[int], *, now: datetime, data: dict[str, Any] | None = None) -> None:
    """Write one event to the outbox for all these leads; none, when there are no leads."""
    ids = sorted(set(lead_ids))
    if ids:
        Event.objects.create(kind=kind, lead_ids=ids, data=data or {}, recorded_at=now)
