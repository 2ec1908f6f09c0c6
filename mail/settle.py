"""A person says what became of a message that nobody knows of: conditional, journaled."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from mail.models import Settlement, State, Why
from users.transactions import one_transaction

_BECOMES = {
    Settlement.Verdict.ARRIVED: (State.SENT, ""),
    Settlement.Verdict.AGAIN: (State.PLANNED, ""),
    Settlement.Verdict.LEFT: (State.FAILED, Why.GIVEN_UP),
}
# Without its claim the worker that had it, should it still be there, has no say any more. What is sent again keeps its
# Message-ID: a reader's program that has it already may show it once.
_SETTLE = """
WITH held AS (
    SELECT id, reason FROM mail_message WHERE id = ANY(%(ids)s) AND state = 'uncertain' ORDER BY id FOR UPDATE
), settled AS (
    UPDATE mail_message m SET state = %(state)s, reason = %(reason)s, claim = NULL, lease_until = NULL,
           due_at = CASE WHEN %(state)s = 'planned' THEN %(now)s ELSE m.due_at END,
           finished_at = CASE WHEN %(state)s = 'planned' THEN NULL ELSE m.finished_at END,
           raw = CASE WHEN %(state)s = 'planned' THEN m.raw END
    FROM held WHERE m.id = held.id RETURNING m.id, held.reason
)
INSERT INTO mail_settlement (message_id, verdict, was, by_id, recorded_at)
SELECT id, %(verdict)s, reason, %(by)s, %(now)s FROM settled RETURNING message_id
"""


@one_transaction()
def settle(message_ids: Collection[int], verdict: Settlement.Verdict, *, by: int | None, now: datetime) -> list[int]:
    """Settle those that are still uncertain and return their ids; the others were settled meanwhile, or never were."""
    state, reason = _BECOMES[verdict]
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            {
                "ids": sorted(set(message_ids)),
                "verdict": verdict.value,
                "state": state.value,
                "reason": str(reason),
                "by": by,
                "now": now,
            },
        )
        return sorted(pk for (pk,) in cursor.fetchall())
