"""Who acted is judged again: the one way an activity's evidence changes (R32)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection

from leads.activity.news import publish, touch
from leads.models import Evidence
from users.transactions import one_transaction

# The rows are locked in the order of their ids, so that two verdicts never wait for each other.
_JUDGE_AGAIN = """
WITH held AS (
    SELECT id, lead_id, evidence FROM leads_activity WHERE id = ANY(%(ids)s) AND evidence <> %(evidence)s
    ORDER BY id FOR NO KEY UPDATE
), changed AS (
    UPDATE leads_activity a SET evidence = %(evidence)s FROM held WHERE a.id = held.id
    RETURNING a.id, held.lead_id, held.evidence
), journaled AS (
    INSERT INTO leads_evidencechange (activity_id, before, after, reason, by_id, recorded_at)
    SELECT id, evidence, %(evidence)s, %(reason)s, %(by)s, %(now)s FROM changed
)
SELECT lead_id FROM changed
"""


@one_transaction()
def reclassify(activity_ids: Collection[int], evidence: Evidence, reason: str, *, by: int | None, now: datetime) -> int:
    """Judge activities anew, journal it and touch their leads; returns how many changed. It wakes nobody."""
    if not activity_ids:
        return 0
    params: dict[str, Any] = {
        "ids": sorted(set(activity_ids)),
        "evidence": int(evidence),
        "reason": reason,
        "by": by,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_JUDGE_AGAIN, params)
        leads = [lead_id for (lead_id,) in cursor.fetchall()]
    touch(leads, fact_at=None)
    publish("evidence_changed", leads, now=now, data={"evidence": evidence.slug, "reason": reason})
    return len(leads)
