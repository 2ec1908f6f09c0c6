"""Whom a fact about one person concerns too: everybody at the company, where a condition in use reads it as a whole."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from leads.activity.news import publish, touch
from leads.conditions.activity import CompanyActivityLeaf, select
from leads.conditions.company_score import CompanyScoreLeaf
from leads.conditions.leaves import kinds
from leads.conditions.select import plan_for

# The trees that scores and stages rest on: whatever else asks a condition asks it when it needs the answer. Segments
# and latest profiles count as used, for one of the others may name them.
_IN_USE = """
SELECT DISTINCT l.leaf FROM (
    SELECT r.condition FROM scoring_rule r
    JOIN scoring_modelversion v ON v.id = r.version_id AND v.state = 'published'
    UNION ALL
    SELECT c.condition FROM leads_criterion c
    WHERE NOT EXISTS (SELECT FROM leads_criterion n WHERE n.stage_id = c.stage_id AND n.version > c.version
                      AND n.effective_from <= %(now)s)
    UNION ALL SELECT condition FROM leads_phaserule
    UNION ALL SELECT condition FROM leads_segment
    UNION ALL
    SELECT i.condition FROM leads_icpcondition i JOIN leads_icpprofile p ON p.id = i.profile_id
    WHERE NOT EXISTS (SELECT FROM leads_icpprofile n WHERE n.realm = p.realm AND n.version > p.version)
) t CROSS JOIN LATERAL jsonb_path_query(
    t.condition, '$.** ? (@.leaf == $kinds[*])', jsonb_build_object('kinds', %(kinds)s::jsonb)) l (leaf)
"""
# Of those touched the ones who did what is counted, since the fact where that is known, and who changed companies.
_TELLING = """
SELECT t.lead_id FROM unnest(%(ids)s::bigint[], %(fact_ats)s::timestamptz[]) t (lead_id, fact_at)
WHERE EXISTS (SELECT FROM leads_activity a WHERE a.lead_id = t.lead_id AND ({counted})
              AND (t.fact_at IS NULL OR a.recorded_at >= t.fact_at))
   OR EXISTS (SELECT FROM leads_attributechange g WHERE g.lead_id = t.lead_id AND g.before ? 'company_id'
              AND (t.fact_at IS NULL OR g.recorded_at >= t.fact_at))
"""
_COLLEAGUES = """
SELECT c.id FROM leads_lead t JOIN leads_lead c ON c.company_id = t.company_id WHERE t.id = ANY(%(ids)s)
UNION
SELECT c.id FROM leads_attributechange g JOIN leads_lead c ON c.company_id = (g.before ->> 'company_id')::bigint
WHERE g.lead_id = ANY(%(ids)s) AND g.before ? 'company_id'
"""
COUNTED = "company_counted"  # the event of leads whose facts had their colleagues judged anew
_MISSED = f"""
SELECT DISTINCT k.id FROM ({_COLLEAGUES}) k WHERE k.id >= %(low)s AND k.id < %(high)s
"""
_OUTSIDE = """
SELECT c.id FROM leads_lead c
WHERE NOT (c.id >= %(low)s AND c.id < %(high)s)
  AND c.company_id IN (SELECT t.company_id FROM leads_lead t WHERE t.id >= %(low)s AND t.id < %(high)s)
"""


def company_counts(now: datetime) -> list[dict[str, Any]]:
    """The leaves by which scores or stages may rest on what others at the company did."""
    names = ", ".join(f'"{kind}"' for kind, leaf in kinds().items() if leaf.reads_company)
    with connection.cursor() as cursor:
        cursor.execute(_IN_USE, {"now": now, "kinds": f"[{names}]"})
        return [json.loads(leaf) for (leaf,) in cursor.fetchall()]


def with_colleagues(touches: Collection[tuple[int, datetime | None]], *, now: datetime) -> list[int]:
    """The leads touched and, where a fact about them may count, everybody at the companies they are at or ever left.

    Ascending. A touch is a lead and when its fact was recorded, if it was one. Whoever sums companies for a longer
    time learns of the facts from the outbox.
    """
    ids = {lead_id for lead_id, _ in touches}
    leaves = company_counts(now)
    telling = _telling(touches, leaves, now) if leaves else []
    if not telling:
        return sorted(ids)
    publish(COUNTED, telling, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_COLLEAGUES, {"ids": telling})
        return sorted({*ids, *(pk for (pk,) in cursor.fetchall())})


def _telling(
    touches: Collection[tuple[int, datetime | None]], leaves: Sequence[Mapping[str, Any]], now: datetime
) -> list[int]:
    """The leads whose facts may count for others: most of what somebody does does not."""
    if any(leaf["leaf"] != CompanyActivityLeaf.kind for leaf in leaves):
        return [lead_id for lead_id, _ in touches]
    plan = plan_for(now)
    counted = " OR ".join(f"({select(leaf, plan).filter})" for leaf in leaves)
    ids, fact_ats = [lead_id for lead_id, _ in touches], [fact_at for _, fact_at in touches]
    with connection.cursor() as cursor:
        cursor.execute(_TELLING.replace("{counted}", counted), {"ids": ids, "fact_ats": fact_ats})
        return [lead_id for (lead_id,) in cursor.fetchall()]


def touch_outside(low: int, high: int, *, now: datetime) -> None:
    """Have those judged anew who work with somebody in a range of ids that was scored, and stand outside of it.

    Their own range is judged before this one or after it, and knows of the scores here only in the latter case.
    """
    if any(leaf["leaf"] == CompanyScoreLeaf.kind for leaf in company_counts(now)):
        with connection.cursor() as cursor:
            cursor.execute(_OUTSIDE, {"low": low, "high": high})
            touch([pk for (pk,) in cursor.fetchall()], fact_at=None)


def touch_missed(low: int, high: int, *, since: int) -> None:
    """Have those in a range of ids judged anew whose colleagues' facts a transaction from `since` on told of."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT unnest(lead_ids) FROM leads_event WHERE transaction >= %s AND kind = %s", [since, COUNTED]
        )
        if ids := [pk for (pk,) in cursor.fetchall()]:
            cursor.execute(_MISSED, {"ids": ids, "low": low, "high": high})
            touch([pk for (pk,) in cursor.fetchall()], fact_at=None)
