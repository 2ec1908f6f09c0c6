"""The points asked about by "what if": temporary tables of one transaction, which judge() reads in place of the scores.

POINTS holds those of the leads asked about. Where a criterion asks for the score of the company, OTHERS holds those of
everybody else who works there, and EVERYBODY is both: a company is not worth less because of whom nobody asked about.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection
from django.db.backends.utils import CursorWrapper

from leads.conditions.company_score import COUNTS
from leads.conditions.plan import Scope
from leads.conditions.select import plan_for
from scoring.company_sums import TABLE, CompanySums
from scoring.engine import select_scores
from scoring.question import Question
from scoring.rescore import in_order

POINTS, OTHERS, EVERYBODY = "whatif_points", "whatif_others", "whatif_everybody"
AT_ONCE = 5_000
# The people at the companies of the leads asked about, as a condition on `t`.
AT_COMPANIES = f"t.company_id IN (SELECT c.company_id FROM {POINTS} p JOIN leads_lead c ON c.id = p.lead_id)"


@contextmanager
def points_asked(question: Question, scope: Scope, now: datetime, sums: CompanySums | None = None) -> Iterator[None]:
    """Inside, POINTS stands for the leads of a scope; the ranges of one question share `sums`."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE {POINTS} (lead_id bigint, model_id bigint, points int, fit int, engagement int,"
            " band text, parts int[]) ON COMMIT DROP"
        )
        _reckon(cursor, POINTS, question, scope, now, sums)
        if question.campaign_id is not None:
            cursor.execute(
                f"DELETE FROM {POINTS} n USING leads_lead l"
                " WHERE l.id = n.lead_id AND l.campaign_id IS DISTINCT FROM %s",
                [question.campaign_id],
            )
        if scope.ids is None:
            cursor.execute("SET LOCAL enable_hashagg = on; SET LOCAL enable_seqscan = on")
        cursor.execute(f"CREATE INDEX ON {POINTS} (lead_id); ANALYZE {POINTS} (lead_id, points)")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {POINTS}")


@contextmanager
def others_asked(question: Question, now: datetime) -> Iterator[None]:
    """Inside points_asked, OTHERS and EVERYBODY stand beside it."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE {OTHERS} (LIKE {POINTS}) ON COMMIT DROP")
        cursor.execute(
            f"SELECT t.id FROM leads_lead t WHERE {AT_COMPANIES} AND {COUNTS}"
            f" AND NOT EXISTS (SELECT FROM {POINTS} n WHERE n.lead_id = t.id) ORDER BY t.id"
        )
        ids = [pk for (pk,) in cursor.fetchall()]
        for start in range(0, len(ids), AT_ONCE):
            _reckon(cursor, OTHERS, question, Scope(ids=ids[start : start + AT_ONCE]), now)
        cursor.execute(f"CREATE INDEX ON {OTHERS} (lead_id); ANALYZE {OTHERS}")
        cursor.execute(f"CREATE TEMP VIEW {EVERYBODY} AS SELECT * FROM {POINTS} UNION ALL SELECT * FROM {OTHERS}")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP VIEW {EVERYBODY}; DROP TABLE {OTHERS}")


def _reckon(
    cursor: CursorWrapper,
    table: str,
    question: Question,
    scope: Scope,
    now: datetime,
    sums: CompanySums | None = None,
) -> None:
    """Put the points of a scope into a table."""
    plan = plan_for(now)
    plan.sums = TABLE if sums is not None else ""
    text = select_scores([question.spec], plan, scope, and_changes=False)
    if sums is not None:
        sums.serve(plan)
    in_order(scope)
    cursor.execute(
        f"INSERT INTO {table} SELECT r.lead_id, r.model_id, r.points, r.fit, r.engagement, r.band, r.parts"
        f" FROM ({text}) r",
        {**plan.params, **scope.params},
    )
