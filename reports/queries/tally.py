"""Counting entries: one statement for the whole, and for each source and region beside it."""

from collections import Counter
from dataclasses import dataclass, field

from django.db import connection

from leads.lifecycle.entries import entries
from reports.queries.scope import ReportFilter


@dataclass
class Tally:
    """Counts of one slice: entries per stage id, passes that went no further than it, outcomes."""

    entries: Counter[int] = field(default_factory=Counter)
    next_stages: Counter[tuple[int, int | None]] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)

    def stopped(self, stage_id: int, next_id: int) -> int:
        """Passes counted at the stage that have never entered the next one."""
        return sum(n for (here, there), n in self.next_stages.items() if here == stage_id and there != next_id)


@dataclass
class Tallies:
    """The whole, by channel id and by region; None and "" stand for those that have none."""

    whole: Tally = field(default_factory=Tally)
    channels: dict[int | None, Tally] = field(default_factory=dict)
    regions: dict[str, Tally] = field(default_factory=dict)


_WHOLE = (
    "SELECT 'whole' AS slice, stage_id, outcome, next_stage_id, NULL, NULL, count(*)"
    " FROM ({entries}) e GROUP BY stage_id, outcome, next_stage_id"
)
_SLICES = (
    "SELECT CASE WHEN grouping(next_stage_id) = 0 THEN 'whole' WHEN grouping(channel_id) = 0 THEN 'channel'"
    " ELSE 'region' END AS slice, stage_id, outcome, next_stage_id, channel_id, region, count(*)"
    " FROM ({entries}) e GROUP BY GROUPING SETS"
    " ((stage_id, outcome, next_stage_id), (stage_id, outcome, channel_id), (stage_id, outcome, region))"
)


def tally(wanted: ReportFilter, *, by_slice: bool = False) -> Tallies:
    """Count the entries of a report; with `by_slice` also for each source and each region."""
    found = entries(wanted.scope, with_slices=by_slice)
    with connection.cursor() as cursor:
        cursor.execute((_SLICES if by_slice else _WHOLE).format(entries=found.text), found.params)
        rows = cursor.fetchall()
    result = Tallies()
    for slice_, stage_id, outcome, next_id, channel_id, region, n in rows:
        counts = result.whole
        if slice_ == "channel":
            counts = result.channels.setdefault(channel_id, Tally())
        elif slice_ == "region":
            counts = result.regions.setdefault(region, Tally())
        if outcome:
            counts.outcomes[outcome] += n
        else:
            counts.entries[stage_id] += n
            counts.next_stages[stage_id, next_id] += n
    return result
