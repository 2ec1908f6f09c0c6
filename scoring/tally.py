"""What a version would do, counted: partial counts of id ranges that add up."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from django.db import connection

from leads.conditions.plan import Scope
from scoring.question import Question
from scoring.temporary import POINTS

WIDTH = 5  # points of a bin as counted; shown wider where they reach far
MOST_BARS = 24
BELOW, BORDERLINE, ABOVE = range(3)


@dataclass(frozen=True)
class Crosser:
    """A lead whose side of the threshold would change. `why` are places of rules, `needs_threshold` beside them."""

    lead_id: int
    was: int | None
    would: int
    from_stage: int
    to_stage: int
    owner: int | None
    by_itself: bool
    why: Sequence[int]
    needs_threshold: bool

    def as_row(self) -> list[Any]:
        """The row kept in a study."""
        return [
            self.lead_id,
            self.was,
            self.would,
            self.from_stage,
            self.to_stage,
            self.owner,
            self.by_itself,
            list(self.why),
            self.needs_threshold,
        ]


@dataclass
class Tally:
    """Counts of some leads. `spread` counts by (version, stage or 0 for a pass that ended, bin, side, band).

    Of those that stand before the decided stage and have the points, `over` lie in a campaign that has ended and
    `resting` are at rest: nothing moves them.
    """

    leads: int = 0
    behind: int = 0
    over: int = 0
    resting: int = 0
    held: Counter[int] = field(default_factory=Counter)
    held_before: Counter[int] = field(default_factory=Counter)
    spread: Counter[tuple[str, int, int | None, int, str]] = field(default_factory=Counter)
    up: list[Crosser] = field(default_factory=list)
    down: list[Crosser] = field(default_factory=list)
    examples: list[tuple[int, int | None, int, int]] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Take in the counts of another range."""
        self.leads += other.leads
        self.behind += other.behind
        self.over += other.over
        self.resting += other.resting
        for mine, theirs in (
            (self.held, other.held),
            (self.held_before, other.held_before),
            (self.spread, other.spread),
        ):
            mine.update(theirs)  # type: ignore[arg-type]
        self.up += other.up
        self.down += other.down
        self.examples = sorted([*self.examples, *other.examples], key=_by_gap)[:EXAMPLES]


EXAMPLES = 40  # of which each reader sees the first five they may read


def _by_gap(row: tuple[int, int | None, int, int]) -> tuple[int, int]:
    return -abs(row[2] - (row[1] or 0)), row[0]


_JOINED = (
    f" FROM {POINTS} n JOIN leads_lead l ON l.id = n.lead_id AND l.archived_at IS NULL"
    " LEFT JOIN leads_leadscore o ON o.lead_id = n.lead_id AND o.model_id = %(model)s AND {range}"
)


def counted(question: Question, feeding: Sequence[int], scope: Scope, *, now: datetime) -> Tally:
    """Count the leads whose points stand in the temporary table."""
    values: dict[str, Any] = {"model": question.model_id, "feeding": list(feeding), "now": now, **scope.params}
    values |= {"base": question.base.number if question.base else None}
    joined = _JOINED.replace("{range}", "TRUE" if scope.ids is not None else scope.condition("o.lead_id"))
    tally = Tally()
    with connection.cursor() as cursor:
        cursor.execute(_matches(question) + joined + " LEFT JOIN leads_campaign k ON k.id = l.campaign_id", values)
        _read_matches(question, tally, cursor.fetchone())
        cursor.execute(_spread(question) + joined + _SETS, values)
        for stage, is_live, was, was_side, was_band, would, would_side, would_band, is_new, number in cursor.fetchall():
            here = stage if is_live else 0
            key = ("new", here, would, would_side, would_band) if is_new else ("old", here, was, was_side, was_band)
            tally.spread[key] += number
        cursor.execute(
            "SELECT n.lead_id, o.points, n.points, l.stage_id"
            + joined
            + " WHERE l.outcome = '' AND l.stage_id = ANY(%(feeding)s) AND o.points IS DISTINCT FROM n.points"
            f" ORDER BY abs(n.points - coalesce(o.points, 0)) DESC, n.lead_id LIMIT {EXAMPLES}",
            values,
        )
        tally.examples = cursor.fetchall()
    return tally


def _matches(question: Question) -> str:
    held = [f"count(*) FILTER (WHERE n.parts[{at}] <> 0)" for at in range(1, len(question.spec.rules) + 1)]
    before = question.base.rules if question.base else ()
    stands = "o.version = %(base)s AND"
    held += [f"count(*) FILTER (WHERE {stands} o.parts[{at}] <> 0)" for at in range(1, len(before) + 1)]
    behind = "count(*) FILTER (WHERE %(base)s IS NOT NULL AND o.version IS DISTINCT FROM %(base)s)"
    above = "FALSE" if question.threshold is None else f"n.points >= {question.threshold:d}"
    ready = f"{above} AND l.outcome = '' AND l.stage_id = ANY(%(feeding)s)"
    is_over = "coalesce(k.ended_at <= %(now)s, FALSE)"
    stays = [f"{ready} AND {is_over}", f"{ready} AND NOT {is_over} AND l.quiet_since IS NOT NULL"]
    counts = ["count(*)", behind, *(f"count(*) FILTER (WHERE {why})" for why in stays), *held]
    return f"SELECT {', '.join(counts)}"


def _read_matches(question: Question, tally: Tally, row: Sequence[int]) -> None:
    tally.leads, tally.behind, tally.over, tally.resting, *held = row
    rules = len(question.spec.rules)
    tally.held.update(dict(enumerate(held[:rules])))
    tally.held_before.update(dict(enumerate(held[rules:])))


def _spread(question: Question) -> str:
    was = _side("o.points", question.was, (question.was or 0) - 10)
    would = _side("n.points", question.threshold, question.borderline_from)
    return (
        f"SELECT l.stage_id, l.outcome = '', floor(o.points / {WIDTH}.0)::int, {was}, o.band,"
        f" floor(n.points / {WIDTH}.0)::int, {would}, n.band, GROUPING(o.band) = 1, count(*)"
    )


_SETS = " GROUP BY GROUPING SETS ((1, 2, 3, 4, o.band), (1, 2, 6, 7, n.band))"


def _side(points: str, threshold: int | None, borderline: int | None) -> str:
    if threshold is None or borderline is None:
        return f"CASE WHEN {points} IS NULL THEN NULL ELSE {BELOW} END"
    return (
        f"CASE WHEN {points} >= {threshold:d} THEN {ABOVE}"
        f" WHEN {points} >= {borderline:d} THEN {BORDERLINE} ELSE {BELOW} END"
    )


def bars(spread: Counter[tuple[str, int, int | None, int, str]], stages: Iterable[int]) -> dict[str, Any]:
    """The histogram of some stages' leads: {"width", "from", "old": [...], "new": [...]}."""
    wanted = set(stages)
    cells: dict[str, Counter[int]] = {"old": Counter(), "new": Counter()}
    for (which, stage, place, _side, _band), number in spread.items():
        if place is not None and stage in wanted:
            cells[which][place] += number
    places = [*cells["old"], *cells["new"]]
    if not places:
        return {"width": WIDTH, "from": 0, "old": [], "new": []}
    wider = (n * 10**power for power in count() for n in (1, 2, 4))
    times = next(n for n in wider if max(places) // n - min(places) // n < MOST_BARS)
    low, high = min(places) // times, max(places) // times
    shown = {
        which: [sum(number for place, number in found.items() if place // times == at) for at in range(low, high + 1)]
        for which, found in cells.items()
    }
    return {"width": WIDTH * times, "from": low * times * WIDTH, **shown}


def totals(spread: Counter[tuple[str, int, int | None, int, str]], stages: Iterable[int]) -> dict[str, Any]:
    """Of the leads at some stages: how many in all, from the threshold on, in the borderline, by band; old and new."""
    wanted = set(stages)
    found: dict[str, Any] = {
        which: {"leads": 0, "above": 0, "borderline": 0, "bands": {"hot": 0, "warm": 0, "cold": 0}}
        for which in ("old", "new")
    }
    for (which, stage, place, side, band), number in spread.items():
        if stage not in wanted or place is None:
            continue
        mine = found[which]
        mine["leads"] += number
        mine["above"] += number * (side == ABOVE)
        mine["borderline"] += number * (side == BORDERLINE)
        mine["bands"][band] = mine["bands"].get(band, 0) + number
    return found
