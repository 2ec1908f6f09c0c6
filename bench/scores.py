"""P4, P5, P6: scores with all writes, beside the same rules written by hand."""

import contextlib
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path

import psycopg2
from django.db import connection

from bench import yardstick
from bench.results import Result, at_most, spread
from bench.world import World, connect, world
from leads.activity.news import touch
from leads.conditions.select import plan_for
from scoring.company_sums import CompanySums
from scoring.rescore import CHUNK, chunks, rescore, rescore_chunk
from scoring.touched import process_touched

CONNECTIONS = 2
BATCH = 500
ROUNDS = {"S": 9, "M": 5, "L": 2}


def p4(size: str) -> list[Result]:
    """A full re-score in which every score is written anew and some pass into the history."""
    ours, theirs, memory = _full(size)
    value, by_hand = statistics.median(ours), statistics.median(theirs)
    detail = f"rounds: {spread(ours)}; by hand {spread(theirs)}"
    return [
        at_most("P4", size, value, by_hand, "s", 2, detail),
        Result("P4 memory", size, memory, None, None, "MB", "≤ 50", memory <= 50, "added in Python"),
    ]


def p6(size: str) -> list[Result]:
    """What a lead costs in a large installation and in a small one, on one connection: S has but one id range."""
    if size == "S":
        return []
    pair = (world(size), world("S"))
    costs: dict[str, list[float]] = {here.size: [] for here in pair}
    with contextlib.ExitStack() as stack:
        pools = {here.size: stack.enter_context(scorer(here, 1))[0] for here in pair}
        for _ in range(ROUNDS[size]):
            for here in pair:
                here.enter()
                costs[here.size].append(timed(pools[here.size]) / here.leads * 1e6)
    large, small = (statistics.median(costs[here.size]) for here in pair)
    detail = f"per lead at {size} {spread(costs[size])}; at S {spread(costs['S'])}"
    return [at_most("P6", size, large, small, "µs", 1.25, detail)]


@contextlib.contextmanager
def scorer(here: World, connections: int) -> Iterator[tuple[Callable[[], None], float]]:
    """Our full pass over that database, warm, with the megabytes its first run added; the state before is kept."""
    here.enter()
    parts = chunks()
    with ThreadPoolExecutor(connections, initializer=connection.ensure_connection) as pool:

        def score_all() -> None:
            sums = CompanySums() if len(parts) > 1 else None
            list(pool.map(lambda chunk: rescore_chunk(chunk, now=here.now, and_promote=False, sums=sums), parts))

        memory = memory_added(score_all)
        _keep_scores()
        yield score_all, memory
        barrier = threading.Barrier(connections)
        list(pool.map(lambda _: (barrier.wait(), connection.close()), range(connections)))


def _full(size: str) -> tuple[list[float], list[float], float]:
    """Seconds of both sides' rounds, and the megabytes ours added."""
    here = world(size)
    with (
        scorer(here, CONNECTIONS) as (ours, memory),
        _Hands(here, summed=len(chunks()) > 1) as hands,
        ThreadPoolExecutor(CONNECTIONS) as pool,
    ):
        parts, barrier = chunks(), threading.Barrier(CONNECTIONS)

        def theirs() -> None:
            list(pool.map(lambda _: hands.sum_companies(barrier), range(CONNECTIONS)))
            list(pool.map(hands.score_chunk, parts))

        sides: list[tuple[Callable[[], None], list[float]]] = [(ours, []), (theirs, [])]
        if size != "L":  # where a pass takes a minute, that of the memory has warmed enough
            timed(ours)
            timed(theirs)
        for number in range(ROUNDS[size]):
            for side, times in sides if number % 2 else reversed(sides):
                times.append(timed(side))
    return sides[0][1], sides[1][1], memory


def _keep_scores() -> None:
    """Keep what is scored now as the state before every round: another version, some points apart."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_scores; CREATE TABLE bench_scores AS SELECT * FROM leads_leadscore")
        cursor.execute("UPDATE bench_scores SET version = 0, points = points - 10 * (lead_id %% 4 = 0)::int", [])


def timed(work: Callable[[], None]) -> float:
    """Seconds of `work` from the kept state on."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE leads_leadscore, leads_scorehistory, leads_event")
        cursor.execute("INSERT INTO leads_leadscore SELECT * FROM bench_scores ORDER BY lead_id")
        cursor.execute("VACUUM ANALYZE leads_leadscore")
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


class _Hands:
    """The yardstick on connections of its own, prepared once each."""

    def __init__(self, here: World, *, summed: bool = False) -> None:
        self._connections: list[psycopg2.extensions.connection] = []
        plan = plan_for(here.now)
        self._sums = yardstick.sums(today=plan.today, zone=plan.zone) if summed else ""
        common = {
            "today": plan.today,
            "zone": plan.zone,
            "model": here.version.model_id,
            "version": here.version.number,
        }
        self._texts = {
            "chunk(bigint, bigint)": yardstick.statement(yardstick.RANGE, **common, summed=summed),
            "ids(bigint[])": yardstick.statement(yardstick.IDS, **common),
        }

    def __enter__(self) -> "_Hands":
        for _ in range(CONNECTIONS):
            made = connect()
            made.autocommit = False
            with made, made.cursor() as cursor:
                cursor.execute(self._sums or "SELECT")
                cursor.execute("SET enable_hashagg = off; SET enable_seqscan = off; SET jit = off")
                cursor.execute("SET plan_cache_mode = force_generic_plan")
                for head, text in self._texts.items():
                    cursor.execute(f"PREPARE {head} AS {text}")
            self._connections.append(made)
        self._free = list(self._connections)
        return self

    def __exit__(self, *_: object) -> None:
        for made in self._connections:
            made.close()

    def sum_companies(self, barrier: threading.Barrier) -> None:
        """On each connection what all ranges share; none takes two."""
        if self._sums:
            self._run(f"SET LOCAL enable_hashagg = on; SET LOCAL enable_seqscan = on; {self._sums}", [], barrier)

    def score_chunk(self, chunk: int) -> None:
        """One id range in a transaction."""
        self._run("EXECUTE chunk(%s, %s)", [chunk * CHUNK, (chunk + 1) * CHUNK])

    def score(self, ids: Sequence[int]) -> None:
        """Some leads in a transaction."""
        self._run("EXECUTE ids(%s)", [list(ids)])

    def _run(self, text: str, values: list[object], barrier: threading.Barrier | None = None) -> None:
        own = self._free.pop()
        try:
            if barrier is not None:
                barrier.wait()
            with own, own.cursor() as cursor:
                cursor.execute(text, values)
        finally:
            self._free.append(own)


def p5(size: str) -> list[Result]:
    """Leads touched by a fact: batches of 500, hot, each score written."""
    here = world(size)
    with scorer(here, CONNECTIONS):
        pass  # so that scores stand
    ours: list[float] = []
    theirs: list[float] = []
    with _Hands(here) as hands:
        for number, ids in enumerate(_batches(40)):
            sides = [(lambda i=ids: rescore(i, now=here.now), ours), (lambda i=ids: hands.score(i), theirs)]
            for side, times in sides if number % 2 else reversed(sides):
                _make_stale(ids)
                start = time.perf_counter()
                side()
                if number >= 10:
                    times.append((time.perf_counter() - start) / BATCH * 1e6)
    whole = statistics.median(_touched(here))
    detail = f"batches: {spread(ours)}; by hand {spread(theirs)}"
    return [
        at_most("P5", size, statistics.median(ours), statistics.median(theirs), "µs", 2, detail),
        Result("P5 worker", size, whole, None, None, "µs", "–", None, "the whole touched batch, per lead"),
    ]


def _batches(count: int) -> Iterator[list[int]]:
    """The same leads again and again, spread over the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM leads_lead ORDER BY hashint8extended(id, 7) LIMIT %s", [5 * BATCH])
        ids = [pk for (pk,) in cursor.fetchall()]
    groups = cycle(sorted(ids[start::5]) for start in range(5))
    return (next(groups) for _ in range(count))


def _make_stale(ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE leads_leadscore SET points = points - 1 WHERE lead_id = ANY(%s)", [list(ids)])


def _touched(here: World) -> Iterator[float]:
    """Microseconds per lead of the worker's batches."""
    for number, ids in enumerate(_batches(20)):
        _make_stale(ids)
        touch(ids, fact_at=here.now)
        start = time.perf_counter()
        process_touched(now=here.now)
        if number >= 5:
            yield (time.perf_counter() - start) / BATCH * 1e6


def memory_added(work: Callable[[], object]) -> float:
    """Megabytes by which the process grew above where it stood, at its highest."""
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    work()
    return (_status("VmHWM") - before) / 1024


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
