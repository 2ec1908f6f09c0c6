"""The tables of a report: by source, by region, and the last line of the funnel's twin. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leads.models import Outcome
from leads.queries.intervals import quotient
from reports import figures
from reports.drawing import Count, gate_before
from reports.figures import Delta
from reports.links import leads_behind
from reports.queries.breakdown import Row
from reports.queries.funnel import Funnel
from reports.queries.velocity import StepTime


@dataclass(frozen=True)
class Line:
    """One line of a breakdown: counts in the order of the stages (and whether the handover lies before), then rates."""

    label: str
    key: str
    url: str
    cells: Sequence[tuple[bool, Count]]
    won: Count
    to_last: str
    to_won: str
    likely: str


def lines(found: Funnel, rows: Sequence[Row], axis: str, query_of: Mapping[str, str]) -> list[Line]:
    """The lines of a breakdown by `axis` (channel or region); `query_of` leads to the report of one row's key."""
    stages = [count.stage for count in found.stages]
    gate = gate_before(stages)
    return [
        Line(
            label=row.label,
            key=row.link,
            url=query_of[row.link],
            cells=[
                (stage.slug == gate, Count(n, leads_behind(found.filter, **{axis: row.link, "reached": stage.slug})))
                for stage, n in zip(stages, row.stages.values(), strict=True)
            ],
            won=Count(row.won, leads_behind(found.filter, **{axis: row.link, "outcome": "won"})),
            to_last=figures.percent(row.to_last),
            to_won=figures.percent(row.to_won),
            likely=_likely(row.won, next(iter(row.stages.values()), 0)),
        )
        for row in rows
    ]


def totals(found: Funnel) -> Line:
    """The line below them all."""
    gate = gate_before([row.stage for row in found.stages])
    won, first, last = found.outcomes[Outcome.WON], found.captured, found.stages[-1].entries
    return Line(
        label="",
        key="",
        url="",
        cells=[
            (row.stage.slug == gate, Count(row.entries, leads_behind(found.filter, reached=row.stage.slug)))
            for row in found.stages
        ],
        won=Count(won, leads_behind(found.filter, outcome=Outcome.WON.value)),
        to_last=figures.percent(quotient(last, first)),
        to_won=figures.percent(quotient(won, first)),
        likely=_likely(won, first),
    )


def _likely(won: int, captured: int) -> str:
    """Where a win rate lies with 95 % confidence."""
    limits = figures.interval(won, captured)
    return f"{figures.decimal(limits[0] * 100)}–{figures.percent(limits[1])}" if limits else ""


@dataclass(frozen=True)
class WonLine:
    """Won as the line after the last stage."""

    of_last: str
    band: str | None
    mean: str
    median: str
    p90: str
    before: Count | None
    delta: Delta | None


def won_line(now: Funnel, before: Funnel | None, time: StepTime) -> WonLine:
    """The last line of the funnel's twin."""
    last = now.wins[-1]
    then = before.outcomes[Outcome.WON] if before else 0
    return WonLine(
        of_last=figures.percent(last.rate),
        band=last.band,
        mean=figures.days(time.mean_days),
        median=figures.days(time.median_days),
        p90=figures.days(time.p90_days),
        before=Count(then, leads_behind(before.filter, outcome=Outcome.WON.value)) if before else None,
        delta=figures.grown(now.outcomes[Outcome.WON], then) if before else None,
    )
