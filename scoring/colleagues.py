"""Whom a fact about one person concerns too: everybody at the company, where a condition in use reads it as a whole."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from leads.activity.news import touch
from leads.conditions.company_score import CompanyScoreLeaf
from leads.conditions.leaves import kinds

# The trees that scores and stages rest on: whatever else asks a condition asks it when it needs the answer. Segments
# and latest profiles count as used, for one of the others may name them.
_IN_USE = """
SELECT EXISTS (
    SELECT FROM (
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
    ) t
    WHERE jsonb_path_exists(t.condition, '$.**.leaf ? (@ == $kinds[*])', jsonb_build_object('kinds', %(kinds)s::jsonb))
)
"""
_COLLEAGUES = """
SELECT c.id FROM leads_lead t JOIN leads_lead c ON c.company_id = t.company_id WHERE t.id = ANY(%(ids)s)
UNION
SELECT c.id FROM leads_attributechange g JOIN leads_lead c ON c.company_id = (g.before ->> 'company_id')::bigint
WHERE g.lead_id = ANY(%(ids)s) AND g.before ? 'company_id'
"""
_OUTSIDE = """
SELECT c.id FROM leads_lead c
WHERE NOT (c.id >= %(low)s AND c.id < %(high)s)
  AND c.company_id IN (SELECT t.company_id FROM leads_lead t WHERE t.id >= %(low)s AND t.id < %(high)s)
"""


def company_counts(now: datetime) -> bool:
    """Whether scores or stages may rest on what others at the company did or are worth."""
    return _is_in_use([kind for kind, leaf in kinds().items() if leaf.reads_company], now)


def company_scores_count(now: datetime) -> bool:
    """Whether stages may rest on the score of a company."""
    return _is_in_use([CompanyScoreLeaf.kind], now)


def _is_in_use(wanted: Collection[str], now: datetime) -> bool:
    names = ", ".join(f'"{kind}"' for kind in wanted)
    with connection.cursor() as cursor:
        cursor.execute(_IN_USE, {"now": now, "kinds": f"[{names}]"})
        (found,) = cursor.fetchone()
    return bool(found)


def with_colleagues(lead_ids: Collection[int], *, now: datetime) -> list[int]:
    """These leads and, where it counts, everybody at the companies they are at or ever left, ascending."""
    if not company_counts(now):
        return sorted(lead_ids)
    with connection.cursor() as cursor:
        cursor.execute(_COLLEAGUES, {"ids": list(lead_ids)})
        return sorted({*lead_ids, *(pk for (pk,) in cursor.fetchall())})


def touch_outside(low: int, high: int, *, now: datetime) -> None:
    """Have those judged anew who work with somebody in a range of ids that was scored, and stand outside of it.

    Their own range is judged before this one or after it, and knows of the scores here only in the latter case.
    """
    if company_scores_count(now):
        with connection.cursor() as cursor:
            cursor.execute(_OUTSIDE, {"low": low, "high": high})
            touch([pk for (pk,) in cursor.fetchall()], fact_at=None)
