"""How a version would have done on days gone by: replayed on the facts known then, whose end is known now.

The passes that came furthest tell whether the version would have found them, and how early; decisions of sales and
ends of passes tell how often it would have been right. Both are bounded, the latest first, and say so.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import mean
from typing import Any

from django.db import connection

from leads.conditions.catalog import Catalog
from leads.conditions.plan import Plan, Scope
from leads.lifecycle.entries import Mode, PassScope, first_entries
from leads.models import Outcome, ScoreModel, Stage
from scoring.engine import VersionSpec, select_scores
from scoring.question import Question
from scoring.samples import ACCEPTED, WON, Samples, days_of, decisions, endings
from users.models import Organisation

MOST_PASSES, MOST_DAYS, MOST_SAID = 200, 180, 500
FEW = 5  # passes: with fewer in a quarter, more days are looked at
YEAR = timedelta(days=365)
SINCE_EVER = datetime.min.replace(year=1900)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A pass that came to the end looked for, the day it began and, where its time is known, came to the decided
    stage."""

    lead_id: int
    began_on: date
    arrived_on: date
    entered_on: date | None


@dataclass(frozen=True)
class _Period:
    name: str
    since: datetime
    until: datetime


def backtest(question: Question, *, now: datetime, progress: Progress | None = None) -> dict[str, Any]:
    """The answer as JSON: `found` (how many of those who arrived, how much earlier) and `right` (of what was said)."""
    if question.decision is None or question.threshold is None:
        return {"found": None, "right": {}, "made_at": now.isoformat()}
    zone = Organisation.load().zone
    period, arrivals, unknown, is_cut = _arrivals(question, now)
    end = _end_of(question)
    said = _said(question, now)
    waits = _waiting_days(arrivals)
    asked = {which: days_of(samples) for which, samples in said.items()}
    steps = _Steps(len(waits) + sum(map(len, asked.values())), progress)
    first = _first_days(question, waits, steps)
    today = now.astimezone(zone).date()
    return {
        "found": _found(arrivals, first)
        | {
            "period": period.name,
            "since": max(period.since.astimezone(zone).date(), date(1900, 1, 1)).isoformat(),
            "until": min(period.until.astimezone(zone).date() - timedelta(days=1), today).isoformat(),
            "end": end.pk if end else Outcome.WON.value,
            "goal": question.decision.stage.pk,
            "unknown": unknown,
            "is_cut": is_cut,
        },
        "right": {which: _right(question, samples, asked[which], steps) for which, samples in said.items()},
        "made_at": now.isoformat(),
    }


class _Steps:
    """How far the replay has come."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.done, self.total, self.progress = 0, total, progress

    def take(self) -> None:
        """One day is done."""
        self.done += 1
        if self.progress:
            self.progress(self.done, self.total)


def _end_of(question: Question) -> Stage | None:
    """The last stage, if it lies beyond the decided one; else passes are followed to their win."""
    last = Stage.objects.order_by("-position").first()
    decided = question.decision.stage if question.decision else None
    return last if last and decided and last.position > decided.position else None


def _arrivals(question: Question, now: datetime) -> tuple[_Period, list[Arrival], int, bool]:
    """The latest passes that arrived in the last whole quarter, else in 90 days, else ever; how many were unknown."""
    for period in _periods(now):
        rows = _read_arrivals(question, period)
        if len(rows) >= FEW:
            break
    found = rows[:MOST_PASSES]
    known = [Arrival(*row) for *row, is_known in found if is_known]
    return period, known, len(found) - len(known), len(rows) > MOST_PASSES


def _periods(now: datetime) -> Iterator[_Period]:
    zone = Organisation.load().zone
    today = now.astimezone(zone).date()
    first = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    before = date(first.year - (first.month == 1), (first.month - 4) % 12 + 1, 1)

    def start(day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=zone)

    tomorrow = start(today + timedelta(days=1))
    yield _Period("quarter", start(before), start(first))
    yield _Period("days", start(today - timedelta(days=89)), tomorrow)
    yield _Period("ever", SINCE_EVER.replace(tzinfo=zone), tomorrow)


_ARRIVED = """
WITH e AS MATERIALIZED ({entries})
SELECT a.lead_id, (p.began_at AT TIME ZONE %s)::date, (a.occurred_at AT TIME ZONE %s)::date,
       (SELECT (d.occurred_at AT TIME ZONE %s)::date FROM e d WHERE d.lead_id = a.lead_id AND d.cycle = a.cycle
        AND d.stage_id = %s AND d.outcome = '' AND NOT d.untimed AND d.occurred_at <= a.occurred_at),
       EXISTS (SELECT FROM leads_stagechange k WHERE k.lead_id = a.lead_id AND k.cycle = a.cycle
               AND (k.recorded_at AT TIME ZONE %s)::date <= (a.occurred_at AT TIME ZONE %s)::date)
FROM e a JOIN leads_pass p ON p.lead_id = a.lead_id AND p.cycle = a.cycle
WHERE {arrived} AND a.occurred_at >= %s AND a.occurred_at < %s
ORDER BY a.occurred_at DESC, a.lead_id DESC LIMIT %s
"""


def _read_arrivals(question: Question, period: _Period) -> list[tuple[Any, ...]]:
    assert question.decision is not None
    entries = first_entries(PassScope(since=period.since, until=period.until, mode=Mode.PERIOD))
    end, zone = _end_of(question), Organisation.load().zone.key
    arrived = "a.outcome = 'won'" if end is None else f"a.outcome = '' AND a.stage_id = {end.pk:d}"
    with connection.cursor() as cursor:
        cursor.execute(
            _ARRIVED.format(entries=entries.text, arrived=arrived),
            [
                *entries.params,
                *(zone, zone, zone),
                question.decision.stage.pk,
                *(zone, zone),
                *(period.since, period.until),
                MOST_PASSES + 1,
            ],
        )
        return list(cursor.fetchall())


def _waiting_days(arrivals: Sequence[Arrival]) -> dict[date, set[int]]:
    """The leads to ask about on each day from the start of the pass to the arrival."""
    days: dict[date, set[int]] = {}
    for row in arrivals:
        day = max(row.began_on, row.arrived_on - timedelta(days=MOST_DAYS))
        while day <= row.arrived_on:
            days.setdefault(day, set()).add(row.lead_id)
            day += timedelta(days=1)
    return days


def _first_days(question: Question, days: Mapping[date, set[int]], steps: _Steps) -> dict[int, date]:
    """The first day on which each lead had the points; who has them is not asked again."""
    reached: dict[int, date] = {}
    for day in sorted(days):
        points = points_on(question.spec, day, days[day] - set(reached))
        reached |= {pk: day for pk, got in points.items() if got >= (question.threshold or 0)}
        steps.take()
    return reached


def points_on(spec: VersionSpec, day: date, lead_ids: set[int]) -> dict[int, int]:
    """The points of leads by the facts known at the end of a day."""
    if not lead_ids:
        return {}
    plan = Plan(today=day, zone=Organisation.load().zone, catalog=Catalog(), past=True)
    scope = Scope(ids=sorted(lead_ids))
    text = f"SELECT r.lead_id, r.points FROM ({select_scores([spec], plan, scope, and_changes=False)}) r"
    with connection.cursor() as cursor:
        cursor.execute(text, {**plan.params, **scope.params})
        return dict(cursor.fetchall())


def _found(arrivals: Sequence[Arrival], first: Mapping[int, date]) -> dict[str, Any]:
    """How many would have reached the decided stage by their points, and by how many days earlier than they did."""
    hit = [row for row in arrivals if row.lead_id in first and first[row.lead_id] <= row.arrived_on]
    gaps = [(row.entered_on - first[row.lead_id]).days for row in hit if row.entered_on is not None]
    return {
        "of": len(arrivals),
        "reached": len(hit),
        "mean_days_earlier": round(mean(gaps), 1) if gaps else None,
    }


def _said(question: Question, now: datetime) -> dict[str, Samples]:
    """What sales said to offers (of models that decide before sales do) and how passes ended, in the last year."""
    assert question.decision is not None
    scope = PassScope(since=now - YEAR, until=now, mode=Mode.PERIOD)
    said = {WON: endings(scope, decided_stage=question.decision.stage.pk, most=MOST_SAID)}
    if ScoreModel.objects.filter(pk=question.model_id, purpose=ScoreModel.Purpose.MARKETING).exists():
        said = {ACCEPTED: decisions(scope, most=MOST_SAID), **said}
    return said


def _right(question: Question, samples: Samples, days: Mapping[date, set[int]], steps: _Steps) -> dict[str, Any]:
    """Of a yes-or-no end: how many had the points on the day and how many of these came to a yes."""
    had: dict[tuple[int, date], bool] = {}
    for day in sorted(days):
        points = points_on(question.spec, day, days[day])
        had |= {(pk, day): got >= (question.threshold or 0) for pk, got in points.items()}
        steps.take()
    rows = [(had[row.lead_id, row.day], row.said) for row in samples.rows if (row.lead_id, row.day) in had]
    yes = {ACCEPTED, WON}
    return {
        "of": len(rows),
        "yes": sum(said in yes for _, said in rows),
        "had": sum(got for got, _ in rows),
        "had_yes": sum(got and said in yes for got, said in rows),
        "unknown": samples.unknown,
        "is_cut": samples.is_cut,
    }
