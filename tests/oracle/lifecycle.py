"""What becomes of one lead, told once more in plain words (R1 to R7): slow, obvious, and without a table.

A `Life` is told what is done with a lead. It either says that this is not allowed, and then nothing changes, or
writes the same lines the journal should hold and stands where the lead should stand.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.oracle.lines import MARKETING, OUTCOMES, SALES, STAGES, Done, Line, Offer, Way

SECONDS_TO_UNDO = 15


class NotAllowed(Exception):
    """The house would refuse this."""


@dataclass
class Life:
    """One lead."""

    way: Way = field(default_factory=Way)
    owner: int | None = None
    campaign: str | None = None
    quiet: datetime | None = None
    is_archived: bool = False
    journal: list[Line] = field(default_factory=list)
    passes: list[tuple[int, str | None]] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    deals: dict[int, str] = field(default_factory=dict)
    facts: list[datetime] = field(default_factory=list)  # when something new was recorded
    brought_back: set[int] = field(default_factory=set)  # lines of the journal that set it aside until a day
    last: Done | None = None

    @property
    def is_open(self) -> bool:
        """Whether its pass goes on."""
        return not self.way.outcome

    @property
    def open_offer(self) -> Offer | None:
        """The handover sales may decide on."""
        return next((offer for offer in self.offers if offer.state == "open"), None)

    # What is done with it.

    def captured(self, at: datetime, now: datetime, campaign: str | None) -> None:
        """Somebody left their details: the first time, and after the end of a pass, a pass begins."""
        self.facts.append(now)
        if self.way.stage:
            assert self.way.since is not None
            if self.is_open or at < self.way.since:
                return
        if self.way.stage in SALES:
            self.owner = None
        self.campaign, self.quiet = campaign, None
        self._go(["mcl"], "", "capture", at, now, begins=True)

    def by_hand(self, to: str, now: datetime, until: date | None = None) -> None:
        """A person moves it."""
        if to in OUTCOMES:
            self._end_by_hand(to, now, until)
            return
        if self.is_open and to == self.way.stage:
            raise NotAllowed("it stands there")
        if self.is_open and _place(to) < _place(self.way.stage):
            self._back(to, "person", now)
            return
        if to == "sqo":
            raise NotAllowed("proof is wanted")
        if to in SALES and self.way.stage in MARKETING:
            raise NotAllowed("sales decides")
        if not self.is_open:
            self.quiet = None
        self._forward(to, "person", now, now)

    def imported(self, to: str, at: datetime, now: datetime) -> None:
        """An import says where it stands: never back, and it rests afterwards."""
        if to in STAGES:
            if _place(to) <= _place(self.way.stage):
                raise NotAllowed("not ahead")
            self._forward(to, "import", at, now)
        else:
            if not self.is_open:
                raise NotAllowed("the pass has ended")
            self._finish(to, "import", at, now)
            self._close_deal(to)
        self.quiet = now

    def met(self, to: str, now: datetime) -> None:
        """Its criteria are met."""
        self._forward(to, "criteria", now, now)

    def decided(self, verb: str, by: int, now: datetime) -> None:
        """Sales decides on the open handover."""
        offer = self.open_offer
        if offer is None:
            raise NotAllowed("nothing to decide")
        offer.state, offer.by, offer.closed_at = (
            {"accept": "accepted", "reject": "rejected", "return": "returned", "duplicate": "duplicate"}[verb],
            by,
            now,
        )
        if verb == "accept":
            self._forward("sal", "handover", now, now)
            self.owner = by
        elif verb in ("reject", "duplicate"):
            self._finish("disqualified", "handover", now, now)
            self.owner = offer.owner_before
        else:
            self._back("mel", "handover", now)
            self.owner = offer.owner_before
        assert self.last is not None
        self.last.offer = offer

    def proved(self, now: datetime) -> None:
        """Proof of the intent to buy."""
        if not self.is_open or self.way.stage not in ("sal", "sql"):
            raise NotAllowed("no proof here")
        self.deals.setdefault(self.way.cycle, "open")
        self._forward("sqo", "proof", now, now)

    def closed(self, outcome: str, now: datetime) -> None:
        """Won or lost."""
        self._end_by_hand(outcome, now, None)
        self._close_deal(outcome)

    def recycled(self, today: date, now: datetime) -> None:
        """The day to try again has come: a new pass begins, engaged again where it was; it rests there."""
        taken_back = {line.undoes for line in self.journal}
        for place, line in enumerate(self.journal):
            is_due = line.until is not None and line.until <= today and line.cycle == self.way.cycle
            if is_due and self.way.outcome == "nurture" and place not in taken_back | self.brought_back:
                self.brought_back.add(place)
                self._forward("mcl" if self.way.stage == "mcl" else "mel", "recycle", now, now)
                self.quiet = now
                return

    def undone(self, now: datetime) -> None:
        """The last move is taken back; a decision on a handover is not, this way."""
        if self.last is None or self.last.cause not in ("person", "criteria", "proof", "recycle"):
            raise NotAllowed("nothing to take back")
        self._take_back(now)

    def decision_undone(self, by: int, now: datetime) -> None:
        """Who decided takes the decision back."""
        if self.last is None or self.last.offer is None or self.last.offer.by != by:
            raise NotAllowed("not yours")
        offer = self.last.offer
        self._take_back(now)
        offer.state, offer.by, offer.closed_at = "open", None, None
        self.owner = offer.owner_before

    def woken(self) -> None:
        """Something new was recorded since it was laid to rest."""
        if self.quiet is not None and any(at > self.quiet for at in self.facts):
            self.quiet = None

    def cools_from(self, stage: str, today: date, days: int, day_of: Callable[[datetime], date]) -> bool:
        """Whether it was sent back from a stage less than so many days ago."""
        taken_back = {line.undoes for line in self.journal}
        return any(
            line.backward
            and line.undoes is None
            and place not in taken_back
            and line.from_stage == stage
            and today < day_of(line.at) + timedelta(days=days)
            for place, line in enumerate(self.journal)
        )

    # How it moves.

    def _end_by_hand(self, outcome: str, now: datetime, until: date | None) -> None:
        if not self.is_open:
            raise NotAllowed("the pass has ended")
        if outcome == "won" and self.way.stage != "sqo":
            raise NotAllowed("no opportunity")
        if outcome == "lost" and self.way.stage not in SALES:
            raise NotAllowed("not in sales")
        self._finish(outcome, "person", now, now, until=until)

    def _forward(self, to: str, cause: str, at: datetime, now: datetime) -> None:
        """Up the line, each stage in between passed through; where the pass has ended, up from the first one."""
        start = _place(self.way.stage) + 1 if self.is_open else 0
        self._go(STAGES[start : _place(to) + 1], "", cause, at, now, begins=not self.is_open)

    def _finish(self, outcome: str, cause: str, at: datetime, now: datetime, until: date | None = None) -> None:
        """The pass ends; a win has been an opportunity."""
        up = STAGES[_place(self.way.stage) + 1 :] if outcome == "won" else []
        self._go(up, outcome, cause, at, now, until=until)

    def _back(self, to: str, cause: str, now: datetime) -> None:
        self._go([to], "", cause, now, now, backward=True)
        self.quiet = now

    def _go(
        self,
        stages: list[str],
        outcome: str,
        cause: str,
        at: datetime,
        now: datetime,
        *,
        begins: bool = False,
        backward: bool = False,
        until: date | None = None,
    ) -> None:
        before, written = deepcopy(self.way), len(self.journal)
        if begins:
            self.passes.append((len(self.passes) + 1, self.campaign))
            self.way.cycle = len(self.passes)
        early = before.since is not None and at < before.since
        for place, stage in enumerate(stages):
            passed = bool(outcome) or place + 1 < len(stages)
            self._write(stage, "", at, now, cause, passed_through=passed, backward=backward, out_of_order=early)
        if outcome:
            self._write(self.way.stage, outcome, at, now, cause, out_of_order=early, until=until)
        self.way.since = at
        withdrawn = self._announce(cause, now)
        went = len(self.journal) - written
        self.last = Done(cause, now, went, before, backward, withdrawn) if before.stage else None

    def _write(self, stage: str, outcome: str, at: datetime, now: datetime, cause: str, **flags: object) -> None:
        way = self.way
        line = Line(way.cycle, way.stage or None, way.outcome, stage, outcome, at, now, cause, **flags)  # type: ignore[arg-type]
        self.journal.append(line)
        way.stage, way.outcome = stage, outcome
        if not line.backward:
            way.entered.setdefault((way.cycle, outcome or stage), at)

    def _announce(self, cause: str, now: datetime) -> Offer | None:
        """Qualified leads are offered to sales, but not what an import brings; who leaves is offered no more."""
        offer = None
        if not (self.is_open and self.way.stage == "mql"):
            offer = self._withdraw(now) if cause != "handover" else None
        elif cause not in ("import", "undo"):
            self.offers.append(Offer(self.way.cycle, self.owner))
        return offer

    def _withdraw(self, now: datetime) -> Offer | None:
        offer = self.open_offer
        if offer is not None:
            offer.state, offer.closed_at = "withdrawn", now
        return offer

    def _close_deal(self, outcome: str) -> None:
        if outcome in ("won", "lost"):
            self.deals[self.way.cycle] = outcome

    def _take_back(self, now: datetime) -> None:
        """Line by line, newest first; nothing of the move is left but the number of a pass it began."""
        done = self.last
        assert done is not None
        if (now - done.at).total_seconds() > SECONDS_TO_UNDO:
            raise NotAllowed("too late")
        places = range(len(self.journal) - 1, len(self.journal) - 1 - done.lines, -1)
        for place in places:
            line = self.journal[place]
            assert line.from_stage is not None
            self.journal.append(
                Line(
                    done.before.cycle,
                    line.to_stage,
                    line.outcome,
                    line.from_stage,
                    line.from_outcome,
                    now,
                    now,
                    "undo",
                    backward=True,
                    undoes=place,
                )
            )
        self.way, self.last = done.before, None
        if done.cause == "criteria":
            self.quiet = now
        elif done.went_back:
            self.quiet = None
        self._announce("undo", now)
        if self.is_open and self.way.stage == "mql" and done.offer is not None and done.offer.state == "withdrawn":
            done.offer.state, done.offer.closed_at = "open", None
        self._undo_deal()

    def _undo_deal(self) -> None:
        """A deal stands where there is an opportunity; one whose closing was taken back is open again."""
        cycle = self.way.cycle
        if not self.is_open or cycle not in self.deals:
            return
        if (cycle, "sqo") in self.way.entered:
            self.deals[cycle] = "open"
        else:
            del self.deals[cycle]


def _place(stage: str) -> int:
    return STAGES.index(stage)
