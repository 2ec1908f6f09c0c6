"""The commit with which a send begins, and the statement before each message that says how the last one ended.

A few messages are handed over by one durable commit. Before the content of each leaves, its proof of not having begun
is taken away; that and the endings need no disk, as a crash of the database takes the proofs with it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from mail.claim import HANDING_SECONDS
from mail.models import State, Why
from mail.plan import REFUSAL

# States are compared as expressions: a fresh table's statistics would otherwise lead the planner to an index of states
# instead of the keys.
_ENDED = """
UPDATE mail_message m SET state = e.state, reason = e.reason, reply = e.reply, due_at = coalesce(e.due_at, m.due_at),
       lease_until = NULL, claim = NULL,
       finished_at = CASE WHEN e.state = 'planned' THEN NULL ELSE coalesce(e.at, clock_timestamp()) END,
       raw = CASE WHEN e.state IN ('planned', 'uncertain') THEN m.raw END
FROM unnest($1, $2, $3, $4, $5, $6) AS e (id, state, reason, reply, due_at, at)
WHERE m.id = ANY($1) AND m.id = e.id AND m.claim = $7 AND m.state || '' IN ('claimed', 'handing', 'uncertain')
"""
# The contactability row is shared until the commit: an unsubscribe waits for it, or is seen by it (rule 4).
_HAND = f"""
WITH ended AS ({_ENDED}), held AS (
    SELECT k.lead_id, {REFUSAL} AS reason FROM leads_contactability k JOIN leads_lead l ON l.id = k.lead_id
    WHERE k.lead_id IN (SELECT lead_id FROM mail_message WHERE id = ANY($8) AND purpose = 'nurture')
    ORDER BY k.lead_id FOR SHARE OF k
), begun AS (
    UPDATE mail_message m SET state = 'handing', attempts = m.attempts + 1,
           handed_at = CASE WHEN $10 THEN m.due_at ELSE clock_timestamp() END,
           lease_until = clock_timestamp() + $9 * interval '1 second'
    WHERE m.id = ANY($8) AND m.claim = $7 AND m.state || '' = 'claimed' AND m.lease_until > clock_timestamp()
          AND NOT EXISTS (SELECT FROM held WHERE held.lead_id = m.lead_id AND held.reason <> '')
    RETURNING m.id
), proof AS (
    INSERT INTO mail_waiting (message_id) SELECT id FROM begun WHERE NOT $10 ON CONFLICT DO NOTHING
)
SELECT m.id, b.id IS NOT NULL, coalesce(h.reason, '')
FROM mail_message m LEFT JOIN begun b ON b.id = m.id LEFT JOIN held h ON h.lead_id = m.lead_id
WHERE m.id = ANY($8)
"""
# The same for the one message before, which is nearly always what there is.
_BEGIN = """
WITH ended AS (
    UPDATE mail_message m SET state = $2, reason = $3, reply = $4, due_at = coalesce($5, m.due_at),
           lease_until = NULL, claim = NULL,
           finished_at = CASE WHEN $2 = 'planned' THEN NULL ELSE clock_timestamp() END,
           raw = CASE WHEN $2 IN ('planned', 'uncertain') THEN m.raw END
    WHERE m.id = $1 AND m.claim = $6 AND m.state || '' IN ('claimed', 'handing', 'uncertain')
), taken AS (DELETE FROM mail_waiting WHERE message_id = $7 RETURNING message_id)
SELECT count(*), set_config('synchronous_commit', 'off', TRUE) FROM taken
"""
_ENDING_TYPES = "bigint[], text[], text[], text[], timestamptz[], timestamptz[], uuid"
_STATEMENTS = {
    "mail_hand_3": (f"{_ENDING_TYPES}, bigint[], int, boolean", _HAND),
    "mail_begin_3": ("bigint, text, text, text, timestamptz, uuid, bigint", _BEGIN),
}


@dataclass(frozen=True, slots=True)
class Ending:
    """How a message ended, or when it is to be tried again (state planned). `at` None: by the database's clock."""

    pk: int
    state: State
    reason: Why | str = ""
    reply: str = ""
    due_at: datetime | None = None
    at: datetime | None = None


@contextmanager
def prepared() -> Iterator[None]:
    """A session in which the statements are planned once, by the keys, whatever the statistics of a young table say.

    Asked for every batch, as a pooler may change sessions.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE starts_with(name, 'mail_')")
        known = {name for (name,) in cursor.fetchall()}
        for name, (types, text) in _STATEMENTS.items():
            if name not in known:
                cursor.execute(f"PREPARE {name} ({types}) AS {text}")
        try:
            yield
        finally:
            if connection.is_usable():
                cursor.execute("RESET enable_seqscan; RESET plan_cache_mode")


def hand_over(
    endings: Sequence[Ending], next_ids: Sequence[int], *, claim: UUID, is_recorded: bool = False
) -> dict[int, tuple[bool, str]]:
    """Store how earlier messages ended and hand over the next, in one durable commit.

    Answers for each of `next_ids` whether it is being handed over and, if not, why it must not be: empty where the
    lease was lost. Only a message still claimed by `claim`, under a lease that runs, begins. `is_recorded`: written
    down as done when it was due.
    """
    params: list[Any] = [*_columns(endings), str(claim), list(next_ids), HANDING_SECONDS, is_recorded]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"EXECUTE mail_hand_3 ({_places(params)})", params)
        return {pk: (begun, reason) for pk, begun, reason in cursor.fetchall()}


def begin(before: Ending | None, pk: int, *, claim: UUID) -> bool:
    """Store how the message before ended and take the proof from the next; false where it is not ours any more."""
    told: tuple[Any, ...] = (None, None, None, None, None)
    if before is not None:
        told = (before.pk, str(before.state), str(before.reason), before.reply, before.due_at)
    with connection.cursor() as cursor:
        cursor.execute("EXECUTE mail_begin_3 (%s, %s, %s, %s, %s, %s, %s)", (*told, str(claim), pk))
        return bool(cursor.fetchone()[0])


def _columns(endings: Sequence[Ending]) -> list[list[Any]]:
    return [
        [one.pk for one in endings],
        [str(one.state) for one in endings],
        [str(one.reason) for one in endings],
        [one.reply for one in endings],
        [one.due_at for one in endings],
        [one.at for one in endings],
    ]


def _places(params: Sequence[Any]) -> str:
    return ", ".join(["%s::timestamptz[]" if place in (4, 5) else "%s" for place in range(len(params))])
