"""Random lives: what may be done with leads and how often, and the shortest of the steps that go wrong."""

from collections.abc import Sequence
from random import Random
from typing import Any

from leads.handover.decide import Verb
from leads.models import Evidence, Realm
from tests.oracle.lines import OUTCOMES, STAGES
from tests.oracle.machine import BANT, CAMPAIGNS, PEOPLE
from tests.oracle.offers import Lifecycle

Step = tuple[str, dict[str, Any]]
PLACES, AGO = [*STAGES, *OUTCOMES], [0, 0, 0, 1, 20]
WHO = {"who": range(PEOPLE)}
# What may be done: how often beside the others, and what each argument is chosen from.
KNOWN: dict[str, tuple[int, dict[str, Sequence[Any]]]] = {
    "capture_somebody_new": (3, {"campaign": [None, *CAMPAIGNS], "ago": AGO}),
    "capture_again": (5, WHO | {"campaign": [None, *CAMPAIGNS], "ago": AGO}),
    "view": (6, WHO | {"times": [1, 2, 3], "evidence": [Evidence.HUMAN, Evidence.HUMAN, *Evidence]}),
    "assess": (6, WHO | {"realm": list(Realm), "state": [*BANT, "yes"]}),
    "work": (9, {}),
    "move_by_hand": (9, WHO | {"to": PLACES}),
    "go_on": (10, WHO),
    "send_back": (5, WHO),
    "renew": (8, WHO),
    "move_several": (2, {"wishes": []}),
    "bring": (3, WHO | {"to": PLACES, "ago": AGO, "date_only": [True, False]}),
    "decide": (8, WHO | {"verb": list(Verb), "user": [0, 1]}),
    "undo": (9, WHO),
    "undo_decision": (5, WHO | {"user": [0, 1]}),
    "claim": (2, WHO | {"user": [0, 1]}),
    "release": (2, WHO),
    "snooze": (2, WHO | {"days": [-1, 1, 91]}),
    "recycle": (3, {}),
    "prove": (4, WHO),
    "close": (5, WHO | {"outcome": ["won", "lost"]}),
    "archive": (3, WHO | {"restore": [True, True, False]}),
    "give": (3, WHO | {"user": [None, 0, 1]}),
    "end_campaign": (1, {"slug": CAMPAIGNS}),
    "wait": (9, {"pause": [1, 4, 4, 14, 16, 3600, 86_400, 3 * 86_400, 11 * 86_400]}),
}


def made_up(seed: int, number: int) -> list[Step]:
    """That many steps, the same for the same seed."""
    dice = Random(seed)
    names = dice.choices(list(KNOWN), [weight for weight, _ in KNOWN.values()], k=number)
    first: Step = ("capture_somebody_new", {"campaign": None, "ago": 0})
    return [first, *((name, _arguments(name, dice)) for name in names[1:])]


def _arguments(name: str, dice: Random) -> dict[str, Any]:
    if name == "move_several":
        return {"wishes": {who: dice.choice(PLACES) for who in dice.sample(range(PEOPLE), 2)}}
    return {argument: dice.choice(values) for argument, values in KNOWN[name][1].items()}


def live(steps: Sequence[Step]) -> tuple[int, Exception | None]:
    """Take the steps until one goes wrong; how many were taken, and what went wrong."""
    machine = Lifecycle()
    try:
        for number, (name, arguments) in enumerate(steps):
            try:
                getattr(machine, name)(**arguments)
            except Exception as error:
                return number + 1, error
    finally:
        machine.teardown()
    return len(steps), None


def shortest(steps: Sequence[Step], wrong: Exception) -> tuple[list[Step], Exception]:
    """Steps that still go wrong and cannot do without any one of them."""
    left, place = list(steps), len(steps) - 1
    while place > 1:  # the first step brings somebody in
        place -= 1
        fewer = left[:place] + left[place + 1 :]
        taken, error = live(fewer)
        if error is not None:
            left, wrong, place = fewer[:taken], error, min(place, taken - 1)
    return left, wrong
