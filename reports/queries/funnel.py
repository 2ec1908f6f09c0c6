"""The funnel: entries of every stage, rates, outcomes and decisions."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from leads.lifecycle.entries import decided
from leads.models import HandoverState, Outcome, Stage
from leads.queries.intervals import quotient
from reports.bands import judge
from reports.queries.scope import ReportFilter
from reports.queries.tally import Tally, tally

DECISIONS = (HandoverState.ACCEPTED, HandoverState.RETURNED, HandoverState.REJECTED)


@dataclass(frozen=True)
class StageCount:
    """One stage of a funnel. `stopped` are the passes that entered it and never the next; None at the last stage."""

    stage: Stage
    entries: int
    stopped: int | None
    step_rate: float | None
    overall_rate: float | None
    band: str | None


@dataclass(frozen=True)
class Win:
    """Won passes as a share of those that reached a late stage."""

    stage: Stage
    rate: float | None
    band: str | None


@dataclass(frozen=True)
class Funnel:
    """All stages in order, and how passes ended."""

    filter: ReportFilter
    stages: Sequence[StageCount]
    outcomes: dict[str, int]
    wins: Sequence[Win]

    @property
    def captured(self) -> int:
        """Entries of the first stage."""
        return self.stages[0].entries if self.stages else 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is counted."""
        return not any(row.entries for row in self.stages) and not any(self.outcomes.values())

    def entries(self, slug: str) -> int:
        """Entries of a stage."""
        return next((row.entries for row in self.stages if row.stage.slug == slug), 0)


def funnel(wanted: ReportFilter) -> Funnel:
    """Count the funnel of a report: two statements."""
    return funnel_of(wanted, tally(wanted).whole, list(Stage.objects.order_by("position")))


def funnel_of(wanted: ReportFilter, counts: Tally, stages: Sequence[Stage]) -> Funnel:
    """The funnel of entries already counted."""
    rows = []
    first = counts.entries[stages[0].pk] if stages else 0
    for before, stage, after in zip([None, *stages[:-1]], stages, [*stages[1:], None], strict=True):
        n = counts.entries[stage.pk]
        step = quotient(n, counts.entries[before.pk]) if before else None
        rows.append(
            StageCount(
                stage=stage,
                entries=n,
                stopped=counts.stopped(stage.pk, after.pk) if after else None,
                step_rate=step,
                overall_rate=quotient(n, first),
                band=judge(before.role, stage.role, step) if before else None,
            )
        )
    outcomes = {outcome.value: counts.outcomes[outcome.value] for outcome in Outcome}
    wins = []
    for row in rows[-2:]:
        rate = quotient(outcomes[Outcome.WON], row.entries)
        wins.append(Win(row.stage, rate, judge(row.stage.role, Outcome.WON, rate)))
    return Funnel(wanted, rows, outcomes, wins)


def change(now: float | None, before: float | None) -> float | None:
    """How much a figure has grown, as a fraction of what it was; None from nothing."""
    return (now - before) / before if now is not None and before else None


def decisions(wanted: ReportFilter) -> dict[str, int]:
    """Handovers accepted, returned and rejected in the report's scope. A lead offered twice is decided twice."""
    found = decided(wanted.scope)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT state, count(*) FROM ({found.text}) d GROUP BY state", found.params)
        counts = dict(cursor.fetchall())
    return {state.value: counts.get(state.value, 0) for state in DECISIONS}
