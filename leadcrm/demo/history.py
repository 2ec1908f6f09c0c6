"""What each lead of a campaign does and when, so that the campaign's figures follow.

Everything here is a fact to come, in seconds after the lead's capture; no stage is written anywhere. `depth` is how
far the facts of a lead are meant to carry it; whether they do is for the criteria to say.
"""

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean

from leadcrm.demo.shapes import MAIL_DAYS, STAGES, Opens, Shape

HOUR = 3600
DAY = 24 * HOUR
LAST_DAY = 88  # of the quarter: whatever happens, happens by then


@dataclass(eq=False)
class Track:
    """One lead's way. Times are seconds after the capture."""

    group: str  # how it becomes engaged: mail, before, after, visits; or never
    first_opens: tuple[int, ...] = ()
    completes: int = 0  # the mail whose opening engages it
    depth: str = "mcl"
    source: str = ""
    region: str = ""
    captured_day: int = 0
    engaged: int = 0
    qualified: int = 0
    decided: int = 0
    assessed: int = 0
    proven: int = 0
    closed: int = 0
    verdict: str = ""
    ends: str = ""
    opens: dict[int, int] = field(default_factory=dict)
    clicks: dict[int, int] = field(default_factory=dict)
    serious_visits: list[int] = field(default_factory=list)
    sheet: str = ""  # what sales found out

    def reaches(self, stage: str) -> bool:
        """Whether its facts are meant to carry it that far."""
        return STAGES.index(self.depth) >= STAGES.index(stage)


def tracks_of(shape: Shape, seed: int) -> list[Track]:
    """The ways of all leads of a campaign: drawn again until the whole way takes as long as it should."""
    rnd = random.Random(seed)
    while True:
        tracks = _draw(shape, rnd)
        whole = fmean(track.proven / DAY for track in tracks if track.proven)
        if shape.whole_path is None or abs(whole - shape.whole_path) < 0.04:
            return tracks


def _draw(shape: Shape, rnd: random.Random) -> list[Track]:
    tracks = _cast(shape, rnd)
    for step in (_engage, _open_mails, _click, _visit, _qualify, _sell, _place, _close):
        step(tracks, shape, rnd)
    _schedule(tracks, rnd)
    return tracks


def spread(count: int, total: int, low: int, high: int) -> list[int]:
    """`count` whole numbers from low to high, rising evenly, that sum to `total` exactly."""
    mean = total / count
    reach = min(mean - low, high - mean)
    ideal = [mean + reach * (2 * i / (count - 1) - 1) if count > 1 else mean for i in range(count)]
    running = [round(sum(ideal[:i]), 6) for i in range(count)] + [float(total)]
    return [math.floor(b + 0.5) - math.floor(a + 0.5) for a, b in pairwise(running)]


def balanced(count: int, rnd: random.Random, span: int = 75 * 60) -> list[int]:
    """Seconds early or late that sum to zero, so that means stay exact while no two leads share a minute."""
    half = [rnd.randrange(60, span) for _ in range(count // 2)]
    both = [*half, *(-seconds for seconds in half), *([0] * (count % 2))]
    rnd.shuffle(both)
    return both


def _cast(shape: Shape, rnd: random.Random) -> list[Track]:
    mails = [mail for mail, count in shape.by_mail.items() for _ in range(count)]
    rnd.shuffle(mails)
    tracks = [Track("mail", opens, mail) for opens, mail in zip(_each(shape.by_mail_opens), mails, strict=True)]
    tracks += [Track("before", opens) for opens in _each(shape.opens_before)]
    tracks += [Track("after", opens) for opens in _each(shape.opens_after)]
    tracks += [Track("visits") for _ in range(shape.counts[1] - len(tracks))]
    never = [Track("never", opens) for opens in _each(shape.never_opens)]
    never += [Track("never") for _ in range(shape.counts[0] - shape.counts[1] - len(never))]
    return tracks + never


def _each(opens: Opens) -> Iterable[tuple[int, ...]]:
    return (pattern for pattern, count in opens.items() for _ in range(count))


def _engage(tracks: Sequence[Track], shape: Shape, rnd: random.Random) -> None:
    """When each becomes engaged; the mean is the step's."""
    engaged = [track for track in tracks if track.group != "never"]
    days = {id(t): MAIL_DAYS[t.completes] + 1 for t in engaged if t.group == "mail"}
    days |= {id(t): 2 + i % 3 for i, t in enumerate(t for t in engaged if t.group == "after")}
    before = [t for t in engaged if t.group == "before"]
    days |= {id(t): day for t, day in zip(before, spread(len(before), 8 * len(before), 5, 12), strict=True)}
    visits = [t for t in engaged if t.group == "visits"]
    left = len(engaged) * shape.step_days[0] - sum(days.values())
    days |= {id(t): day for t, day in zip(visits, spread(len(visits), left, 5, 45), strict=True)}
    for track, late in zip(engaged, balanced(len(engaged), rnd), strict=True):
        track.engaged = days[id(track)] * DAY + late


def _open_mails(tracks: Sequence[Track], shape: Shape, rnd: random.Random) -> None:
    """Mails 3 to 5 are opened by those they engage, and by people who are engaged already."""
    for track in tracks:
        for mail in track.first_opens:
            track.opens[mail] = _first_open(track, mail, rnd)
    readers = [track for track in tracks if track.group in ("before", "after")]
    for mail in (3, 4, 5):
        first = [track for track in tracks if track.completes == mail]
        for track in first:
            track.opens[mail] = track.engaged
        pool = readers + [track for track in tracks if 0 < track.completes < mail]
        for track in rnd.sample(pool, shape.opens[mail - 1] - len(first)):
            after = rnd.randrange(HOUR // 4, 40 * HOUR)
            track.opens[mail] = max(MAIL_DAYS[mail] * DAY, track.engaged) + after


def _first_open(track: Track, mail: int, rnd: random.Random) -> int:
    """Before the lead is engaged, or right after for the group that is engaged first; always before mail 3."""
    if track.group == "after":
        start = max(MAIL_DAYS[mail] * DAY, track.engaged)
        return start + rnd.randrange(HOUR, 40 * HOUR)
    return MAIL_DAYS[mail] * DAY + rnd.randrange(HOUR // 4, 38 * HOUR)


def _click(tracks: Sequence[Track], shape: Shape, rnd: random.Random) -> None:
    """The keenest readers click; those who click mails 3 to 5 have clicked before."""
    keen = sorted(rnd.sample(tracks, len(tracks)), key=lambda track: -len(track.opens))
    clickers: list[Track] = []
    for mail, wanted in enumerate(shape.clicks, start=1):
        among = clickers if mail > 2 else [track for track in keen if track not in clickers]
        chosen = [track for track in among if mail in track.opens][:wanted]
        for track in chosen:
            track.clicks[mail] = track.opens[mail] + rnd.randrange(20, 240)
        clickers += [track for track in chosen if track not in clickers]


def _visit(tracks: Sequence[Track], shape: Shape, rnd: random.Random) -> None:
    """Three serious visits engage a lead; some of the others look in once."""
    by_visits = [track for track in tracks if track.group in ("before", "after", "visits")]
    for track in by_visits:
        early = (int(track.engaged * rnd.uniform(*range_)) for range_ in ((0.15, 0.5), (0.6, 0.9)))
        track.serious_visits = [*early, track.engaged]
    left = shape.sessions - sum(shape.clicks) - 3 * len(by_visits)
    for track in rnd.sample([t for t in tracks if t.group in ("mail", "never")], left):
        track.serious_visits = [rnd.randrange(2 * HOUR, 18 * DAY)]


def _qualify(tracks: Sequence[Track], shape: Shape, rnd: random.Random) -> None:
    """Some of those engaged within eight to 24 days go on; who was early takes longer."""
    ready = sorted((t for t in tracks if 7.5 * DAY < t.engaged < 24.5 * DAY), key=lambda track: track.engaged)
    count = shape.counts[2]
    chosen = [ready[i * len(ready) // count] for i in range(count)]
    gaps = spread(count, count * shape.step_days[1], 4, 10)[::-1]
    for track, days, late in zip(chosen, gaps, balanced(count, rnd), strict=True):
        track.qualified = track.engaged + days * DAY + late
    chosen.sort(key=lambda track: track.qualified + rnd.gauss(0, 2 * DAY))  # early ones tend to go further
    for depth, (more, fewer) in zip(STAGES[2:], _falls(shape.counts[2:]), strict=True):
        for track in chosen[fewer:more]:
            track.depth = depth
    for track in tracks:
        if track.engaged and not track.qualified:
            track.depth = "mel"


def _falls(counts: Sequence[int]) -> list[tuple[int, int]]:
    """Each count with the next one, the last with zero."""
    return list(zip(counts, [*counts[1:], 0], strict=True))


# Sales worksheets: budget, authority, need and timeline as "y" yes, "p" partly, "n" no, "u" unknown; then what is known
# of the Decision, the Cost of errors, the Stakeholders, the Erp, the security Review; M for a meeting.
FULL = ["yyyy:MDC", "yyyp:MDCS", "yyyy:MCS", "yyyp:MDCSE", "ypyy:MDCSER", "yyyy:MDS", "yypy:MCSER", "yyyy:MDCSE"]
NEARLY = ["yyyp:MCS", "yypp:MDC", "yyyp:MDER", "ypyp:MDCS"]
SHORT = ["ppyu:M", "yypu:MD", "ypyu:ME", "pppu:M", "ppyn:MC", "yppu:MS", "pupu:", "yyyn:MC", "ppyp:MD"]


def _sell(tracks: Sequence[Track], shape: Shape, rnd: random.Random) -> None:
    """Decisions, what sales finds out, proofs."""
    accepted = _later(tracks, "sal", shape.step_days[2], (1, 5), rnd, start="qualified", to="decided")
    _later(tracks, "sql", shape.step_days[3], (2, 8), rnd, start="decided", to="assessed")
    _later(tracks, "sqo", shape.step_days[4], (8, 16), rnd, start="assessed", to="proven")
    for track in accepted:
        track.verdict = "accept"
    refused = [track for track in tracks if track.depth == "mql"]
    for i, track in enumerate(refused):
        track.decided = track.qualified + (2 + i % 3) * DAY + rnd.randrange(4 * HOUR)
        track.verdict = "return" if i < shape.returned else "reject"
    full = [track for track in accepted if track.reaches("sql")]
    short = [track for track in accepted if not track.reaches("sql")]
    for track in short:
        track.assessed = track.decided + 4 * DAY + rnd.randrange(5 * HOUR)
    for i, track in enumerate(full):
        track.sheet = FULL[i % len(FULL)]
    for i, track in enumerate(short):
        track.sheet = NEARLY[i] if i < shape.borderline else SHORT[(i - shape.borderline) % len(SHORT)]


def _later(
    tracks: Sequence[Track],
    stage: str,
    mean_days: int,
    bounds: tuple[int, int],
    rnd: random.Random,
    *,
    start: str,
    to: str,
) -> list[Track]:
    """Set when those who get to `stage` do, so that the mean of the step is exact; the promising tend to be quicker."""
    group = sorted((track for track in tracks if track.reaches(stage)), key=lambda track: -STAGES.index(track.depth))
    days = spread(len(group), len(group) * mean_days, *bounds)
    days.sort(key=lambda day: day + rnd.gauss(0, 1.5))
    for track, gap, late in zip(group, days, balanced(len(group), rnd), strict=True):
        setattr(track, to, getattr(track, start) + gap * DAY + late)
    return group


def _place(tracks: Sequence[Track], shape: Shape, rnd: random.Random) -> None:
    """Sources and regions: any pairing among those who get equally far keeps both tables."""
    for position, stage in enumerate(STAGES):
        group = [track for track in tracks if track.depth == stage]
        sources, regions = _exits(shape.sources, position), _exits(shape.regions, position)
        rnd.shuffle(sources)
        rnd.shuffle(regions)
        for track, source, region in zip(group, sources, regions, strict=True):
            track.source, track.region = source, region


def _exits(table: Mapping[str, tuple[int, ...]], position: int) -> list[str]:
    """The row of each lead that gets to the stage at `position` and no further."""
    rows = ((name, _falls(row)[position]) for name, row in table.items())
    return [name for name, (reached, further) in rows for _ in range(reached - further)]


def _close(tracks: Sequence[Track], shape: Shape, rnd: random.Random) -> None:
    """One win in each source that has one; qualified leads that never become an opportunity are lost."""
    for source in shape.won:
        winner = next(track for track in tracks if track.depth == "sqo" and track.source == source)
        winner.ends, winner.closed = "won", winner.proven + rnd.randrange(4 * DAY, 8 * DAY)
    for track in tracks:
        if track.depth == "sql":
            track.ends, track.closed = "lost", track.assessed + rnd.randrange(10 * DAY, 13 * DAY)
        elif shape.closes_all and track.depth == "sqo" and not track.ends:
            track.ends, track.closed = "lost", track.proven + rnd.randrange(6 * DAY, 15 * DAY)
        elif shape.closes_all and track.depth == "sal":
            track.ends, track.closed = "nurture", track.assessed + rnd.randrange(8 * DAY, 15 * DAY)


def _schedule(tracks: Sequence[Track], rnd: random.Random) -> None:
    """The day of each capture, early enough for everything to lie within the quarter."""
    for i, track in enumerate(rnd.sample(tracks, len(tracks))):
        last = max(track.closed, track.proven, track.assessed, track.decided, track.qualified, track.engaged, 20 * DAY)
        track.captured_day = (i * 17) % min(45, LAST_DAY - math.ceil(last / DAY))
