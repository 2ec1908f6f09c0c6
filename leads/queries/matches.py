"""How many leads a condition matches, told in the time of a page: a sample first where there are many, then exactly."""

import time
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from leads.access import leads_for_user
from leads.conditions.select import Sample, TooManyToCount, count_matching, rows_kept, sample_matching
from leads.conditions.tree import Tree
from leads.models import Lead
from leads.queries.intervals import interval
from users.models import User

NAMES = 10
FEW_ROWS = 500_000  # of leads and activities: so many are counted at once
# How many leads are drawn, and how long that may take the database: fewer, where it is slow or the condition heavy.
SAMPLES = ((2_000, 0.22), (250, 0.1), (50, 0.08))
FIRST_SECONDS, EXACT_SECONDS = 0.2, 8.0  # how long few may take to be counted, and all of many
ANSWER_SECONDS = 0.4  # for counting and drawing together
LEAST_SECONDS = 0.05  # a sample that has less is not begun, unless it is the last


@dataclass(frozen=True)
class Matches:
    """What a condition matches now. `leads` are some that the reader may read; the number counts everybody's.

    Where it is not exact it comes of `drawn` leads and lies, 95 times in 100, between `low` and `high`; without even a
    sample it is None. `may_follow`: an exact one may be had by asking again.
    """

    count: int | None
    leads: list[Lead] = field(default_factory=list)
    low: int = 0
    high: int = 0
    drawn: int = 0
    is_exact: bool = True
    may_follow: bool = False


def matches(tree: Tree, user: User, *, now: datetime, exactly: bool = False, names: int = NAMES) -> Matches:
    """What a valid tree matches: of few rows exactly and at once, of many by a sample, `exactly` for those who wait."""
    readable, until = leads_for_user(user), time.monotonic() + ANSWER_SECONDS
    if exactly or rows_kept() <= FEW_ROWS:
        try:
            limit = EXACT_SECONDS if exactly else FIRST_SECONDS
            found = count_matching(tree, now=now, readable=readable, names=names, seconds=limit)
        except TooManyToCount:
            if exactly:  # whoever waited so long waits for a sample too
                until = time.monotonic() + ANSWER_SECONDS
            return _sampled(tree, readable, now, names, until, may_follow=not exactly)
        return Matches(found.count, _rows(readable, found.ids, names))
    return _sampled(tree, readable, now, names, until, may_follow=True)


def _sampled(
    tree: Tree, readable: QuerySet[Lead], now: datetime, names: int, until: float, *, may_follow: bool
) -> Matches:
    sample = _drawn(tree, now, until)
    if sample is None:
        return Matches(None, is_exact=False, may_follow=may_follow)
    if sample.drawn >= sample.among:
        return Matches(len(sample.ids), _rows(readable, sample.ids, names))
    share = interval(len(sample.ids), sample.drawn) or (0.0, 0.0)
    return Matches(
        count=rounded(len(sample.ids) / sample.drawn * sample.among),
        leads=_rows(readable, sample.ids, names),
        low=rounded(share[0] * sample.among),
        high=rounded(share[1] * sample.among),
        drawn=sample.drawn,
        is_exact=False,
        may_follow=may_follow,
    )


def _drawn(tree: Tree, now: datetime, until: float) -> Sample | None:
    """The largest sample there is time for; the last is tried in any case."""
    for size, seconds in SAMPLES:
        left = until - time.monotonic()
        if left < LEAST_SECONDS and size != SAMPLES[-1][0]:
            continue
        try:
            return sample_matching(tree, now=now, size=size, seconds=max(min(seconds, left), LEAST_SECONDS))
        except TooManyToCount:
            continue
    return None


def _rows(readable: QuerySet[Lead], ids: list[int], names: int) -> list[Lead]:
    if not ids or not names:
        return []
    return list(readable.filter(pk__in=ids).select_related("stage", "company").order_by("-captured_at")[:names])


def rounded(number: float) -> int:
    """A number of which no more than the first two digits are known."""
    size = max(len(str(int(number))) - 2, 0)
    return round(number / 10**size) * 10**size
