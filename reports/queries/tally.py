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

    def add(self, stage_id: int, outcome: str, next_id: int | None, n: int) -> None:
        """Count n entries of a stage, or of an outcome."""
        if outcome:
            self.outcomes[outcome] += n
        else:
            self.entries[stage_id] += n
            self.next_stages[stage_id, next_id] += n

    def stopped(self, stage_id: int, next_id: int) -> int:
        """Passes counted at the stage that have never entered the next one."""
        return sum(n for (here, there), n in self.next_stages.items() if here == stage_id and there != next_id)


@dataclass
class Tallies:
    """The whole, by channel id and by region; None and "" stand for those that have none."""

    whole: Tally = field(default_factory=Tally)
    channels: dict[int | None, Tally] = field(default_factory=dict)
    regions: dict[str, Tally] = field(default_factory=dict)


_COUNTS = (
    "SELECT stage_id, outcome, next_stage_id, {slices}, count(*) FROM ({entries}) e"
    " GROUP BY stage_id, outcome, next_stage_id{by}"
)


def tally(wanted: ReportFilter, *, by_slice: bool = False) -> Tallies:
    """Count the entries of a report; with `by_slice` also for each source and each region."""
    found = entries(wanted.scope, with_slices=by_slice)
    slices = (
        {"slices": "channel_id, region", "by": ", channel_id, region"} if by_slice else {"slices": "0, ''", "by": ""}
    )
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.format(entries=found.text, **slices), found.params)
        rows = cursor.fetchall()
    result = Tallies()
    for stage_id, outcome, next_id, channel_id, region, n in rows:
        counted = [result.whole]
        if by_slice:
            counted += [result.channels.setdefault(channel_id, Tally()), result.regions.setdefault(region, Tally())]
        for counts in counted:
            counts.add(stage_id, outcome, next_id, n)
    return result
