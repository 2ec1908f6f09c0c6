"""The one way a message comes to be: written with its cause, once for each key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import connection

from mail.letters import LetterSpec
from mail.models import Message, Purpose, Sender
from mail.sample import write_sample
from users.transactions import one_transaction


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """A letter that is to go to a lead. `dedupe_key` is the cause's own name: asked for twice, it is one message."""

    dedupe_key: str
    lead_id: int
    letter_id: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Planned:
    """A message that was made: planned, or skipped at once with the reason."""

    message_id: int
    dedupe_key: str
    lead_id: int
    state: str
    reason: str


class Unplannable(Exception):
    """A message could not come to be."""


# Why a lead gets no mail, as SQL over lead l and contactability k; empty where it does. The sender asks again.
REFUSAL = """CASE WHEN l.archived_at IS NOT NULL THEN 'archived'
     WHEN k.suppression <> '' THEN 'suppressed'
     WHEN k.consent = 'withdrawn' THEN 'withdrawn'
     WHEN k.consent <> 'granted' THEN 'no_consent'
     WHEN l.email IS NULL THEN 'no_address' ELSE '' END"""

_PLAN = f"""
INSERT INTO mail_message (purpose, dedupe_key, lead_id, letter_id, sender_id, to_address, subject, message_id, state,
                          reason, reply, attempts, due_at, planned_at, finished_at, is_told)
SELECT 'nurture', i.dedupe_key, l.id, t.id, s.id, coalesce(l.email, ''), '',
       gen_random_uuid() || '@' || split_part(s.address, '@', 2),
       CASE WHEN why.reason = '' THEN 'planned' ELSE 'skipped' END, why.reason, '', 0, i.due_at, %(now)s,
       CASE WHEN why.reason = '' THEN NULL ELSE %(now)s END, FALSE
FROM unnest(%(dedupe_key)s::text[], %(lead_id)s::bigint[], %(letter_id)s::bigint[], %(due_at)s::timestamptz[])
     AS i (dedupe_key, lead_id, letter_id, due_at)
JOIN leads_lead l ON l.id = i.lead_id
JOIN leads_contactability k ON k.lead_id = l.id
JOIN mail_letter t ON t.id = i.letter_id
JOIN mail_sender s ON s.id = coalesce(t.sender_id, (SELECT id FROM mail_sender WHERE is_default))
CROSS JOIN LATERAL (SELECT {REFUSAL} AS reason) why
ORDER BY i.due_at, i.lead_id
ON CONFLICT (dedupe_key) DO NOTHING
RETURNING id, dedupe_key, lead_id, state, reason
"""


@one_transaction()
def plan(intents: Sequence[Intent], *, now: datetime) -> list[Planned]:
    """Write nurture messages, those that may not be sent as skipped with the reason. Known keys are left out.

    Raises Unplannable where a message did not come to be for another reason: nothing is dropped silently.
    """
    if not intents:
        return []
    columns = {field.name: [getattr(row, field.name) for row in intents] for field in fields(Intent)}
    with connection.cursor() as cursor:
        cursor.execute(_PLAN, {**columns, "now": now})
        planned = [Planned(*row) for row in cursor.fetchall()]
    if len(planned) < len(intents):
        keys = set(columns["dedupe_key"])
        if Message.objects.filter(dedupe_key__in=keys).count() < len(keys):
            raise Unplannable("A letter names no sender and there is no default one.")
    return planned


@one_transaction()
def call_off(prefixes: Sequence[str], *, now: datetime) -> int:
    """Skip messages whose key begins so and that no worker has yet; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mail_message SET state = 'skipped', reason = 'given_up', finished_at = %s"
            " WHERE state = 'planned' AND dedupe_key LIKE ANY(%s)",
            [now, [f"{prefix}%" for prefix in prefixes]],
        )
        return cursor.rowcount


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """Service mail as its author wrote it: a MIME message for one recipient, still without a Message-ID."""

    to_address: str
    subject: str
    mime: Any


@one_transaction()
def plan_written(messages: Sequence[Written], *, now: datetime) -> None:
    """Write service messages from the default sender; they may repeat, and are kept only until they have left."""
    sender = Sender.objects.get(is_default=True)
    rows = []
    for message in messages:
        message_id = f"{uuid4()}@{sender.address.rpartition('@')[2]}"
        message.mime["Message-ID"] = f"<{message_id}>"
        rows.append(
            Message(
                purpose=Purpose.SERVICE,
                sender=sender,
                to_address=message.to_address,
                subject=" ".join(message.subject.split())[:300],
                raw=message.mime.as_bytes(linesep="\r\n"),
                message_id=message_id,
                due_at=now,
                planned_at=now,
            )
        )
    Message.objects.bulk_create(rows)


@one_transaction()
def plan_test(spec: LetterSpec, *, sender: Sender | None, to: str, values: Mapping[str, str], now: datetime) -> Message:
    """Write a test of a letter to one of us: as a lead would get it, but untracked. Raises LetterRefused."""
    sender = sender or Sender.objects.get(is_default=True)
    message_id = f"{uuid4()}@{sender.address.rpartition('@')[2]}"
    return Message.objects.create(
        purpose=Purpose.TEST,
        sender=sender,
        to_address=to,
        subject=spec.subject[:300],
        raw=write_sample(spec, sender=sender, to=to, values=values, message_id=message_id, now=now),
        message_id=message_id,
        due_at=now,
        planned_at=now,
    )
