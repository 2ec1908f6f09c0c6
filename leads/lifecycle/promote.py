"""Promotion by criteria: judged for whole sets of leads in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import connection

from leads.activity.news import touch
from leads.conditions.plan import Plan, Scope
from leads.conditions.prepared import execute
from leads.conditions.select import plan_for
from leads.conditions.tree import changes, compile_tree
from leads.lifecycle.criteria import in_force, next_effective
from leads.lifecycle.hooks import Moved
from leads.lifecycle.locks import hold
from leads.lifecycle.move import Move, move
from leads.lifecycle.phase import Facts, days_to_look, rules_in_use, settle_phases
from leads.models import Cause, Criterion, CriterionMode, PhaseRule, Realm, Stage, StageRole
from users.transactions import one_transaction


@dataclass(frozen=True)
class Verdict:
    """What the criteria say about one lead: the criterion of the stage it reaches, and when to look again."""

    lead_id: int
    stage_id: int
    criterion_id: int | None
    check_on: date | None


@one_transaction()
def wake(lead_ids: Sequence[int], fact_ats: Sequence[datetime]) -> None:
    """End the rest of leads that a fact touched which was recorded after they were laid to rest (R3)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE leads_lead l SET quiet_since = NULL"
            " FROM (SELECT id, max(fact_at) AS fact_at FROM unnest(%s::bigint[], %s::timestamptz[]) t (id, fact_at)"
            " GROUP BY id) f WHERE l.id = f.id AND l.quiet_since < f.fact_at",
            [list(lead_ids), list(fact_ats)],
        )


@one_transaction()
def settle(scope: Scope, *, now: datetime, facts: Facts = (), locked: bool = False) -> None:
    """Find the buying phases of leads that were just scored, then promote them.

    Criteria may ask for phases and phase rules for stages: leads that went on are asked for their phase once more, and
    those whose phase changed by that are touched.
    """
    phases = rules_in_use()
    settle_phases(scope, phases, now=now, facts=facts, locked=locked)
    moved = promote(scope, now=now, locked=locked, phases=phases)
    if moved and phases:
        there = Scope(ids=sorted({m.lead_id for m in moved}))
        touch(settle_phases(there, phases, now=now, facts=facts, locked=True), fact_at=None)


@one_transaction()
def promote(scope: Scope, *, now: datetime, locked: bool = False, phases: Sequence[PhaseRule] = ()) -> list[Moved]:
    """Move every lead of `scope` to the highest stage whose automatic criteria it meets.

    Only upwards, never across the handover, not while the lead rests, its campaign has ended or the stage cools down.
    Unless the caller holds the leads' locks (`locked`), those about to move are locked and judged again.
    Those that moved are judged once more, for criteria about the stage itself. `phases` are the rules of buying phases:
    the day on which time alone may make one true is stored with that of the criteria.
    """
    criteria, moved = automatic(now), list[Moved]()
    if not criteria and not phases and next_effective(now) is None:
        return moved
    slugs = {row.pk: row.stage.slug for row in criteria.values()}
    while True:
        verdicts = judge(scope, criteria, now=now, phases=phases)
        if not locked and verdicts:
            ids = [verdict.lead_id for verdict in verdicts]
            hold(ids)
            verdicts, locked = judge(Scope(ids=ids), criteria, now=now, phases=phases), True
        _look_again(verdicts)
        moves = [
            Move(lead_id=v.lead_id, to=slugs[v.criterion_id], cause=Cause.CRITERIA, cause_id=v.criterion_id)
            for v in verdicts
            if v.criterion_id is not None
        ]
        if not moves:
            return moved
        moved += move(moves, by=None, now=now)
        scope = Scope(ids=[wish.lead_id for wish in moves])


def automatic(now: datetime) -> dict[int, Criterion]:
    """Automatic criteria in force. An opportunity needs a person's proof, so it is never reached by itself."""
    return {
        stage_id: row
        for stage_id, row in in_force(now).items()
        if row.mode == CriterionMode.AUTOMATIC and row.stage.role != StageRole.OPPORTUNITY
    }


def judge(
    scope: Scope,
    criteria: Mapping[int, Criterion],
    *,
    now: datetime,
    phases: Sequence[PhaseRule] = (),
    scores: Mapping[int, str] | None = None,
    grids: Mapping[int, Mapping[str, list[int]] | None] | None = None,
) -> list[Verdict]:
    """The verdicts that change something: leads that move, or are to be looked at on another day.

    `scores` names other tables for the scores of models, and `grids` their grids, for the question "what if".
    """
    coming = next_effective(now)

    def text(plan: Plan) -> str:
        return _verdicts(plan, scope, criteria, phases, coming)

    with connection.cursor() as cursor:
        if scores:
            plan = plan_for(now)
            plan.scores, plan.grids = scores, grids or {}
            cursor.execute(text(plan), {**plan.params, **scope.params, "now": now})
        else:
            made_from = [
                *((c.pk, c.condition, c.cooldown_days, c.stage.position, c.stage.realm) for c in criteria.values()),
                *((rule.pk, rule.condition) for rule in phases),
                coming,
            ]
            execute(cursor, "verdict", scope, text, now=now, made_from=made_from)
        return [Verdict(*row) for row in cursor.fetchall()]


def ask_everything(plan: Plan) -> None:
    """Put into a plan what criteria ask, those to come too, and on which days phase rules are to be looked at."""
    _verdicts(plan, Scope(), automatic(datetime.max.replace(tzinfo=UTC)), list(PhaseRule.objects.all()), None)


def _verdicts(
    plan: Plan,
    scope: Scope,
    criteria: Mapping[int, Criterion],
    phases: Sequence[PhaseRule],
    coming: datetime | None,
) -> str:
    """The statement of all verdicts. A lead at rest is looked at for its buying phase only: what ends it touches it."""
    reached, dates = _reached(plan, criteria)
    if coming:
        dates.append(_later(f"DATE '{coming.astimezone(plan.zone).date()}'", plan))
    check_on = _first(dates)
    phase_on = _first([_later(day, plan) for day in days_to_look(phases, plan)])
    awake = (
        "l.outcome = '' AND l.archived_at IS NULL AND l.quiet_since IS NULL"
        " AND (k.ended_at IS NULL OR k.ended_at > %(now)s)"
    )
    return f"""
        SELECT id, stage_id, criterion_id, check_on FROM (
            SELECT l.id, l.stage_id, l.next_check_on, CASE WHEN {awake} THEN {reached} END AS criterion_id,
                   least(CASE WHEN {awake} THEN {check_on} END,
                         CASE WHEN l.archived_at IS NULL THEN {phase_on} END) AS check_on
            {plan.source(scope)}
            JOIN leads_stage st ON st.id = l.stage_id
            LEFT JOIN leads_campaign k ON k.id = l.campaign_id
            WHERE {scope.condition("l.id")} AND (({awake}) OR l.next_check_on IS NOT NULL OR {phase_on} IS NOT NULL)
        ) v WHERE criterion_id IS NOT NULL OR check_on IS DISTINCT FROM next_check_on ORDER BY id"""


def _reached(plan: Plan, criteria: Mapping[int, Criterion]) -> tuple[str, list[str]]:
    """The criterion of the highest stage a lead reaches, and the dates on which time alone may change it, as SQL."""
    reached, dates = [], []
    for row in sorted(criteria.values(), key=lambda row: -row.stage.position):
        plan.new_horizon()
        below, cool_on = _below(row.stage), _cool_on(row, plan)
        cool = f"coalesce({cool_on} <= {plan.today_literal}, TRUE)" if cool_on else "TRUE"
        reached.append(f"WHEN {below} AND {cool} AND {compile_tree(row.condition, plan)} THEN {row.pk}")
        dates += [
            f"CASE WHEN {below} THEN {_later(day, plan)} END"
            for day in (*changes(row.condition, plan, True), *([cool_on] if cool_on else []))
        ]
    return f"CASE {' '.join(reached)} END" if reached else "NULL::bigint", dates


def _later(day: str, plan: Plan) -> str:
    """An SQL date where it lies after today."""
    return f"CASE WHEN {day} > {plan.today_literal} THEN {day} END"


def _first(days: Sequence[str]) -> str:
    """The earliest of SQL dates."""
    return f"least({', '.join(days)})" if days else "NULL::date"


def _below(stage: Stage) -> str:
    """Stands below `stage`, and on the same side of the handover when the stage lies in sales."""
    below = f"st.position < {stage.position}"
    return f"{below} AND st.realm = 'sales'" if stage.realm == Realm.SALES else below


def _cool_on(row: Criterion, plan: Plan) -> str:
    """The day the cool-down of a lead sent back from the stage ends, as SQL; nothing without a cool-down."""
    if not row.cooldown_days:
        return ""
    return (
        f"(SELECT max({plan.day('h.occurred_at')}) + {row.cooldown_days:d} FROM leads_stagechange h"
        f" WHERE h.lead_id = l.id AND h.from_stage_id = {row.stage_id} AND h.backward AND h.undoes_id IS NULL"
        " AND NOT EXISTS (SELECT FROM leads_stagechange u WHERE u.undoes_id = h.id))"
    )


def _look_again(verdicts: Sequence[Verdict]) -> None:
    """Store the day on which time alone may make a criterion or a phase rule true."""
    if verdicts:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE leads_lead l SET next_check_on = v.day FROM unnest(%s::bigint[], %s::date[]) v (id, day)"
                " WHERE l.id = v.id AND l.next_check_on IS DISTINCT FROM v.day",
                [[v.lead_id for v in verdicts], [v.check_on for v in verdicts]],
            )
