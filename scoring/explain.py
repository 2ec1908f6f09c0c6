"""Why a lead has its score: each rule's part with its evidence, on any day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection

from leads.conditions.plan import Plan, Scope
from leads.models import Lead, ScoreModel
from scoring.checks import rule_errors
from scoring.engine import VersionSpec, select_scores, spec_of
from scoring.evidence import Evidence, evidence_of
from scoring.models import ModelVersion, VersionState
from scoring.rules import RuleSpec, part, part_changes, rule_words
from users.models import Organisation

# A half-life beyond any age: what the activities gave when they were fresh, whatever `of` they are counted by.
AGELESS = 10**15


class NotExplainable(Exception):
    """The version names something that is gone: an attribute, a page set. It cannot be reckoned any more."""


@dataclass(frozen=True)
class Line:
    """One rule's part. `fresh` is what it would be had nothing faded; `fades_on` is the first day it may change."""

    rule: str
    group: str
    points: int
    fresh: int = 0
    evidence: list[str] = field(default_factory=list)
    fades_on: date | None = None
    rests_on: Evidence | None = None


@dataclass(frozen=True)
class Explanation:
    """A score taken apart: points = sum of the lines + sum of the caps; fresh lines + fade + caps as well."""

    model: ScoreModel
    version: int
    at: date
    points: int
    fit: int
    engagement: int
    band: str
    lines: list[Line]
    caps: Mapping[str, int]
    next_change_on: date | None
    spec: VersionSpec
    source: ModelVersion

    @property
    def fade(self) -> int:
        """What fading has changed since the activities were fresh; not above zero unless points below zero fade."""
        return sum(line.points - line.fresh for line in self.lines)


def explain(lead: Lead, model: ScoreModel, *, at: date, today: date) -> Explanation | None:
    """The score of `lead` on day `at`, from the facts known that day, by the version in force on that day.

    None when no version of the model was in force. `today` decides whether `at` lies in the past.
    Raises NotExplainable.
    """
    version = version_on(model, at=at, today=today)
    return None if version is None else explain_by(version, lead, at=at, today=today)


def version_on(model: ScoreModel, *, at: date, today: date) -> ModelVersion | None:
    """The version in force at the end of a day; from today on the one in force now."""
    rows = ModelVersion.objects.filter(model=model).select_related("model")
    rows = rows.prefetch_related("groups", "rules__group")
    if at >= today:
        return rows.filter(state=VersionState.PUBLISHED).first()
    end = day_end(at)
    row = rows.filter(published_at__lt=end).order_by("-published_at", "-number").first()
    return None if row is None or (row.retired_at is not None and row.retired_at < end) else row


def day_end(day: date) -> datetime:
    """The first moment after an organisation's day."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=Organisation.load().zone)


def explain_by(version: ModelVersion, lead: Lead, *, at: date, today: date) -> Explanation:
    """The same by a given version (prefetch `rules__group` and `groups`). Raises NotExplainable."""
    spec, zone = spec_of(version), Organisation.load().zone
    if version.state != VersionState.PUBLISHED and not is_whole(spec.rules):
        raise NotExplainable(str(version))
    plan = Plan(today=at, zone=zone, past=at < today)
    scope = Scope(ids=[lead.pk])
    text = select_scores([spec], plan, scope)
    with connection.cursor() as cursor:
        cursor.execute(text, {**plan.params, **scope.params})
        _, _, _, _, points, fit, engagement, band, parts, next_change_on = cursor.fetchone()
    again = Plan(today=at, zone=zone, past=at < today, catalog=plan.catalog)
    fresh, fades = _fresh_and_fades(spec, again, scope)
    given = [index for index, got in enumerate(parts) if got]
    facts = Plan(today=at, zone=zone, past=at < today, catalog=plan.catalog)
    found = dict(zip(given, evidence_of([spec.rules[index] for index in given], lead.pk, facts), strict=True))
    lines = [
        Line(
            rule=rule_words(rule, plan.catalog),
            group=rule.group,
            points=parts[index],
            fresh=fresh[index] if parts[index] else 0,
            evidence=found[index].refs if index in found else [],
            fades_on=fades[index] if parts[index] else None,
            rests_on=found.get(index),
        )
        for index, rule in enumerate(spec.rules)
    ]
    caps = _caps(spec, parts)
    return Explanation(
        version.model,
        version.number,
        at,
        points,
        fit,
        engagement,
        band,
        lines,
        caps,
        next_change_on,
        spec,
        version,
    )


def is_whole(rules: Sequence[RuleSpec]) -> bool:
    """Whether everything the rules name is still there."""
    return not any(rule_errors(rule) for rule in rules)


def _caps(spec: VersionSpec, parts: Sequence[int]) -> dict[str, int]:
    """What each group's cap takes away, as a number not above zero."""
    caps = {}
    for group in spec.groups:
        total = sum(got for rule, got in zip(spec.rules, parts, strict=True) if rule.group == group.slug)
        if group.cap is not None:
            caps[group.slug] = min(0, group.cap - total)
    return caps


def _fresh_and_fades(spec: VersionSpec, plan: Plan, scope: Scope) -> tuple[list[int], list[date | None]]:
    """For each rule what it would give had nothing faded, and the first later day that time may change its part."""
    fresh = ", ".join(part(unfaded(rule), plan) for rule in spec.rules)
    days = ", ".join(next_day(rule, plan) for rule in spec.rules)
    fresh_parts, next_days = ask(f"ARRAY[{fresh}]::int[], ARRAY[{days}]::date[]", plan, scope)
    return fresh_parts, next_days


def ask(columns: str, plan: Plan, scope: Scope) -> tuple[Any, ...]:
    """One row of columns about the one lead in scope."""
    text = f"SELECT {columns} {plan.source(scope)} WHERE {scope.condition('l.id')}"
    with connection.cursor() as cursor:
        cursor.execute(text, {**plan.params, **scope.params})
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def unfaded(rule: RuleSpec) -> RuleSpec:
    """The rule as if its activities never aged."""
    if rule.half_life_days is None and rule.step_days is None:
        return rule
    return replace(rule, half_life_days=AGELESS, step_days=None, step_percent=None)


def next_day(rule: RuleSpec, plan: Plan) -> str:
    """The first day after the plan's on which time alone may change the rule's part, as SQL."""
    plan.new_horizon()
    days = [f"CASE WHEN {day} > {plan.today_literal} THEN {day} END" for day in part_changes(rule, plan)]
    return f"least({', '.join(days)})" if days else "NULL::date"
