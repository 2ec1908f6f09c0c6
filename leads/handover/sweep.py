"""The watch over running clocks: warned, broken, escalated, each said once."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from leads.activity.news import publish
from users.transactions import one_transaction

BATCH = 500


@dataclass(frozen=True)
class Swept:
    """How many clocks reached which point."""

    warned: int
    breached: int
    escalated: int

    def __bool__(self) -> bool:
        return bool(self.warned or self.breached or self.escalated)


@one_transaction()
def sweep(*, now: datetime) -> Swept:
    """Mark up to a batch of clocks at each point and tell the outbox; those another sweep holds are left to it.

    A first contact whose task somebody has done is met. Who finds a clock broken that nobody was warned of, says only
    that it is broken: a warning would come too late.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DONE, [now])
    warned = _mark("warned_at", "warn_at", now)
    breached = _mark("breached_at", "due_at", now)
    escalated = _mark("escalated_at", "escalate_at", now)
    for kind, rows in (("warned", warned), ("breached", breached), ("escalated", escalated)):
        told = [row for row in rows if kind != "warned" or row[2] > now]
        data = {"deadlines": sorted(pk for pk, _lead, _due in told)}
        publish(f"deadline_{kind}", (lead for _pk, lead, _due in told), now=now, data=data)
    return Swept(len(warned), len(breached), len(escalated))


# What was said to be done can be taken back for some seconds.
_DONE = """
UPDATE leads_deadline d SET met_at = f.at FROM (
    SELECT r.id, greatest(t.done_at, r.started_at) AS at FROM leads_deadline r
    JOIN leads_task t ON t.lead_id = r.lead_id AND t.cycle = r.cycle AND t.created_at >= r.started_at
    WHERE r.kind = 'contact' AND r.met_at IS NULL AND r.dropped_at IS NULL AND t.kind = 'contact'
      AND t.done_at < %s - interval '20 seconds'
    FOR UPDATE OF r SKIP LOCKED) f
WHERE d.id = f.id
"""
# From which column a clock goes on to which: nobody hears of the end of a thing before its middle.
_BEFORE = {"warned_at": "d.started_at", "breached_at": "d.warned_at", "escalated_at": "d.breached_at"}


def _mark(column: str, point: str, now: datetime) -> list[tuple[int, int, datetime]]:
    """Mark clocks that have reached a point: their ids, leads and ends."""
    with connection.cursor() as cursor:
        # Whatever has reached a later point has reached the first, by which the index is made.
        cursor.execute(
            f"""
            UPDATE leads_deadline SET {column} = %(now)s WHERE id IN (
                SELECT d.id FROM leads_deadline d JOIN leads_lead l ON l.id = d.lead_id AND l.archived_at IS NULL
                WHERE d.met_at IS NULL AND d.dropped_at IS NULL AND d.escalated_at IS NULL
                  AND d.warn_at <= %(now)s AND d.{point} <= %(now)s AND d.{column} IS NULL
                  AND {_BEFORE[column]} IS NOT NULL
                ORDER BY d.id LIMIT %(most)s FOR UPDATE OF d SKIP LOCKED)
            RETURNING id, lead_id, due_at""",
            {"now": now, "most": BATCH},
        )
        return cursor.fetchall()
