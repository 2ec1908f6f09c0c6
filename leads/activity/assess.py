"""BANT assessments and consents: facts that are appended, never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from django.db import connection

from leads.activity.news import publish, touch
from leads.models import BantAssessment, BantState, Consent, Lead, Realm
from users.rows import insert
from users.transactions import one_transaction


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment:
    """What one realm holds of a lead's budget, authority, need and timeline at a time (R41); `notes` are by part."""

    lead_id: int
    realm: Realm
    budget: BantState = BantState.UNKNOWN
    authority: BantState = BantState.UNKNOWN
    need: BantState = BantState.UNKNOWN
    timeline: BantState = BantState.UNKNOWN
    note: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)
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


@one_transaction()
def amend(lead_id: int, realm: Realm, said: Mapping[str, Any], *, by: int | None, now: datetime) -> bool:
    """Assess a lead anew with what is said now: states by part, `notes` by part, `note`; the rest stays as it was.

    Returns whether anything is new; where nothing is, nothing is written. Two who say something at once are both heard.
    """
    Lead.objects.select_for_update(no_key=True).get(pk=lead_id)
    rows = BantAssessment.objects.filter(lead=lead_id, realm=realm)
    last = rows.order_by("-occurred_at", "-pk").first() or BantAssessment()
    before: dict[str, Any] = {part: BantState(getattr(last, part)) for part in BantAssessment.PARTS}
    before |= {"note": last.note, "notes": last.notes}
    after = before | {name: said[name] for name in (*BantAssessment.PARTS, "note") if name in said}
    notes = {**last.notes, **said.get("notes", {})}
    after["notes"] = {part: notes[part] for part in BantAssessment.PARTS if notes.get(part)}
    if after == before:
        return False
    assess(
        [Assessment(lead_id=lead_id, realm=realm, occurred_at=said.get("occurred_at", now), **after)], by=by, now=now
    )
    return True


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
