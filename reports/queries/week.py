"""One week in figures for the meeting of marketing and sales, against the week before. Set-based, JSON out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Min

from leads.lifecycle.entries import Mode
from leads.models import Handover, HandoverState
from reports.queries.feedback import Counts, Feedback, feedback
from reports.queries.funnel import Funnel, funnel
from reports.queries.rules import rules_to_look_at
from reports.queries.scope import ReportFilter
from reports.queries.service import BROKEN, Level, clocks, service_levels

WEEK = timedelta(days=7)
LOOKED_BACK = timedelta(days=90)  # for what a week alone has too few of
LEAST = 5  # judged leads from which on a rule is spoken of
TOP = 5
NAMED = 20
FAILING = "failing"


def week_in_figures(week_from: date, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """The figures of the week that begins on a Monday. What stands open or stuck is told as of `now`."""
    week = ReportFilter(starts_on=week_from, ends_on=week_from + WEEK - timedelta(days=1), zone=zone, mode=Mode.PERIOD)
    before = replace(week, starts_on=week.starts_on - WEEK, ends_on=week.ends_on - WEEK)
    long = replace(week, starts_on=week.ends_on - LOOKED_BACK)
    said, said_before = feedback(week), feedback(before)
    line, levels = funnel(long), service_levels(week, now)
    return {
        "numbers": _numbers(funnel(week), funnel(before)),
        "decisions": {"now": _decisions(said.whole), "before": _decisions(said_before.whole)},
        "reasons": [{"decision": row.decision, "label": row.label, "n": row.n} for row in said.reasons[:TOP]],
        "missing": [{"label": row.label, "n": row.n} for row in said.missing[:TOP]],
        "levels": [_level(level) for level in levels if level.n or level.open_late],
        "breaches": _breaches(week, now),
        "rules": _rules(feedback(long)),
        "cards": rules_to_look_at(week.scope.until, now=now),
        "stuck": _stuck(now),
        "questions": _questions(levels, line, now),
    }


def _numbers(now: Funnel, before: Funnel) -> list[dict[str, Any]]:
    rows = [
        {"label": row.stage.label, "name": row.stage.name, "now": row.entries, "before": then.entries}
        for row, then in zip(now.stages, before.stages, strict=True)
    ]
    return rows + [
        {"outcome": outcome, "now": n, "before": before.outcomes[outcome]} for outcome, n in now.outcomes.items()
    ]


def _decisions(counts: Counts) -> dict[str, int]:
    return {
        "accepted": counts.accepted,
        "returned": counts.returned,
        "rejected": counts.rejected,
        "duplicate": counts.duplicate,
    }


def _level(level: Level) -> dict[str, Any]:
    return {
        "kind": level.kind.value,
        "agreed": level.agreed,
        "unit": level.unit,
        "n": level.n,
        "late": level.late,
        "open_late": level.open_late,
        "found": level.mean_found,
        "status": level.status,
    }


def _breaches(week: ReportFilter, now: datetime) -> dict[str, Any]:
    """The clocks whose time ran out in the week, the longest late first."""
    around = replace(week, starts_on=week.ends_on - LOOKED_BACK, ends_on=now.astimezone(week.zone).date())
    scope = week.scope
    found = [clock for clock in clocks(around.scope) if clock.broke_within(scope.since, scope.until, now)]
    found.sort(key=lambda clock: (clock.due_at or now, clock.lead_id))
    rows = [
        {
            "lead": clock.lead_id,
            "kind": clock.kind,
            "user": clock.user_id,
            "team": clock.team_id,
            "due_at": clock.due_at.isoformat() if clock.due_at else None,
            "is_done": clock.ended_at is not None,
        }
        for clock in found[:NAMED]
    ]
    return {"n": len(found), "rows": rows}


def _rules(said: Feedback) -> list[dict[str, Any]]:
    """Rules whose leads sales refused more often than others, among those with enough of them."""
    usual = said.whole.accepted_rate
    rows = [
        (row.counts.accepted_rate, row)
        for row in said.slices["rule"]
        if row.counts.judged >= LEAST and row.counts.accepted_rate is not None
    ]
    worse = sorted((rate, row.label, row) for rate, row in rows if usual is not None and rate < usual)
    return [
        {"rule": label, "accepted": row.counts.accepted, "judged": row.counts.judged, "rate": rate, "usual": usual}
        for rate, label, row in worse[:TOP]
    ]


_STUCK = """
SELECT s.label, s.limit_days, count(*), (array_agg(l.id ORDER BY l.stage_since, l.id))[1:%s],
       extract(day FROM %s - min(l.stage_since))::int
FROM leads_lead l JOIN leads_stage s ON s.id = l.stage_id
WHERE s.limit_days IS NOT NULL AND l.outcome = '' AND l.archived_at IS NULL
  AND l.stage_since < %s - make_interval(days => s.limit_days)
GROUP BY s.id ORDER BY s.position
"""


def _stuck(now: datetime) -> list[dict[str, Any]]:
    """Leads that stand longer at a stage than it allows."""
    with connection.cursor() as cursor:
        cursor.execute(_STUCK, [TOP, now, now])
        return [
            {"stage": label, "limit": limit, "n": n, "leads": leads, "longest": longest}
            for label, limit, n, leads, longest in cursor.fetchall()
        ]


def _questions(levels: Sequence[Level], line: Funnel, now: datetime) -> list[dict[str, Any]]:
    """What the meeting is to answer."""
    late = Handover.objects.filter(state=HandoverState.OPEN, due_at__lt=now, lead__archived_at=None)
    waiting = list(late.order_by("due_at").values_list("lead_id", flat=True)[: NAMED + 1])
    returned = Handover.objects.filter(
        state=HandoverState.RETURNED,
        decided_at__gt=now - LOOKED_BACK,
        lead__outcome="",
        lead__quiet_since__isnull=False,
        lead__archived_at=None,
    )
    resting = list(returned.values_list("lead_id").annotate(at=Min("decided_at")).order_by("at")[: NAMED + 1])
    found: list[dict[str, Any]] = []
    if waiting:
        found.append({"ask": "waiting", "n": late.count(), "leads": waiting[:TOP]})
    if resting:
        number = returned.values("lead").distinct().count()
        found.append({"ask": "resting", "n": number, "leads": [lead_id for lead_id, _at in resting[:TOP]]})
    for level in levels:
        if level.status == BROKEN:
            said = {"kind": level.kind.value, "found": level.mean_found, "agreed": level.agreed, "unit": level.unit}
            found.append({"ask": "level", **said})
    for before, row in zip(line.stages, line.stages[1:], strict=False):
        if row.band == FAILING:
            found.append({"ask": "step", "from": before.stage.label, "to": row.stage.label, "rate": row.step_rate})
    return found
