"""What a version would do in place of the one in force, counted on every lead without writing anything.

The leads are asked in id ranges, as a full re-score does it. `what_if(question, now=now, connections=2)` takes two
connections of its own, each in a thread: that is what a worker does and what is measured (P7). With `connections=1`
the connection of the caller is used, inside its transaction if there is one. `sampled(question, now=now)` asks some
thousand leads by chance and counts them up.

    question = question_of(version, now=now)          # scoring.question; version with `model`
    answer = what_if(question, now=now, connections=2)
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from datetime import datetime
from random import Random
from threading import Barrier
from typing import Any

from django.db import connection, transaction

from leads.conditions.plan import Scope
from leads.conditions.select import TooManyToCount, within
from leads.models import Stage
from scoring.company_sums import CompanySums
from scoring.crossing import COMPANY, Criteria, Crossing, criteria_of, crossings, reasons
from scoring.onward import load, step
from scoring.question import Question
from scoring.rescore import CHUNK, chunks
from scoring.tally import Crosser, Tally, bars, counted, totals
from scoring.temporary import POINTS, others_asked, points_asked

LISTED = 10_000  # leads kept by name; counts are whole
# How many leads are drawn: some first, many where those tell that there is time, few where the database is too slow.
FEW_DRAWN, SOME_DRAWN, MANY_DRAWN = 50, 250, 1_000
SOME_SECONDS, SAMPLE_SECONDS = 0.3, 0.4

Progress = Callable[[int, int], None]


def what_if(
    question: Question, *, now: datetime, connections: int = 1, progress: Progress | None = None
) -> dict[str, Any]:
    """The whole answer, exact, as JSON: see `answer`. `progress` is told (ranges done, ranges in all)."""
    parts, tally = chunks(), Tally()
    asked = _Asked(question, now, CompanySums() if len(parts) > 1 else None)
    for done, part in enumerate(_counted(asked, parts, connections), start=1):
        tally.add(part)
        if progress:
            progress(done, len(parts))
    found = answer(question, tally, now=now)
    return found | {
        "load": load(question, tally, now=now),
        "step": step(question, tally, now=now),
        "is_exact": True,
    }


def sampled(question: Question, *, now: datetime, seed: int = 0) -> dict[str, Any]:
    """An answer from some leads taken by chance: counts are those of the sample times `scale`, without the load."""
    ids, leads = _some_ids(seed)
    tally, drawn = _counted_in_time(_Asked(question, now), ids) if ids else (Tally(), 0)
    return answer(question, tally, now=now) | {
        "is_exact": False,
        "sample": tally.leads,
        "scale": max(leads / drawn, 1.0) if drawn else 1.0,
        "load": None,
        "step": None,
    }


def _counted_in_time(asked: "_Asked", ids: Sequence[int]) -> tuple[Tally, int]:
    """The counts of as many leads as there is time for, and how many these are."""

    def count(number: int, seconds: float = 0) -> tuple[Tally, int]:
        drawn = sorted(ids[:number])
        with within(seconds) if seconds else nullcontext():
            return asked.count(Scope(ids=drawn)), len(drawn)

    start = time.monotonic()
    try:
        found = count(SOME_DRAWN, SOME_SECONDS)
    except TooManyToCount:
        return count(FEW_DRAWN)
    took = time.monotonic() - start
    left = SAMPLE_SECONDS - took
    if len(ids) > SOME_DRAWN and took * MANY_DRAWN / SOME_DRAWN <= left:
        with suppress(TooManyToCount):
            return count(MANY_DRAWN, left)
    return found


class _Asked:
    """The question with what is read once for all leads."""

    def __init__(self, question: Question, now: datetime, sums: CompanySums | None = None) -> None:
        self.question, self.now, self.sums = question, now, sums
        self.criteria: Criteria = criteria_of(question, now=now)
        self.feeding = question.feeding(list(Stage.objects.all()))

    def chunk(self, number: int) -> Tally:
        """One id range."""
        return self.count(Scope(low=number * CHUNK, high=(number + 1) * CHUNK))

    def count(self, scope: Scope) -> Tally:
        """Some leads, in a transaction whose only traces are temporary."""
        others = others_asked(self.question, self.now) if self.criteria.reads_company else nullcontext()
        with transaction.atomic(), points_asked(self.question, scope, self.now, self.sums), others:
            tally = counted(self.question, self.feeding, scope, now=self.now)
            found = crossings(self.question, self.criteria, scope, now=self.now)
            tally.up = _described(self.question, found)
            tally.down = _falling(self.question)
        return tally


def _counted(asked: _Asked, parts: Sequence[int], connections: int) -> Iterator[Tally]:
    if connections == 1:
        yield from map(asked.chunk, parts)
        if asked.sums:
            asked.sums.drop()
        return

    barrier = Barrier(connections)
    with ThreadPoolExecutor(connections) as pool:
        try:
            yield from pool.map(asked.chunk, parts)
        finally:  # each thread closes the connection it has opened
            list(pool.map(lambda _: _close(barrier), range(connections)))


def _close(barrier: Barrier) -> None:
    """Close this thread's connection, once every thread has come here."""
    barrier.wait()
    connection.close()


def _described(question: Question, found: Sequence[Crossing]) -> list[Crosser]:
    """The leads that go on, with their points and why."""
    if not found:
        return []
    ids = [row.lead_id for row in found]
    why, stands = reasons(question, ids), _standing(question, ids)
    rows = []
    for row in found:
        (was, would, stage, owner), (places, needs) = stands[row.lead_id], why[row.lead_id]
        by = [*places, COMPANY] if row.by_company else places
        rows.append(
            Crosser(row.lead_id, was, would, stage, row.stage_id, owner, row.by_itself, by, needs and row.by_own)
        )
    return rows


def _standing(question: Question, ids: Sequence[int]) -> dict[int, tuple[int | None, int, int, int | None]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT n.lead_id, o.points, n.points, l.stage_id, l.owner_id FROM {POINTS} n"
            " JOIN leads_lead l ON l.id = n.lead_id"
            " LEFT JOIN leads_leadscore o ON o.lead_id = n.lead_id AND o.model_id = %s WHERE n.lead_id = ANY(%s)",
            [question.model_id, list(ids)],
        )
        return {row[0]: row[1:] for row in cursor.fetchall()}


def _falling(question: Question) -> list[Crosser]:
    """Leads at the decided stage or beyond whose points fall below the threshold: they stay where they are."""
    if question.decision is None or question.threshold is None:
        return []
    goal = question.decision.stage
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT n.lead_id, o.points, n.points, l.stage_id, l.owner_id FROM {POINTS} n"
            " JOIN leads_lead l ON l.id = n.lead_id JOIN leads_stage st ON st.id = l.stage_id"
            " JOIN leads_leadscore o ON o.lead_id = n.lead_id AND o.model_id = %s"
            " WHERE l.outcome = '' AND l.archived_at IS NULL AND st.position >= %s"
            " AND o.points >= %s AND n.points < %s ORDER BY n.lead_id",
            [question.model_id, goal.position, question.was, question.threshold],
        )
        rows = cursor.fetchall()
    why = reasons(question, [row[0] for row in rows]) if rows else {}
    return [
        Crosser(pk, was, would, stage, stage, owner, True, why[pk][0], would >= (question.was or 0))
        for pk, was, would, stage, owner in rows
    ]


def answer(question: Question, tally: Tally, *, now: datetime) -> dict[str, Any]:
    """What was counted, as JSON.

    leads, behind (scored by another version), stages (those from which the decided stage opens), matches [[before,
    after] …] in the order of `rules`, histogram, here {old, new: leads, above, borderline, bands},
    stay {leads, over, resting}: who has the points and stands before the decided stage all the same,
    up and down {count, by_stage, by_owner}, rows of both (at most LISTED), examples [[lead, before, after, stage] …].
    """
    stages = question.feeding(list(Stage.objects.all()))
    held, before = tally.held, tally.held_before
    here = totals(tally.spread, stages)
    return {
        "leads": tally.leads,
        "behind": tally.behind,
        "stages": stages,
        "threshold": question.threshold,
        "was": question.was,
        "borderline_from": question.borderline_from,
        "goal": question.decision.stage.pk if question.decision else None,
        "mode": question.decision.criterion.mode if question.decision else "",
        "moves_by_itself": question.moves_by_itself,
        "base": question.base.number if question.base else None,
        "matches": [
            [None if was is None else before[was], None if at is None else held[at]] for was, at in question.pairs
        ],
        "pairs": question.pairs,
        "histogram": bars(tally.spread, stages),
        "here": here,
        "stay": {
            "leads": max(here["new"]["above"] - sum(row.from_stage in stages for row in tally.up), 0),
            "over": tally.over,
            "resting": tally.resting,
        },
        "at_goal": _at_goal(question, tally),
        "up": _summary(tally.up),
        "down": _summary(tally.down),
        "rows": {
            side: [row.as_row() for row in sorted(found, key=lambda row: (-row.would, row.lead_id))[:LISTED]]
            for side, found in (("up", tally.up), ("down", tally.down))
        },
        "examples": [list(row) for row in tally.examples],
        "made_at": now.isoformat(),
    }


def _at_goal(question: Question, tally: Tally) -> int:
    """Leads that stand at the decided stage now."""
    if question.decision is None:
        return 0
    goal = question.decision.stage.pk
    return sum(number for (which, stage, *_), number in tally.spread.items() if which == "new" and stage == goal)


def _summary(rows: Sequence[Crosser]) -> dict[str, Any]:
    """Whole counts; JSON has text keys, so pairs."""
    return {
        "count": len(rows),
        "by_themselves": sum(row.by_itself for row in rows),
        "by_stage": [[*key, n] for key, n in sorted(Counter((row.from_stage, row.to_stage) for row in rows).items())],
        "by_owner": [[owner, n] for owner, n in Counter(row.owner for row in rows).most_common()],
    }


def _some_ids(seed: int) -> tuple[list[int], float]:
    """Ids of leads taken by chance, in no order, and about how many leads there are: by how many of the ids are leads.

    The database's own statistics know nothing of leads imported a moment ago.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM leads_lead")
        low, high = cursor.fetchone()
        if low is None:
            return [], 0.0
        wanted = Random(seed).sample(range(low, high + 1), min(2 * MANY_DRAWN, high - low + 1))
        cursor.execute("SELECT id FROM leads_lead WHERE id = ANY(%s)", [wanted])
        there = {pk for (pk,) in cursor.fetchall()}
    leads = len(there) / len(wanted) * (high - low + 1)
    return [pk for pk in wanted if pk in there][:MANY_DRAWN], leads
