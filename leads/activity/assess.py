"""BANT assessments and consents: facts that are appended, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from django.db import connection

from leads.activity.news import publish, touch
from leads.models import BantAssessment, BantState, Consent, Realm
from users.rows import insert
from users.transactions import one_transaction


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment:
    """What one realm holds of a lead's budget, authority, need and timeline at a time (R41)."""

    lead_id: int
    realm: Realm
    budget: BantState = BantState.UNKNOWN
    authority: BantState = BantState.UNKNOWN
    need: BantState = BantState.UNKNOWN
    timeline: BantState = BantState.UNKNOWN
    note: str = ""
    occurred_at: datetime


@one_transaction()
def assess(assessments: Sequence[Assessment], *, by: int | None, now: datetime) -> None:
    """Append assessments; the latest row of a lead and realm counts."""
    insert(
        BantAssessment,
        [
            {f.name: getattr(row, f.name) for f in fields(row)} | {"by_id": by, "recorded_at": now}
            for row in assessments
        ],
    )
    ids = [row.lead_id for row in assessments]
    touch(ids, fact_at=now)
    publish("bant_assessed", ids, now=now)


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentFact:
    """Consent given or withdrawn, with the text shown and where (R20)."""

    lead_id: int
    granted: bool
    text: str = ""
    source: str = ""
    ip: str | None = None
    occurred_at: datetime


@one_transaction()
def record_consents(consents: Sequence[ConsentFact], *, by: int | None, now: datetime, wakes: bool = True) -> None:
    """Append consents; the latest row of a lead counts. Without `wakes` (imports) resting leads go on resting."""
    insert(
        Consent,
        [{f.name: getattr(row, f.name) for f in fields(row)} | {"by_id": by, "recorded_at": now} for row in consents],
    )
    ids = [row.lead_id for row in consents]
    if ids:
        _stand(ids)
    touch(ids, fact_at=now if wakes else None)
    publish("consent_recorded", ids, now=now)


_LATEST = """
UPDATE leads_contactability k SET consent = CASE WHEN c.granted THEN 'granted' ELSE 'withdrawn' END,
    consent_at = c.occurred_at
FROM (SELECT lead_id FROM leads_contactability WHERE lead_id = ANY(%s) ORDER BY lead_id FOR NO KEY UPDATE) held
CROSS JOIN LATERAL (SELECT granted, occurred_at FROM leads_consent x WHERE x.lead_id = held.lead_id
                    ORDER BY occurred_at DESC, id DESC LIMIT 1) c
WHERE k.lead_id = held.lead_id
"""


def _stand(ids: Sequence[int]) -> None:
    """Where consent stands now, beside the lead; a mail being handed over at this moment is waited for."""
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [sorted(set(ids))])
