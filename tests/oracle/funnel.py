"""The funnel, twice: counted from the journal's lines as R5 says, and kept beside it by a ledger of what was done."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime

from tests.oracle.facts import Line, World

STAGES = ["mcl", "mel", "mql", "sal", "sql", "sqo"]
SALES = STAGES[3:]


def first_entries(world: World) -> dict[tuple[int, int, str], Line]:
    """(lead, pass, stage or outcome) to the line that counts: the first that is no way back and was not undone."""
    found: dict[tuple[int, int, str], Line] = {}
    for person in world.people.values():
        undone = {line.undoes for line in person.journal}
        for line in person.journal:
            if not line.backward and line.undoes is None and line.pk not in undone:
                found.setdefault((line.lead, line.cycle, line.outcome or line.to_stage), line)
    return found


@dataclass
class Account:
    """What was done with one lead, told by whoever did it; it knows nothing of the journal."""

    stage: str = ""
    outcome: str = ""
    cycle: int = 0
    offered: bool = False
    entered: dict[tuple[int, str], datetime] = field(default_factory=dict)
    last_cycle: int = 0
    _before: "Account | None" = None

    @property
    def is_sales(self) -> bool:
        """Whether the lead stands in the realm of sales."""
        return self.stage in SALES

    def captured(self, at: datetime) -> None:
        """A capture: the first one and one after the end of a pass begin a pass."""
        if not self.stage or self.outcome:
            self._begin(at, "mcl")
            self.offered = False
        self._before = None

    def moved(self, to: str, at: datetime, *, announced: bool = True) -> None:
        """A move by hand, by a decision or by an import (which is not announced)."""
        self._before = deepcopy(self)
        if to not in STAGES:
            self._end(to, at)
        elif self.outcome:
            self._begin(at, to)
        else:
            for stage in self._above(to):
                self.entered.setdefault((self.cycle, stage), at)
            self.stage = to
        self.offered = announced and to == "mql"

    def undone(self) -> None:
        """The last move was taken back: as if it had never been, but for the number of a pass it began."""
        assert self._before is not None
        last = self.last_cycle
        vars(self).update(vars(self._before))
        self.last_cycle, self._before = last, None

    def settled(self) -> None:
        """The time to undo has passed."""
        self._before = None

    @property
    def may_undo(self) -> bool:
        """Whether the last thing done was a move."""
        return self._before is not None

    def _above(self, to: str) -> Iterator[str]:
        start = STAGES.index(self.stage) + 1 if self.stage else 0
        yield from STAGES[start : STAGES.index(to) + 1]

    def _begin(self, at: datetime, to: str) -> None:
        self.last_cycle += 1
        self.cycle, self.stage, self.outcome = self.last_cycle, to, ""
        for stage in STAGES[: STAGES.index(to) + 1]:
            self.entered.setdefault((self.cycle, stage), at)

    def _end(self, outcome: str, at: datetime) -> None:
        if outcome == "won":
            for stage in self._above("sqo"):
                self.entered.setdefault((self.cycle, stage), at)
            self.stage = "sqo"
        self.entered.setdefault((self.cycle, outcome), at)
        self.outcome = outcome
