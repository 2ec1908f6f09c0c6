"""The funnel as it is drawn: bars, the slopes between them, and what is written beside. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from django.utils.translation import gettext, gettext_noop

from leads.models import HandoverState, Realm, Stage
from reports import figures
from reports.figures import Delta
from reports.links import leads_behind
from reports.queries.funnel import Funnel, StageCount
from reports.queries.velocity import StepTime, Velocity


@dataclass(frozen=True)
class Count:
    """A number and the address of its leads; nothing links to nothing."""

    number: int
    url: str

    @property
    def text(self) -> str:
        """The number as shown."""
        return figures.count(self.number)


@dataclass(frozen=True)
class Bar:
    """One stage: its bar, last year's underline (None without comparing) and its figures."""

    stage: Stage
    count: Count
    width: str
    overall: str
    before: Count | None = None
    before_width: str = ""
    delta: Delta | None = None


@dataclass(frozen=True)
class Slope:
    """The way from one stage to the next."""

    stage: Stage
    end: Stage
    rate: str
    points: str
    stopped: Count
    time: StepTime
    band: str | None
    delta: Delta | None = None
    is_handover: bool = False
    decisions: Sequence[tuple[str, Count]] = field(default_factory=tuple)

    @property
    def mean(self) -> str:
        """Mean days."""
        return figures.days(self.time.mean_days)

    @property
    def median(self) -> str:
        """Median days."""
        return figures.days(self.time.median_days)

    @property
    def p90(self) -> str:
        """Days in which nine of ten have gone the step."""
        return figures.days(self.time.p90_days)


@dataclass(frozen=True)
class Level:
    """A bar and the slope behind it; the last bar has none, the first no way that led to it."""

    bar: Bar
    slope: Slope | None
    way: Slope | None


def drawn(now: Funnel, before: Funnel | None, times: Velocity, decided: dict[str, int]) -> list[Level]:
    """The funnel from the first stage to the last, all bars on one scale."""
    scale = max([row.entries for row in (*now.stages, *(before.stages if before else ()))], default=0)
    bars = [_bar(now, before, index, scale) for index in range(len(now.stages))]
    slopes = [_slope(now, before, index, scale, times, decided) for index in range(len(now.stages) - 1)]
    return [Level(*row) for row in zip(bars, [*slopes, None], [None, *slopes], strict=True)]


def _share(number: int, scale: int) -> float:
    return 100 * number / scale if scale else 0.0


def _bar(now: Funnel, before: Funnel | None, index: int, scale: int) -> Bar:
    row = now.stages[index]
    count = Count(row.entries, leads_behind(now.filter, reached=row.stage.slug))
    width, overall = f"{_share(row.entries, scale):.2f}%", figures.percent(row.overall_rate)
    if before is None:
        return Bar(row.stage, count, width, overall)
    then = before.stages[index].entries
    return Bar(
        stage=row.stage,
        count=count,
        width=width,
        overall=overall,
        before=Count(then, leads_behind(before.filter, reached=row.stage.slug)),
        before_width=f"{_share(then, scale):.2f}%",
        delta=figures.grown(row.entries, then),
    )


def _slope(
    now: Funnel, before: Funnel | None, index: int, scale: int, times: Velocity, decided: dict[str, int]
) -> Slope:
    row: StageCount = now.stages[index]
    following = now.stages[index + 1]
    top, foot = _share(row.entries, scale), _share(following.entries, scale)
    handover = row.stage.realm == Realm.MARKETING and following.stage.realm == Realm.SALES
    then = before.stages[index + 1].step_rate if before else None
    return Slope(
        stage=row.stage,
        end=following.stage,
        rate=figures.percent(following.step_rate),
        points=f"0,0 {top:.2f},0 {foot:.2f},10 0,10",
        stopped=Count(row.stopped or 0, leads_behind(now.filter, stopped=row.stage.slug)),
        time=times.steps[index],
        band=following.band,
        delta=figures.points(following.step_rate, then),
        is_handover=handover,
        decisions=_decisions(now, decided) if handover else (),
    )


def _decisions(now: Funnel, decided: dict[str, int]) -> list[tuple[str, Count]]:
    """How the handovers were decided, in words."""
    words = {
        HandoverState.ACCEPTED: gettext_noop("%(n)s accepted"),
        HandoverState.RETURNED: gettext_noop("%(n)s returned"),
        HandoverState.REJECTED: gettext_noop("%(n)s rejected"),
    }
    counts = {state: Count(decided[state], leads_behind(now.filter, decision=state.value)) for state in words}
    return [(gettext(text) % {"n": counts[state].text}, counts[state]) for state, text in words.items()]


def gate_before(stages: Sequence[Stage]) -> str:
    """The slug of the stage the handover leads to; empty where all lies in one realm."""
    for here, there in pairwise(stages):
        if here.realm == Realm.MARKETING and there.realm == Realm.SALES:
            return there.slug
    return ""
