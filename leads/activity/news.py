"""What a flow leaves behind in its own transaction: touches for the worker, events for the floors above."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection


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


# Number of the advisory lock between those who change rules and those who judge leads by them.
_RULES = 7300


def keep_rules() -> None:
    """Hold off changes of rules until the transaction ends. Asked before any other lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_RULES])


def change_rules() -> None:
    """Wait for whoever judges leads by the rules, and keep others from it until the transaction ends.

    Without it a fact recorded while every lead is being touched is judged by the old rules, and never again. Asked
    before any other lock.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_RULES])


def touch_all() -> None:
    """Put every lead on the touched log, after `change_rules()`: each is to be judged anew."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO leads_touched (lead_id, error) SELECT id, '' FROM leads_lead ORDER BY id")


def publish(kind: str, lead_ids: Iterable[int] | None, *, now: datetime, data: dict[str, Any] | None = None) -> None:
    """Write one event to the outbox for all these leads; none, when there are no leads. None: news of no lead."""
    ids = sorted(set(lead_ids or ()))
    if lead_ids is not None and not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO leads_event (kind, lead_ids, data, recorded_at) VALUES (%s, %s::bigint[], %s::jsonb, %s)",
            [kind, ids, json.dumps(data or {}), now],
        )
