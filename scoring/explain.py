"""Why a lead has its score: each rule's part with its evidence, on any day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from leads.conditions.activity import select
from leads.conditions.plan import Plan, Scope
from leads.conditions.tree import leaves
from leads.models import Lead, ScoreModel
from scoring.engine import VersionSpec, select_scores, spec_of
from scoring.models import ModelVersion, VersionState
from scoring.rules import RuleSpec, part_changes, rule_words
from users.models import Organisation

EVIDENCE = 5


@dataclass(frozen=True)
class Line:
    """One rule's part. `evidence` names activities; `fades_on` is the first day it may give other points."""

    rule: str
    group: str
    points: int
    evidence: list[str] = field(default_factory=list)
    fades_on: date | None = None


@dataclass(frozen=True)
class Explanation:
    """A score taken apart: points = sum of the lines + sum of the caps."""

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


def explain(lead: Lead, model: ScoreModel, *, at: date, today: date) -> Explanation | None:
    """The score of `lead` on day `at`, from the facts known that day, by the version in force now.

    None when the model has no published version. `today` decides whether `at` lies in the past.
    """
    version = (
        ModelVersion.objects.filter(model=model, state=VersionState.PUBLISHED)
        .prefetch_related("groups", "rules__group")
        .first()
    )
    if version is None:
        return None
    spec, scope = spec_of(version), Scope(ids=[lead.pk])
    past = at < today

    def fresh() -> Plan:
        return Plan(today=at, zone=Organisation.load().zone, past=past)

    plan = fresh()
    text = select_scores([spec], plan, scope)
    with connection.cursor() as cursor:
        cursor.execute(text, {**plan.params, **scope.params})
        _, _, _, _, points, fit, engagement, band, parts, next_change_on = cursor.fetchone()
    fades = _fades(spec, fresh(), scope)
    lines = [
        Line(
            rule=rule_words(rule, plan.catalog),
            group=rule.group,
            points=got,
            evidence=_evidence(rule, lead.pk, fresh()) if got else [],
            fades_on=fade if got else None,
        )
        for rule, got, fade in zip(spec.rules, parts, fades, strict=True)
    ]
    return Explanation(
        model, version.number, at, points, fit, engagement, band, lines, _caps(spec, parts), next_change_on
    )


def _caps(spec: VersionSpec, parts: list[int]) -> dict[str, int]:
    """What each group's cap takes away, as a number not above zero."""
    caps = {}
    for group in spec.groups:
        total = sum(got for rule, got in zip(spec.rules, parts, strict=True) if rule.group == group.slug)
        if group.cap is not None:
            caps[group.slug] = min(0, group.cap - total)
    return caps


def _fades(spec: VersionSpec, plan: Plan, scope: Scope) -> list[date | None]:
    """For each rule the first later day on which time alone may change its part."""
    columns = []
    for rule in spec.rules:
        plan.new_horizon()
        days = [f"CASE WHEN {day} > {plan.today_literal} THEN {day} END" for day in part_changes(rule, plan)]
        columns.append(f"least({', '.join(days)})" if days else "NULL::date")
    text = f"SELECT {', '.join(columns)} {plan.source(scope)} WHERE {scope.condition('l.id')}"
    with connection.cursor() as cursor:
        cursor.execute(text, {**plan.params, **scope.params})
        return list(cursor.fetchone())


def _evidence(rule: RuleSpec, lead_id: int, plan: Plan) -> list[str]:
    """The latest activities the rule counted, or the facts it rests on."""
    selections: list[Mapping[str, Any]] = [rule.per] if rule.per else []
    named: list[str] = []
    for leaf, spec in leaves(rule.condition) if rule.condition else ():
        if leaf.kind == "activity":
            selections.append(spec)
        elif leaf.kind in ("lead", "company"):
            named.append(f"{leaf.kind}:{spec['field']}")
        else:
            named.append(f"{leaf.kind}:{spec.get('part') or spec.get('field') or ''}".rstrip(":"))
    named = list(dict.fromkeys(named))  # several leaves may rest on one field
    found = [select(spec, plan) for spec in selections]
    filters = [f"({selection.evidence} AND {selection.filter})" for selection in found]
    if filters:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT a.id FROM leads_activity a WHERE a.lead_id = %(lead)s AND ({' OR '.join(filters)})"
                f" AND {plan.known('a')} ORDER BY a.occurred_at DESC, a.id DESC LIMIT {EVIDENCE}",
                {"lead": lead_id, **plan.params},
            )
            named += [f"activity:{pk}" for (pk,) in cursor.fetchall()]
    return named
