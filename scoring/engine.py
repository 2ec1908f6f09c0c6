"""The engine: published model versions compiled to one SQL statement per set of leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from leads.conditions.plan import Plan, Scope
from scoring.models import ModelVersion, Rule, VersionState
from scoring.rules import RuleSpec, part, part_changes


@dataclass(frozen=True)
class GroupSpec:
    """Rules under one cap; `kind` is fit or engagement."""

    slug: str
    kind: str
    cap: int | None = None


@dataclass(frozen=True)
class VersionSpec:
    """A model version as the engine sees it: nothing but values, so that drafts and tests compile the same way."""

    model_id: int
    number: int
    rules: Sequence[RuleSpec]
    groups: Sequence[GroupSpec]
    bands: Sequence[dict[str, Any]]
    history_step: int = 10


def spec_of(version: ModelVersion) -> VersionSpec:
    """Read a stored version (prefetch `rules__group` and `groups`)."""
    return VersionSpec(
        model_id=version.model_id,
        number=version.number,
        groups=[GroupSpec(group.slug, group.kind, group.cap) for group in version.groups.all()],
        bands=version.bands,
        history_step=version.history_step,
        rules=[rule_of(rule, rule.group.slug) for rule in version.rules.all()],
    )


def rule_of(rule: Rule, group: str = "") -> RuleSpec:
    """Read a stored rule; its group need not be known to check or word it."""
    return RuleSpec(
        points=rule.points,
        group=group,
        condition=rule.condition,
        per=rule.per,
        max_units=rule.max_units,
        half_life_days=rule.half_life_days,
        label=rule.label,
        step_days=rule.step_days,
        step_percent=rule.step_percent,
    )


def published() -> list[VersionSpec]:
    """The version in force of every model that has one."""
    rows = ModelVersion.objects.filter(state=VersionState.PUBLISHED).order_by("model_id")
    return [spec_of(row) for row in rows.prefetch_related("groups", "rules__group")]


def ask_published(plan: Plan) -> None:
    """Put into a plan what all rules in force ask."""
    select_scores(published(), plan, Scope())


def select_scores(versions: Sequence[VersionSpec], plan: Plan, scope: Scope, *, and_changes: bool = True) -> str:
    """SELECT lead_id, model_id, version, history_step, points, fit, engagement, band, parts, next_change_on.

    One pass over the activities serves all rules of all versions. Parameters are those of `plan` and `scope`.
    Without `and_changes` nobody asks for the day of the next change: it is NULL and costs nothing.
    """
    columns, rows = [], []
    for index, version in enumerate(versions):
        names = [f"v{index}_{number}" for number in range(len(version.rules))]
        columns += [f"{part(rule, plan)} AS {name}" for rule, name in zip(version.rules, names, strict=True)]
        columns.append(f"{_next_change(version, plan) if and_changes else 'NULL::date'} AS v{index}_next")
        rows.append(_row(version, names, f"v{index}_next"))
    source = plan.source(scope)  # after the columns: they tell the plan what to join
    # OFFSET 0 keeps the planner from pasting each rule's expression into every place it is used.
    return f"""
        SELECT x.lead_id, s.model_id, s.version, s.history_step, s.fit + s.engagement AS points, s.fit, s.engagement,
               {_band(versions)} AS band, s.parts, s.next_change_on
        FROM (SELECT l.id AS lead_id, {", ".join(columns)} {source} WHERE {scope.condition("l.id")} OFFSET 0) x
        CROSS JOIN LATERAL (VALUES {", ".join(rows)})
            AS s (model_id, version, history_step, fit, engagement, parts, next_change_on)"""


def _row(version: VersionSpec, names: Sequence[str], next_change: str) -> str:
    """One VALUES row: groups summed and capped, fit and engagement apart."""
    totals = {"fit": ["0"], "engagement": ["0"]}
    for group in version.groups:
        parts = [f"x.{name}" for name, rule in zip(names, version.rules, strict=True) if rule.group == group.slug]
        if parts:
            total = " + ".join(parts)
            totals[group.kind].append(total if group.cap is None else f"least({total}, {group.cap:d})")
    fit, engagement = (" + ".join(totals[kind]) for kind in ("fit", "engagement"))
    parts_array = f"ARRAY[{', '.join(f'x.{name}' for name in names)}]::int[]"
    return (
        f"({version.model_id:d}, {version.number:d}, {version.history_step:d}, {fit}, {engagement}, {parts_array},"
        f" x.{next_change})"
    )


def _band(versions: Sequence[VersionSpec]) -> str:
    """The band of s.points by each model's thresholds."""
    cases = []
    for version in versions:
        inner = " ".join(
            f"WHEN s.fit + s.engagement >= {band['from']:d} THEN '{band['band']}'"
            for band in version.bands
            if band["from"] is not None
        )
        cases.append(f"WHEN {version.model_id:d} THEN CASE {inner} ELSE '{version.bands[-1]['band']}' END")
    return f"CASE s.model_id {' '.join(cases)} END"


def _next_change(version: VersionSpec, plan: Plan) -> str:
    plan.new_horizon()
    dates = dict.fromkeys(day for rule in version.rules for day in part_changes(rule, plan))
    later = [f"nullif(greatest({day}, {plan.today_literal}), {plan.today_literal})" for day in dates]
    return f"least({', '.join(later)})" if later else "NULL::date"


def write_scores(versions: Sequence[VersionSpec], plan: Plan, scope: Scope) -> str:
    """The statement that scores `scope` and writes only what differs, with history.

    Its parameters are those of `plan` and `scope`, and %(now)s. It returns one row: how many scores were written and
    the leads whose band changed.
    """
    scores = select_scores(versions, plan, scope)
    models = ", ".join(f"{version.model_id:d}" for version in versions)
    # A range is read in order; single leads are looked up one by one.
    stored = "TRUE" if scope.ids is not None else scope.condition("c.lead_id")
    return f"""
        WITH scored AS ({scores}),
        written AS (
            INSERT INTO leads_leadscore AS o
                (lead_id, model_id, version, points, fit, engagement, band, parts, next_change_on)
            SELECT n.lead_id, n.model_id, n.version, n.points, n.fit, n.engagement, n.band, n.parts, n.next_change_on
            FROM scored n LEFT JOIN leads_leadscore c
                ON c.lead_id = n.lead_id AND c.model_id = n.model_id AND c.model_id IN ({models}) AND {stored}
            WHERE (c.version, c.points, c.fit, c.engagement, c.band, c.parts, c.next_change_on) IS DISTINCT FROM
                  (n.version, n.points, n.fit, n.engagement, n.band, n.parts, n.next_change_on)
            ON CONFLICT (lead_id, model_id) DO UPDATE SET version = excluded.version, points = excluded.points,
                fit = excluded.fit, engagement = excluded.engagement, band = excluded.band, parts = excluded.parts,
                next_change_on = excluded.next_change_on
            RETURNING new.lead_id, new.model_id, new.version, new.points, new.fit, new.engagement, new.band,
                      old.points AS points_before, old.band AS band_before
        ),
        kept AS (
            INSERT INTO leads_scorehistory (lead_id, model_id, version, points, fit, engagement, band, recorded_at)
            SELECT lead_id, model_id, version, points, fit, engagement, band, %(now)s
            FROM written
            WHERE points_before IS NULL OR band IS DISTINCT FROM band_before
               OR abs(points - points_before) >= {_steps(versions)}
        )
        SELECT count(*), array_agg(lead_id) FILTER (WHERE band IS DISTINCT FROM band_before) FROM written"""


def _steps(versions: Sequence[VersionSpec]) -> str:
    cases = " ".join(f"WHEN {version.model_id:d} THEN {version.history_step:d}" for version in versions)
    return f"CASE model_id {cases} END"
