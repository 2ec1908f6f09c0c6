"""The words of tests.oracle.lifecycle: stages, lines of the journal, offers, and what a move changed."""

from dataclasses import dataclass, field
from datetime import date, datetime

MARKETING, SALES = ["mcl", "mel", "mql"], ["sal", "sql", "sqo"]
STAGES = [*MARKETING, *SALES]
OUTCOMES = ["nurture", "disqualified", "won", "lost"]


@dataclass(frozen=True)
class Line:
    """One line of the journal. `undoes` is the place of another line in it."""

    cycle: int
    from_stage: str | None
    from_outcome: str
    to_stage: str
    outcome: str
    at: datetime
    recorded_at: datetime
    cause: str
    passed_through: bool = False
    backward: bool = False
    out_of_order: bool = False
    until: date | None = None
    undoes: int | None = None


@dataclass
class Offer:
    """A handover."""

    cycle: int
    owner_before: int | None
    state: str = "open"
    by: int | None = None
    closed_at: datetime | None = None


@dataclass
class Way:
    """Where the lead is: what a move changes and an undo gives back."""

    stage: str = ""
    outcome: str = ""
    cycle: int = 0
    since: datetime | None = None
    entered: dict[tuple[int, str], datetime] = field(default_factory=dict)


@dataclass
class Done:
    """The last move: what it takes to take it back."""

    cause: str
    at: datetime
    lines: int
    before: Way
    went_back: bool
    offer: Offer | None = None
