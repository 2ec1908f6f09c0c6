"""Who would go on: the judgement that publishing brings about, made on other scores without moving anybody.

The scores asked about stand in temporary tables. A lead counts if one of the leaves that read the model's score, or
that of its company, would give another answer: who goes on for other reasons does so without the version asked about.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection

from leads.conditions.company_score import CompanyScoreLeaf, company_points
from leads.conditions.plan import Plan, Scope
from leads.conditions.select import plan_for
from leads.conditions.tree import leaves
from leads.lifecycle.promote import automatic, judge
from leads.models import Criterion, Lead, ScoreModel
from scoring.question import Question
from scoring.temporary import AT_COMPANIES, EVERYBODY, POINTS

READS_SCORE = ("score", "band", "grade")
COMPANY = -1  # among the places of rules by which a lead goes on: the score of its company
# Of so many leads their ids are given to the judge, of more the whole range.
FEW = 2_000


@dataclass(frozen=True)
class Criteria:
    """What is judged by: automatic criteria as they would be, and the decided one where a person makes the move."""

    moving: Mapping[int, Criterion]
    suggesting: Mapping[int, Criterion]
    suggesting_now: Mapping[int, Criterion]
    # Whether a lead that went on is to be judged once more, as some criterion asks where it stands.
    is_by_stage: bool
    # Whether a leaf gives another answer: by the lead's own score, and by that of its company, which these joins find.
    changed: str
    changed_company: str
    companies: str
    params: Mapping[str, Any]

    @property
    def reads_company(self) -> bool:
        """Whether a criterion asks for the score of the company."""
        return self.changed_company != "FALSE"


def criteria_of(question: Question, *, now: datetime) -> Criteria:
    """Read the criteria once for all leads."""
    moving = {pk: question.asking(row) for pk, row in automatic(now).items()}
    suggesting: dict[int, Criterion] = {}
    suggesting_now: dict[int, Criterion] = {}
    if question.decision and question.criterion and not question.moves_by_itself:
        suggesting = {question.decision.stage.pk: question.criterion}
        suggesting_now = {question.decision.stage.pk: question.decision.criterion}
    plan = plan_for(now)
    before = {row.pk: row for row in [*automatic(now).values(), *suggesting_now.values()]}
    changed: list[str] = []
    changed_company: list[str] = []
    kinds: set[str] = set()
    for row in [*moving.values(), *suggesting.values()]:
        then = leaves(row.condition, plan.catalog)
        for (leaf, old), (_, new) in zip(leaves(before[row.pk].condition, plan.catalog), then, strict=True):
            kinds.add(leaf.kind)
            if leaf.kind in READS_SCORE and old["model"] == question.slug:
                changed.append(_changed(leaf, old, new, question, plan))
            elif leaf.kind == CompanyScoreLeaf.kind and old["model"] == question.slug:
                changed_company.append(_changed(leaf, old, new, question, plan))
    return Criteria(
        moving=moving,
        suggesting=suggesting,
        suggesting_now=suggesting_now,
        is_by_stage=bool(kinds & {"stage", "stage_days"}),
        changed=" OR ".join(dict.fromkeys(changed)) or "FALSE",
        changed_company=" OR ".join(dict.fromkeys(changed_company)) or "FALSE",
        companies=_companies(plan.catalog.models[question.slug]) if changed_company else "",
        params=plan.params,
    )


def _companies(model: ScoreModel) -> str:
    """The scores of companies as they are and as they would be, as joins."""
    return (
        f" LEFT JOIN ({company_points(model, AT_COMPANIES)}) ko ON ko.company_id = l.company_id"
        f" LEFT JOIN ({company_points(model, AT_COMPANIES, EVERYBODY)}) kn ON kn.company_id = l.company_id"
    )


def _changed(leaf: Any, old: Mapping[str, Any], new: Mapping[str, Any], question: Question, plan: Plan) -> str:
    """Whether one leaf gives another answer, as SQL over `o`, the stored score, and `n`, the one asked about.

    `ko` and `kn` are those of the company.
    """
    alias = re.compile(rf"\b(k?)s{question.model_id}\.")
    plan.grids = {}
    was = alias.sub(r"\1o.", leaf.compile(old, plan))
    plan.grids = {question.model_id: question.grid}
    would = alias.sub(r"\1n.", leaf.compile(new, plan))
    return f"coalesce({was}, FALSE) <> coalesce({would}, FALSE)"


@dataclass(frozen=True)
class Crossing:
    """A lead with the stage it would reach; not by itself where a person makes the move.

    It goes on by its own score, by that of its company, or by both.
    """

    lead_id: int
    stage_id: int
    by_itself: bool = True
    by_own: bool = True
    by_company: bool = False


def crossings(question: Question, criteria: Criteria, scope: Scope, *, now: datetime) -> list[Crossing]:
    """Who of `scope` would go on, each with the last stage reached."""
    asked = _candidates(question, criteria, scope)
    if not asked:
        return []
    among = Scope(ids=list(asked)) if len(asked) <= FEW or scope.low is None else scope
    stage_of = {row.pk: stage_id for stage_id, row in criteria.moving.items()}
    reached = {pk: stage_of[row] for pk, row in _judged(question, criteria, criteria.moving, among, now) if pk in asked}
    last = reached
    while last and criteria.is_by_stage:
        with _standing_there(reached, now):
            again = _judged(question, criteria, criteria.moving, Scope(ids=sorted(last)), now)
        last = {pk: stage_of[row] for pk, row in again}
        reached |= last
    found = [Crossing(pk, stage_id) for pk, stage_id in reached.items()]
    if criteria.suggesting:
        found += _suggested(question, criteria, among, asked.keys() - set(reached), now)
    return [replace(row, by_own=asked[row.lead_id][0], by_company=asked[row.lead_id][1]) for row in found]


def _suggested(
    question: Question, criteria: Criteria, scope: Scope, asked: Collection[int], now: datetime
) -> list[Crossing]:
    """Who would newly meet a criterion that only suggests the move."""
    would = [pk for pk, _ in _judged(question, criteria, criteria.suggesting, scope, now) if pk in asked]
    if not would:
        return []
    verdicts = judge(Scope(ids=would), criteria.suggesting_now, now=now)
    met = {verdict.lead_id for verdict in verdicts if verdict.criterion_id is not None}
    (stage_id,) = criteria.suggesting
    return [Crossing(pk, stage_id, by_itself=False) for pk in would if pk not in met]


def _judged(
    question: Question, criteria: Criteria, rows: Mapping[int, Criterion], scope: Scope, now: datetime
) -> list[tuple[int, int]]:
    """Leads and the criterion among these that each of them meets."""
    if not rows:
        return []
    scores = {question.model_id: EVERYBODY if criteria.reads_company else POINTS}
    verdicts = judge(scope, rows, now=now, scores=scores, grids={question.model_id: question.grid})
    return [(verdict.lead_id, verdict.criterion_id) for verdict in verdicts if verdict.criterion_id is not None]


def _candidates(question: Question, criteria: Criteria, scope: Scope) -> dict[int, tuple[bool, bool]]:
    """Leads under way for which some leaf gives another answer: by their own score, by that of their company."""
    if criteria.changed == criteria.changed_company == "FALSE":
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT n.lead_id, {criteria.changed}, {criteria.changed_company} FROM {POINTS} n"
            " JOIN leads_lead l ON l.id = n.lead_id"
            f" LEFT JOIN leads_leadscore o ON o.lead_id = n.lead_id AND o.model_id = %(model)s{criteria.companies}"
            " WHERE l.outcome = '' AND l.archived_at IS NULL AND l.quiet_since IS NULL"
            f" AND {scope.condition('l.id')} AND ({criteria.changed} OR {criteria.changed_company}) ORDER BY n.lead_id",
            {**criteria.params, **scope.params, "model": question.model_id},
        )
        return {lead_id: (by_own, by_company) for lead_id, by_own, by_company in cursor.fetchall()}


@contextmanager
def _standing_there(reached: Mapping[int, int], now: datetime) -> Iterator[None]:
    """Inside, leads stand where they would: a temporary view hides the table of leads from this connection's reads.

    After an error the transaction is over, and they with it.
    """
    columns = ", ".join(_column(str(field.column), now) for field in Lead._meta.concrete_fields)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        (schema,) = cursor.fetchone()
        cursor.execute("CREATE TEMP TABLE whatif_reached (id bigint PRIMARY KEY, stage_id bigint)")
        pairs = [list(reached), list(reached.values())]
        cursor.execute("INSERT INTO whatif_reached SELECT * FROM unnest(%s::bigint[], %s::bigint[])", pairs)
        cursor.execute(
            f"CREATE TEMP VIEW leads_lead AS SELECT {columns}"
            f' FROM "{schema}".leads_lead t LEFT JOIN whatif_reached r ON r.id = t.id'
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP VIEW pg_temp.leads_lead; DROP TABLE pg_temp.whatif_reached")


def _column(name: str, now: datetime) -> str:
    if name == "stage_id":
        return "coalesce(r.stage_id, t.stage_id) AS stage_id"
    if name == "stage_since":
        return f"CASE WHEN r.id IS NULL THEN t.stage_since ELSE '{now.isoformat()}'::timestamptz END AS stage_since"
    return f't."{name}"'


def reasons(question: Question, ids: Sequence[int]) -> dict[int, tuple[list[int], bool]]:
    """Why the points of leads differ: places in `question.pairs`, the greatest difference first, and whether the
    new threshold is needed as well: the points asked about would not do for the one in force.
    """
    pairs = question.pairs
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.lead_id, n.points, n.parts, CASE WHEN o.version = %s THEN o.parts END"
            f" FROM {POINTS} n LEFT JOIN leads_leadscore o ON o.lead_id = n.lead_id AND o.model_id = %s"
            " WHERE n.lead_id = ANY(%s)",
            [question.base.number if question.base else 0, question.model_id, list(ids)],
        )
        rows = cursor.fetchall()
    found = {}
    for lead_id, points, new, old in rows:
        gaps = {
            place: (0 if at is None else new[at]) - (0 if was is None or old is None else old[was])
            for place, (was, at) in enumerate(pairs)
        }
        differing = sorted((place for place, gap in gaps.items() if gap), key=lambda place: -abs(gaps[place]))
        needs = question.was is not None and points < question.was
        found[lead_id] = (differing[:3], needs)
    return found
