"""What those who would cross mean for the step they take and for who works with them."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from leads.lifecycle.entries import counts
from leads.models import Stage
from scoring.question import Question
from scoring.tally import Tally

WEEKS = 12

_ENTRIES = """
SELECT l.owner_id, count(*) FROM leads_stagechange h JOIN leads_lead l ON l.id = h.lead_id
WHERE h.to_stage_id = ANY(%(stages)s) AND h.occurred_at >= %(since)s AND h.occurred_at < %(now)s AND {counts}
  AND NOT EXISTS (SELECT FROM leads_stagechange e WHERE e.lead_id = h.lead_id AND e.cycle = h.cycle
                  AND e.to_stage_id = ANY(%(stages)s) AND e.id < h.id AND {earlier})
GROUP BY l.owner_id
"""


def _counts(line: str) -> str:
    return f"{line}.outcome = '' AND {counts(line)}"


def load(question: Question, tally: Tally, *, now: datetime) -> dict[str, Any] | None:
    """Per owner: entries of the decided stage in the last weeks, and those who would cross; the busiest first."""
    if question.decision is None:
        return None
    goal = question.decision.stage
    values: dict[str, Any] = {"stages": _counted_as(goal.pk), "since": now - timedelta(weeks=WEEKS), "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES.format(counts=_counts("h"), earlier=_counts("e")), values)
        entered = dict(cursor.fetchall())
    coming = Counter(row.owner for row in tally.up)
    owners = sorted({*entered, *coming}, key=lambda pk: (-entered.get(pk, 0) - coming[pk], pk or 0))
    return {"weeks": WEEKS, "owners": [[pk, entered.get(pk, 0), coming[pk]] for pk in owners]}


_STEP = """
WITH f AS (SELECT DISTINCT h.lead_id, h.cycle FROM leads_stagechange h
           WHERE h.to_stage_id = ANY(%(before)s) AND h.occurred_at <= %(now)s AND {counts} AND {among}),
     e AS (SELECT DISTINCT e.lead_id, e.cycle FROM leads_stagechange e
           WHERE e.to_stage_id = ANY(%(stages)s) AND {onward})
SELECT count(*), count(e.lead_id), count(*) FILTER (WHERE e.lead_id IS NULL AND up.id IS NOT NULL)
FROM f LEFT JOIN e ON e.lead_id = f.lead_id AND e.cycle = f.cycle
LEFT JOIN (SELECT l.id, l.cycle FROM unnest(%(up)s::bigint[]) u (id) JOIN leads_lead l ON l.id = u.id) up
       ON up.id = f.lead_id AND up.cycle = f.cycle
"""
_OF_CAMPAIGN = """EXISTS (SELECT FROM leads_pass p WHERE p.lead_id = h.lead_id AND p.cycle = h.cycle
                          AND p.campaign_id = %(campaign)s)"""


def step(question: Question, tally: Tally, *, now: datetime) -> dict[str, Any] | None:
    """The step to the decided stage: of so many that came to the one before, how many went on and how many would have.

    Those of the campaign asked about, else of the last weeks. Nothing where a person makes the move.
    """
    if question.decision is None or not question.moves_by_itself:
        return None
    stages = {row.pk: row for row in Stage.objects.all()}
    feeding = sorted(question.feeding(list(stages.values())), key=lambda pk: stages[pk].position)
    if not feeding:
        return None
    goal, among = question.decision.stage, "h.occurred_at >= %(since)s"
    if question.campaign_id is not None:
        among = _OF_CAMPAIGN
    beyond = {pk for pk, row in stages.items() if row.position >= goal.position}
    values: dict[str, Any] = {
        "before": _counted_as(feeding[-1]),
        "stages": _counted_as(goal.pk),
        "now": now,
        "since": now - timedelta(weeks=WEEKS),
        "campaign": question.campaign_id,
        # Written as one literal: a list of many thousand constants is slow to read.
        "up": f"{{{','.join(str(row.lead_id) for row in tally.up if row.by_itself and row.to_stage in beyond)}}}",
    }
    with connection.cursor() as cursor:
        cursor.execute(_STEP.format(counts=_counts("h"), onward=_counts("e"), among=among), values)
        of, went, would = cursor.fetchone()
    return {"before": feeding[-1], "of": of, "was": went, "would": went + would, "weeks": WEEKS}


def _counted_as(stage_id: int) -> list[int]:
    """The stages whose entries count as those of this one."""
    return [stage_id, *Stage.everything.filter(merged_into=stage_id).values_list("pk", flat=True)]
