"""The commit with which a send begins, and the one that says how it ended: the same statement, once a message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from mail.claim import HANDING_SECONDS
from mail.models import State, Why
from mail.plan import REFUSAL

NAME = "mail_hand_1"

# The contactability row is shared until the commit: an unsubscribe waits for it, or is seen by it (rule 4).
_HAND = f"""
WITH ended AS (
    UPDATE mail_message m SET state = e.state, reason = e.reason, reply = e.reply,
           due_at = coalesce(e.due_at, m.due_at), lease_until = NULL, claim = NULL,
           finished_at = CASE WHEN e.state = 'planned' THEN NULL ELSE coalesce($9, clock_timestamp()) END,
           raw = CASE WHEN e.state = 'planned' THEN m.raw END
    FROM unnest($1, $2, $3, $4, $5) AS e (id, state, reason, reply, due_at)
    WHERE m.id = e.id AND m.claim = $6 AND m.state IN ('claimed', 'handing', 'uncertain')
), held AS (
    SELECT k.lead_id, {REFUSAL} AS reason FROM leads_contactability k JOIN leads_lead l ON l.id = k.lead_id
    WHERE k.lead_id IN (SELECT lead_id FROM mail_message WHERE id = ANY($7) AND purpose = 'nurture')
    FOR SHARE OF k
), begun AS (
    UPDATE mail_message m SET state = 'handing', attempts = m.attempts + 1,
           handed_at = coalesce($9, clock_timestamp()),
           lease_until = clock_timestamp() + $8 * interval '1 second'
    WHERE m.id = ANY($7) AND m.claim = $6 AND m.state = 'claimed' AND m.lease_until > clock_timestamp()
          AND NOT EXISTS (SELECT FROM held WHERE held.lead_id = m.lead_id AND held.reason <> '')
    RETURNING m.id
)
SELECT m.id, b.id IS NOT NULL, coalesce(h.reason, '')
FROM mail_message m LEFT JOIN begun b ON b.id = m.id LEFT JOIN held h ON h.lead_id = m.lead_id
WHERE m.id = ANY($7)
"""
_TYPES = "bigint[], text[], text[], text[], timestamptz[], uuid, bigint[], int, timestamptz"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a message ended, or when it is to be tried again (state planned)."""

    pk: int
    state: State
    reason: Why | str = ""
    reply: str = ""
    due_at: datetime | None = None


def prepare() -> None:
    """Let the session plan the statement once; asked at the start of every batch, as a pooler may change sessions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_prepared_statements WHERE name = %s)", [NAME])
        if not cursor.fetchone()[0]:
            cursor.execute(f"PREPARE {NAME} ({_TYPES}) AS {_HAND}")


_EXECUTE = f"EXECUTE {NAME} (%s, %s, %s, %s, %s::timestamptz[], %s, %s::bigint[], %s, %s)"


def hand_over(
    endings: Sequence[Ending], next_ids: Sequence[int], *, claim: UUID, at: datetime | None = None
) -> dict[int, tuple[bool, str]]:
    """Store how earlier messages ended and begin to hand over the next, in one commit.

    Answers for each of `next_ids` whether its send has begun and, if not, why it must not: empty where the lease was
    lost. Only a message still claimed by `claim`, under a lease that runs, begins. `at` is the moment to be written
    down, for a recorded transport; None is the database's clock.
    """
    params: list[Any] = [
        [one.pk for one in endings],
        [str(one.state) for one in endings],
        [str(one.reason) for one in endings],
        [one.reply for one in endings],
        [one.due_at for one in endings],
        str(claim),
        list(next_ids),
        HANDING_SECONDS,
        at,
    ]
    with connection.cursor() as cursor:  # one statement, so it is its own transaction
        cursor.execute(_EXECUTE, params)
        return {pk: (begun, reason) for pk, begun, reason in cursor.fetchall()}
