"""Buying phases read back: of a page of leads, of one lead with its past, and how many leads each rule matches."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from leads.conditions.catalog import Catalog
from leads.conditions.plan import Scope
from leads.conditions.select import TooManyToCount, plan_for, within
from leads.conditions.tree import InvalidCondition, compile_tree, sentence, validate
from leads.models import Lead, Phase, PhaseChange, PhaseRule

SHOWN = 6
COUNT_SECONDS = 3.0  # a page waits no longer


def latest_phases(lead_ids: Sequence[int]) -> dict[int, Phase]:
    """The buying phase of each of these leads that has one."""
    rows = PhaseChange.objects.filter(lead_id__in=lead_ids).order_by("lead_id", "-pk").distinct("lead_id")
    return {lead: Phase(phase) for lead, phase in rows.values_list("lead_id", "phase")}


def in_phases(leads: QuerySet[Lead], phases: Collection[str]) -> QuerySet[Lead]:
    """Leads whose latest phase is one of these."""
    later = PhaseChange.objects.filter(lead=OuterRef("lead"), pk__gt=OuterRef("pk"))
    latest = PhaseChange.objects.filter(~Exists(later), phase__in=phases)
    return leads.filter(pk__in=latest.values("lead"))


def phase_history(lead_id: int) -> list[PhaseChange]:
    """The last changes of a lead's phase, newest first."""
    rows = PhaseChange.objects.filter(lead=lead_id).select_related("rule", "by").order_by("-pk")
    return list(rows[:SHOWN])


@dataclass
class RuleRow:
    """A rule as its page shows it; `count` None: counting takes too long. Not `is_askable`: its condition is broken."""

    rule: PhaseRule
    words: str
    is_askable: bool
    count: int | None = None


def rule_rows(now: datetime) -> list[RuleRow]:
    """All rules in words, and how many leads each matches now, in one statement; without counts where it takes long."""
    plan = plan_for(now)
    rows = [
        RuleRow(rule, sentence(rule.condition, plan.catalog), _may_be_asked(rule.condition, plan.catalog))
        for rule in PhaseRule.objects.order_by("pk")
    ]
    askable = [row for row in rows if row.is_askable]
    if askable:
        columns = ", ".join(f"count(*) FILTER (WHERE {compile_tree(row.rule.condition, plan)})" for row in askable)
        text = f"SELECT {columns} {plan.source(Scope())} WHERE l.archived_at IS NULL"
        with suppress(TooManyToCount), within(COUNT_SECONDS), connection.cursor() as cursor:
            cursor.execute(text, plan.params)
            for row, count in zip(askable, cursor.fetchone(), strict=True):
                row.count = count
    return rows


def _may_be_asked(condition: Any, catalog: Catalog) -> bool:
    try:
        validate(condition, catalog=catalog)
    except InvalidCondition:
        return False
    return True
