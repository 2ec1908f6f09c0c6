"""Where a lead stands and what it would take to go on: the stage line, the gap to the next stage, legal moves."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.access.moves import why_not_by
from leads.conditions.catalog import Catalog
from leads.conditions.plan import Scope
from leads.conditions.select import plan_for
from leads.conditions.tree import compile_tree, wanted, words
from leads.lifecycle.criteria import in_force
from leads.lifecycle.rules import Standing, refusal
from leads.models import Cause, Criterion, Lead, LeadScore, Outcome, Realm, Stage, StageChange, StageRole
from leads.queries.local import local
from users.models import User


@dataclass(frozen=True)
class Station:
    """A stage as the stage line draws it."""

    stage: Stage
    state: str
    note: str = ""


@dataclass(frozen=True)
class Goal:
    """The score the criterion of the next stage asks for."""

    stage: Stage
    model_slug: str
    points: int

    def missing(self, score: LeadScore | None) -> int:
        """How many points still want."""
        return max(self.points - (score.points if score else 0), 0)


def next_goal(lead: Lead, stages: Sequence[Stage], criteria: dict[int, Criterion]) -> Goal | None:
    """The threshold of the next stage that asks for a score, or None."""
    if lead.outcome:
        return None
    for stage in stages:
        if stage.position <= lead.stage.position or stage.pk not in criteria:
            continue
        if goal := goal_of(criteria[stage.pk]):
            return goal
    return None


def goal_of(criterion: Criterion) -> Goal | None:
    """The first score a criterion asks for; no "not" asks for one."""
    for spec in wanted(criterion.condition, Catalog()):
        if spec["leaf"] == "score" and spec["op"] in ("gte", "gt"):
            least = math.floor(spec["value"]) + 1 if spec["op"] == "gt" else math.ceil(spec["value"])
            return Goal(criterion.stage, spec["model"], least)
    return None


def entries_of(lead: Lead) -> dict[int, StageChange]:
    """The counted entry of each stage in the lead's present pass (R5), by the id of the stage it counts as."""
    rows = StageChange.objects.filter(
        lead=lead, cycle=lead.cycle, outcome="", backward=False, undoes=None, undone_by=None
    ).order_by("id")
    found: dict[int, StageChange] = {}
    for row in rows.select_related("to_stage"):
        found.setdefault(row.to_stage.counts_as_id, row)
    return found


def stations(
    lead: Lead, stages: Sequence[Stage], goal: Goal | None, score: LeadScore | None, now: datetime
) -> list[Station]:
    """The stage line: when each stage was entered and how long after the one before; what the next one wants."""
    entries, here = entries_of(lead), lead.stage.counts_as_id
    place = next((stage.position for stage in stages if stage.pk == here), lead.stage.position)
    line: list[Station] = []
    before: datetime | None = None
    for stage in stages:
        entry = entries.get(stage.pk)
        if stage.position > place:
            line.append(Station(stage, "next", _wanted(stage, goal, score)))
            continue
        state = "now" if stage.pk == here else "past"
        line.append(Station(stage, state, _when(lead, entry, before, now, is_now=state == "now")))
        if entry is not None and not entry.passed_through:
            before = entry.occurred_at
    return line


def _when(lead: Lead, entry: StageChange | None, before: datetime | None, now: datetime, *, is_now: bool) -> str:
    at = lead.stage_since if is_now and (entry is None or lead.stage_since > entry.occurred_at) else None
    at = at or (entry.occurred_at if entry else None)
    if at is None:
        return ""
    day = date_format(local(at), "j M")
    if entry is not None and entry.passed_through:
        return _("%(day)s, passed") % {"day": day}
    if is_now and not lead.outcome:
        return _("%(day)s, day %(n)d") % {"day": day, "n": _days(at, now) + 1}
    if before is None:
        return day
    span = _days(before, at)
    return ngettext("%(day)s, after %(n)d d", "%(day)s, after %(n)d d", span) % {"day": day, "n": span}


def _days(start: datetime, end: datetime) -> int:
    return (local(end).date() - local(start).date()).days


def _wanted(stage: Stage, goal: Goal | None, score: LeadScore | None) -> str:
    if stage.role == StageRole.OPPORTUNITY:
        return _("needs proof")
    if goal is not None and goal.stage == stage and score is not None:
        return _("%(points)d of %(goal)d points") % {"points": score.points, "goal": goal.points}
    return ""


@dataclass(frozen=True)
class Demand:
    """One part of a criterion and whether the lead meets it."""

    words: str
    is_met: bool


def demands(lead: Lead, criterion: Criterion, now: datetime) -> list[Demand]:
    """The parts of a criterion, judged for one lead in one statement."""
    tree: dict[str, Any] = criterion.condition
    parts = tree.get("all", [tree])
    plan, scope = plan_for(now), Scope(ids=[lead.pk])
    columns = ", ".join(compile_tree(part, plan) for part in parts)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} {plan.source(scope)} WHERE {scope.condition('l.id')}", {**plan.params, **scope.params}
        )
        met = cursor.fetchone()
    texts = [words(part, plan.catalog) for part in parts]
    return [Demand(text[:1].upper() + text[1:], is_met) for text, is_met in zip(texts, met, strict=True)]


def next_criterion(lead: Lead, stages: Sequence[Stage], now: datetime) -> Criterion | None:
    """The criterion of the stage after the lead's, on the same side of the handover."""
    criteria = in_force(now)
    for stage in stages:
        if stage.position > lead.stage.position and stage.realm == lead.stage.realm:
            return criteria.get(stage.pk)
    return None


@dataclass(frozen=True)
class Way:
    """A place a lead might be moved to by hand, and why not."""

    to: str
    label: str
    refused: str
    kind: str  # forward, backward or outcome


def ways(lead: Lead, stages: Sequence[Stage], user: User) -> list[Way]:
    """Every stage and outcome, with the reason where this person may not move the lead there."""
    here = Standing(lead.stage, lead.outcome, lead.cycle, lead.stage_since)
    found = []
    for stage in stages:
        why = refusal(here, stage, Cause.PERSON, begins=False) or why_not_by(user, stage)
        back = not lead.outcome and stage.position < lead.stage.position
        found.append(Way(stage.slug, f"{stage.label} · {stage.name}", why, "backward" if back else "forward"))
    for outcome in (Outcome.NURTURE, Outcome.DISQUALIFIED):
        why = refusal(here, outcome, Cause.PERSON, begins=False)
        found.append(Way(outcome.value, str(outcome.label), why, "outcome"))
    return found


def is_worked_by_sales(lead: Lead) -> bool:
    """Whether sales has accepted the lead and its pass is open."""
    return lead.stage.realm == Realm.SALES and not lead.outcome
