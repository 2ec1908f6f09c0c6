"""How long the steps take."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.db import connection

from leads.lifecycle.entries import days_between, entries
from leads.models import Outcome, Stage
from reports.queries.scope import ReportFilter


@dataclass(frozen=True)
class StepTime:
    """Days from one stage to the next, or to an outcome: n passes, their mean, median and 90th percentile."""

    start: str
    end: str
    n: int
    mean_days: float | None
    median_days: float | None
    p90_days: float | None
    sla_days: float | None = None


@dataclass(frozen=True)
class Velocity:
    """Step times in order, and from the first stage to won. The two sums are different figures."""

    steps: Sequence[StepTime]
    to_won: StepTime
    whole_path: StepTime

    @property
    def sum_of_means(self) -> float | None:
        """The sum of the steps' means; None while a step has none."""
        means = [step.mean_days for step in self.steps]
        return sum(mean for mean in means if mean is not None) if means and None not in means else None

    @property
    def mean_whole_path(self) -> float | None:
        """Mean days from the first stage to the last of those that reached it."""
        return self.whole_path.mean_days


# A step leads from the entry before, the whole way from the pass's first entry. Entries passed through or dated before
# the one they follow say nothing about time, nor do those of stages that were put before the ones they came after.
_TIMES = """
SELECT end_id, outcome, count(step), avg(step), percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY step),
       count(whole), avg(whole), percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY whole)
FROM (SELECT CASE WHEN e.outcome = '' THEN e.stage_id END AS end_id, e.outcome,
             CASE WHEN e.outcome = '' AND before_stage_id = way.start_id AND NOT before_untimed
                       AND before_occurred_at <= e.occurred_at
                  THEN {step_days} END AS step,
             CASE WHEN first_stage_id = %s AND NOT first_untimed AND (e.outcome = 'won' OR e.stage_id = %s)
                  THEN {whole_days} END AS whole
      FROM ({entries}) e LEFT JOIN unnest(%s::int8[], %s::int8[]) way (start_id, end_id) ON way.end_id = e.stage_id
      WHERE NOT e.untimed AND (e.outcome IN ('', 'won'))) t
GROUP BY end_id, outcome
"""


def velocity(wanted: ReportFilter) -> Velocity:
    """Step times of the entries a report counts."""
    return velocity_of(wanted, list(Stage.objects.order_by("position")))


def velocity_of(wanted: ReportFilter, stages: Sequence[Stage]) -> Velocity:
    """The same, of stages already read."""
    found, zone = entries(wanted.scope), wanted.zone.key
    text = _TIMES.format(
        entries=found.text, step_days=days_between("before_", "e."), whole_days=days_between("first_", "e.")
    )
    pairs = list(pairwise(stages))
    first, last = stages[0], stages[-1]
    params = [*[zone] * 2, first.pk, last.pk, *[zone] * 2, *found.params]
    with connection.cursor() as cursor:
        cursor.execute(text, [*params, [a.pk for a, _ in pairs], [b.pk for _, b in pairs]])
        rows = {end_id: row for end_id, *row in cursor}
    steps = {end_id: _time(n, mean, at) for end_id, (_, n, mean, at, *_rest) in rows.items()}
    whole = {end_id: _time(n, mean, at) for end_id, (*_rest, n, mean, at) in rows.items()}
    nothing = (0, None, None, None)
    return Velocity(
        steps=[StepTime(a.slug, b.slug, *steps.get(b.pk, nothing)) for a, b in pairs],
        to_won=StepTime(first.slug, Outcome.WON.value, *whole.get(None, nothing)),
        whole_path=StepTime(first.slug, last.slug, *whole.get(last.pk, nothing)),
    )


def _time(
    n: int, mean: float | None, percentiles: list[float] | None
) -> tuple[int, float | None, float | None, float | None]:
    median, p90 = percentiles or (None, None)
    return n, mean, median, p90
