"""G1 to G3: mail while workers are killed and lines are lost, and what stands when that ends."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.db.models import F, QuerySet

from chaos.crew import Crew
from chaos.faults import Faults
from chaos.people import Mailing
from chaos.results import Result, at_most
from chaos.sink import ask, sink_process
from mail.claim import HANDING_SECONDS
from mail.models import FINAL, Message, State
from mail.queries import messages_in

# One mail in ten is put off, one in fifty refused for good; lines go down at every place; half of the answers take
# their time, so that kills find something in flight.
WEATHER = Faults(
    later_at_mail=0.02,
    later_at_rcpt=0.04,
    later_at_data=0.01,
    later_at_dot=0.03,
    never_at_rcpt=0.01,
    never_at_dot=0.01,
    drop_before_data=0.01,
    drop_in_body=0.01,
    drop_unrecorded=0.005,
    drop_recorded=0.005,
    slow=0.5,
    slow_seconds=0.02,
)
PATIENCE = 60.0  # after the last fault
LONGEST = 300.0
SPARED = 2.0  # seconds at most that a worker at work is left alone
_LOST_LINES = ("drop_in_body", "drop_unrecorded", "drop_recorded", "stall")


@dataclass(frozen=True)
class Seen:
    """What stood at the end of a storm."""

    intents: int
    kills: int
    accepted: Counter[str]  # by Message-ID, from the mail server's own log
    states: dict[str, tuple[str, str, int]]  # Message-ID: state, reason, attempts
    uncertain_before: dict[str, int]  # Message-ID: attempts, of those uncertain when the faults ended
    faults: dict[str, int]
    seconds: float  # from the last fault until everything was final
    listed: frozenset[str]  # Message-IDs of the uncertain on their page

    def having(self, state: str) -> list[str]:
        """Message-IDs of a state."""
        return [key for key, (found, _reason, _attempts) in self.states.items() if found == state]


def storm(
    environment: Mapping[str, str], folder: Path, *, intents: int, kills: int, seed: int, is_hurried: bool = False
) -> Seen:
    """Send that many mails through the weather while workers are killed that often; then wait for calm.

    `is_hurried` ends the leases of the killed at once, as if half a minute had gone by.
    """
    dice = random.Random(seed)
    log = folder / "accepted.log"
    log.touch()
    mailing = Mailing(f"storm{seed}-", intents)
    with sink_process(log, WEATHER, seed=seed) as port:
        with Crew({**environment, "EMAIL_URL": f"smtp://127.0.0.1:{port}"}, folder) as crew:
            _rage(mailing, crew, dice, kills)
            ask(port, "XCALM")
            if is_hurried:
                _hurry()
            uncertain = dict(_messages(mailing).filter(state=State.UNCERTAIN).values_list("message_id", "attempts"))
            started = time.monotonic()
            wait_for(lambda: not _messages(mailing).exclude(state__in=FINAL).exists(), seconds=PATIENCE)
            seconds = time.monotonic() - started
            time.sleep(3)  # the timetable looks again: at what is uncertain, too
        faults = json.loads(ask(port, "XCOUNTS"))
    rows = _messages(mailing).values_list("message_id", "state", "reason", "attempts")
    return Seen(
        intents=intents,
        kills=crew.kills,
        accepted=accepted(log),
        states={row[0]: row[1:] for row in rows},
        uncertain_before=uncertain,
        faults=faults,
        seconds=seconds,
        listed=frozenset(messages_in("uncertain").values_list("message_id", flat=True)),
    )


def _rage(mailing: Mailing, crew: Crew, dice: random.Random, kills: int) -> None:
    """Plan and kill in turns, until all the kills were made and nearly every mail was tried in this weather."""
    people = len(mailing.lead_ids)
    until = time.monotonic() + LONGEST
    while crew.kills < kills or (_tried(mailing) < 0.95 * people and time.monotonic() < until):
        mailing.plan(-(-people // kills))
        wait_for(lambda: _in_work(mailing), seconds=10)
        time.sleep(dice.uniform(0.0, SPARED))
        crew.kill_one(dice)


def _hurry() -> None:
    leased = Message.objects.filter(lease_until__isnull=False)
    leased.update(lease_until=F("lease_until") - timedelta(seconds=HANDING_SECONDS - 5))


def judge(seen: Seen) -> list[Result]:
    """G1, G2 and G3 of a storm."""
    twice = [key for key, times in seen.accepted.items() if times > 1]
    unknown = set(seen.accepted) - set(seen.states)
    weather = ", ".join(f"{name} {count}" for name, count in sorted(seen.faults.items()))
    g1 = at_most(
        "G1",
        len(twice) + len(unknown),
        0,
        f"accepted more than once, of {seen.intents} intents under {seen.kills} SIGKILLs; {weather}",
    )
    open_ = [key for key, (state, *_rest) in seen.states.items() if state not in FINAL]
    missing = seen.intents - len(seen.states)
    absent = [key for key in seen.having(State.SENT) if key not in seen.accepted]
    untold = [key for key in seen.accepted if seen.states.get(key, ("",))[0] not in (State.SENT, State.UNCERTAIN)]
    g2 = at_most(
        "G2",
        len(open_) + missing + len(absent) + len(untold),
        0,
        f"not final {len(open_)}, never written {missing}, sent but not accepted {len(absent)}, accepted but not told "
        f"{len(untold)}; all final {seen.seconds:.0f} s after the last fault; "
        + ", ".join(
            f"{state} {count}" for state, count in sorted(Counter(s for s, *_ in seen.states.values()).items())
        ),
    )
    return [g1, g2, _judge_uncertain(seen)]


def _judge_uncertain(seen: Seen) -> Result:
    uncertain = seen.having(State.UNCERTAIN)
    # One message is in flight on each line: a kill or a lost line leaves at most one.
    limit = seen.kills + sum(seen.faults.get(name, 0) for name in _LOST_LINES)
    resent = [key for key, attempts in seen.uncertain_before.items() if seen.states[key][2] != attempts]
    hidden = set(uncertain) - seen.listed
    reasons = Counter(seen.states[key][1] for key in uncertain)
    taken = sum(1 for key in uncertain if key in seen.accepted)
    detail = f"uncertain, {taken} of them accepted; " + ", ".join(f"{why} {n}" for why, n in sorted(reasons.items()))
    result = at_most(
        "G3", len(uncertain), limit, f"{detail}; sent again by itself {len(resent)}; not on the page {len(hidden)}"
    )
    return Result(result.id, result.value, result.bar, result.met and not resent and not hidden, result.detail)


def accepted(log: Path) -> Counter[str]:
    """How often each message was accepted, by the mail server's own log."""
    return Counter(line.split()[0] for line in log.read_text().splitlines())


def wait_for(question: Callable[[], bool], *, seconds: float) -> bool:
    """Whether it comes true in time."""
    until = time.monotonic() + seconds
    while not question():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _messages(mailing: Mailing) -> QuerySet[Message]:
    return Message.objects.filter(dedupe_key__startswith=f"{mailing.prefix}:")


def _tried(mailing: Mailing) -> int:
    return _messages(mailing).filter(attempts__gt=0).count()


def _in_work(mailing: Mailing) -> bool:
    return _messages(mailing).filter(state__in=[State.CLAIMED, State.HANDING]).exists()
