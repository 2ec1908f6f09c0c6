"""How many leads each rule of the version in force holds for, from the stored parts: one statement."""

from dataclasses import dataclass

from django.db import connection

from leads.queries.matches import rounded
from scoring.models import ModelVersion

# Beyond so many leads a sample of the pages answers, in a tenth of the time.
EXACT_UP_TO = 200_000
SAMPLED = 50_000


@dataclass(frozen=True)
class Hits:
    """Leads with points by a rule, in the order of the rules; `is_exact` is false for a sample carried forward."""

    counts: list[int]
    is_exact: bool


def rule_hits(version: ModelVersion, rules: int) -> Hits:
    """How many leads that are not archived have points by each of so many rules."""
    if not rules:
        return Hits([], is_exact=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'leads_leadscore'::regclass")
        (rows,) = cursor.fetchone()
        share = min(1.0, SAMPLED / rows) if rows > max(EXACT_UP_TO, 0) else 1.0
        sample = "" if share == 1.0 else f"TABLESAMPLE SYSTEM ({100 * share:.6f})"
        counts = ", ".join(f"count(*) FILTER (WHERE parts[{place:d}] <> 0)" for place in range(1, rules + 1))
        cursor.execute(
            f"SELECT {counts} FROM leads_leadscore {sample} WHERE model_id = %s AND version = %s"
            " AND lead_id NOT IN (SELECT id FROM leads_lead WHERE archived_at IS NOT NULL)",
            [version.model_id, version.number],
        )
        found = cursor.fetchone()
    return Hits([rounded(count / share) if share < 1.0 else count for count in found], is_exact=share == 1.0)
