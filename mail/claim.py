"""Who sends what: messages are claimed for a while, paid for with tokens of their sender, and given back."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from mail.models import Purpose
from users.transactions import one_transaction

CLAIM_SECONDS = 30
# Longer than a server may take to answer, so that a live worker always speaks first.
HANDING_SECONDS = 40
REST_SECONDS = 300  # at most between two tries to reach a server that is away


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message this worker has for now."""

    pk: int
    purpose: str
    attempts: int
    planned_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages of one sender, under one claim."""

    claim: uuid.UUID
    sender_id: int
    messages: Sequence[Claimed]


# What never began is planned again, its proof taken away so that a worker that was only slow finds it gone.
_SWEEP = """
WITH late AS (
    SELECT id, purpose, state FROM mail_message
    WHERE state IN ('claimed', 'handing') AND lease_until < clock_timestamp() FOR UPDATE SKIP LOCKED
), proved AS (
    DELETE FROM mail_waiting w USING late WHERE w.message_id = late.id RETURNING w.message_id
), back AS (
    UPDATE mail_message m SET state = 'planned', claim = NULL, lease_until = NULL,
           attempts = greatest(0, m.attempts - (late.state = 'handing')::int)
    FROM late WHERE m.id = late.id
          AND (late.state = 'claimed' OR late.purpose = 'service' OR late.id IN (SELECT message_id FROM proved))
    RETURNING m.id
), unclear AS (
    UPDATE mail_message m SET state = 'uncertain', reason = 'worker_lost', finished_at = clock_timestamp()
    FROM late WHERE m.id = late.id AND late.state = 'handing' AND late.purpose <> 'service'
          AND late.id NOT IN (SELECT message_id FROM proved)
    RETURNING m.id
)
SELECT (SELECT count(*) FROM back), (SELECT count(*) FROM unclear)
"""


@one_transaction()
def sweep() -> tuple[int, int]:
    """End leases that ran out: (those planned again, those that became uncertain).

    An uncertain one keeps its claim: a worker that was only slow may still settle it. Service mail may repeat.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SWEEP)
        back, unclear = cursor.fetchone()
    return back, unclear


def work(*, now: datetime) -> list[tuple[int, Purpose]]:
    """Senders that do not rest, with the purposes due by `now`: what somebody waits for at a screen first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, p.purpose FROM unnest(%s) WITH ORDINALITY AS p (purpose, rank), mail_sender s"
            " WHERE coalesce(s.rests_until <= clock_timestamp(), TRUE) AND EXISTS"
            " (SELECT FROM mail_message m WHERE m.sender_id = s.id AND m.purpose = p.purpose"
            " AND m.state = 'planned' AND m.due_at <= %s) ORDER BY p.rank, s.id",
            [[purpose.value for purpose in (Purpose.SERVICE, Purpose.TEST, Purpose.NURTURE)], now],
        )
        return [(pk, Purpose(purpose)) for pk, purpose in cursor.fetchall()]


_CLAIM = """
WITH purse AS (
    SELECT id, least(burst, tokens + per_minute * extract(epoch FROM clock_timestamp() - refilled_at) / 60.0) AS held
    FROM mail_sender WHERE id = %(sender)s AND coalesce(rests_until <= clock_timestamp(), TRUE) FOR UPDATE
), due AS (
    SELECT m.id FROM mail_message m
    WHERE m.sender_id = (SELECT id FROM purse) AND m.purpose = %(purpose)s AND m.state = 'planned'
          AND m.due_at <= %(now)s
    ORDER BY m.due_at
    LIMIT (SELECT least(%(limit)s, CASE WHEN %(is_free)s THEN %(limit)s ELSE greatest(0, floor(held)) END)::int
           FROM purse)
    FOR UPDATE OF m SKIP LOCKED
), taken AS (
    UPDATE mail_message m SET state = 'claimed', claim = %(claim)s,
           lease_until = clock_timestamp() + %(seconds)s * interval '1 second'
    FROM due WHERE m.id = due.id RETURNING m.id, m.purpose, m.attempts, m.planned_at, m.due_at
), paid AS (
    UPDATE mail_sender s SET tokens = purse.held - (SELECT count(*) FROM taken WHERE NOT %(is_free)s),
           refilled_at = clock_timestamp()
    FROM purse WHERE s.id = purse.id
)
SELECT * FROM taken ORDER BY due_at, id
"""


@one_transaction()
def claim(
    sender_id: int, *, purpose: Purpose = Purpose.NURTURE, now: datetime, limit: int, is_free: bool = False
) -> Batch:
    """Claim what is due of a sender and purpose, as far as the sender's tokens go.

    `is_free`: it costs no tokens, as no mail server takes it.
    """
    mine = uuid.uuid4()
    params: dict[str, Any] = {"sender": sender_id, "purpose": purpose.value, "now": now, "limit": limit}
    params |= {"is_free": is_free, "claim": str(mine), "seconds": CLAIM_SECONDS}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, params)
        return Batch(mine, sender_id, [Claimed(*row) for row in cursor.fetchall()])


_GIVE_BACK = """
WITH proved AS (
    DELETE FROM mail_waiting WHERE message_id = ANY(%(ids)s) RETURNING message_id
), back AS (
    UPDATE mail_message m SET state = 'planned', claim = NULL, lease_until = NULL,
           attempts = greatest(0, m.attempts - (m.state = 'handing')::int)
    WHERE m.id = ANY(%(ids)s) AND m.claim = %(claim)s
          AND (m.state = 'claimed' OR (m.state = 'handing' AND m.id IN (SELECT message_id FROM proved)))
    RETURNING m.id
)
UPDATE mail_sender SET tokens = tokens + (SELECT count(*) FROM back) WHERE id = %(sender)s
"""


@one_transaction()
def give_back(batch: Batch) -> None:
    """Plan what never began of a batch again, with its tokens."""
    params: dict[str, Any] = {
        "ids": [one.pk for one in batch.messages],
        "claim": str(batch.claim),
        "sender": batch.sender_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, params)


@one_transaction()
def rest(sender_id: int, reason: str) -> None:
    """Let a sender rest whose mail server is away: seconds first, minutes later."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mail_sender SET failures = least(failures + 1, 20), rest_reason = %s,"
            " rests_until = clock_timestamp() + least(%s, power(2, least(failures, 20))) * interval '1 second'"
            " WHERE id = %s",
            [reason[:300], REST_SECONDS, sender_id],
        )


@one_transaction()
def rested(sender_id: int) -> None:
    """The mail server answers again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mail_sender SET failures = 0, rest_reason = '', rests_until = NULL WHERE id = %s AND failures > 0",
            [sender_id],
        )
