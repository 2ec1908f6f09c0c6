"""The report card of a version (R58): for each rule, whom it holds for, what sales said to them and who was won.

Rules are judged one by one on what really happened: a decision counts with the rules that held on the day of the offer.
Rules that hold together share what they do, and of twenty rules without any effect one is expected to seem to have one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from django.db import connection
from django.db.models.expressions import RawSQL

from leads.conditions.catalog import Catalog
from leads.conditions.select import in_turn, plan_for
from leads.lifecycle.entries import PassScope
from scoring.decides import decision_of
from scoring.engine import VersionSpec, spec_of
from scoring.lift import ENOUGH, Split
from scoring.models import ModelVersion
from scoring.points import points_of
from scoring.rules import RuleSpec, rule_words
from scoring.samples import (
    ACCEPTED,
    LOST,
    MOST,
    REJECTED,
    RETURNED,
    WON,
    Held,
    Sample,
    Samples,
    days_of,
    decisions,
    endings,
    replay,
)


class Verdict(StrEnum):
    """What can be said of a rule."""

    HELPS = "helps"
    NO_HELP = "no_help"
    AGAINST = "against"
    NEVER = "never"
    ALWAYS = "always"
    TOO_FEW = "too_few"


TO_LOOK_AT = (Verdict.AGAINST, Verdict.NEVER, Verdict.ALWAYS, Verdict.NO_HELP)


@dataclass(frozen=True)
class Said:
    """What sales said to some leads."""

    accepted: int = 0
    returned: int = 0
    rejected: int = 0

    @property
    def judged(self) -> int:
        """All of them."""
        return self.accepted + self.returned + self.rejected

    @property
    def refused(self) -> int:
        """Those returned or rejected."""
        return self.returned + self.rejected


@dataclass(frozen=True)
class Line:
    """One rule. `held` of `leads` have points by it today; `outcome` is what it is judged by."""

    position: int
    words: str
    group: str
    points: int
    held: int
    leads: int
    said: Said
    said_rest: Said
    outcome: Split
    verdict: Verdict

    @property
    def share(self) -> float | None:
        """The share of all leads it holds for."""
        return self.held / self.leads if self.leads else None

    @property
    def refusals(self) -> Split:
        """Returned or rejected, of those decided."""
        return Split(self.said.judged, self.said.refused, self.said_rest.judged, self.said_rest.refused)

    @property
    def is_refused_more(self) -> bool:
        """Whether sales refuse its leads more often than others, though it gives them points."""
        return self.points > 0 and self.refusals.compared() > 0

    @property
    def is_to_look_at(self) -> bool:
        """Whether somebody should look at the rule."""
        return self.verdict in TO_LOOK_AT or self.is_refused_more


@dataclass(frozen=True)
class Asked:
    """What a card is asked: the passes and days, and the outcome: "won", "accepted" or a yes-or-no attribute."""

    scope: PassScope
    outcome: str = WON


@dataclass(frozen=True)
class Card:
    """The card of a version. `known` leads stand behind an attribute."""

    version: ModelVersion
    outcome: str
    leads: int
    lines: Sequence[Line]
    decided: Samples = field(default_factory=lambda: Samples(()))
    ended: Samples = field(default_factory=lambda: Samples(()))
    known: int = 0
    is_part: bool = False  # of very many leads the latest only are counted

    @property
    def to_look_at(self) -> list[Line]:
        """The rules somebody should look at, the worst first."""
        order = {verdict: place for place, verdict in enumerate(TO_LOOK_AT)}
        found = [line for line in self.lines if line.is_to_look_at]
        return sorted(found, key=lambda line: (order.get(line.verdict, len(order)), line.position))


def card(version: ModelVersion, asked: Asked, *, now: datetime) -> Card:
    """Make the card of a version: a statement for each day with decisions, and a handful more."""
    spec, decision = spec_of(version), decision_of(version.model, now=now)
    decided = decisions(asked.scope, most=MOST)
    ended = endings(asked.scope, decided_stage=decision.stage.pk if decision else None, most=MOST)
    held = replay(spec, days_of(decided, ended))
    attribute = "" if asked.outcome in (WON, ACCEPTED) else asked.outcome
    leads, known, counts, is_part = _standing(version, spec, attribute, now)
    catalog = Catalog()
    lines = []
    for at, (rule, (held_now, split)) in enumerate(zip(spec.rules, counts, strict=True)):
        sides, ends = _sides(decided, held, at), _sides(ended, held, at)
        said, said_rest = _said(sides[0]), _said(sides[1])
        if asked.outcome == WON:
            split = _split(ends, WON)
        elif asked.outcome == ACCEPTED:
            split = _split(sides, ACCEPTED)
        lines.append(
            Line(
                position=at + 1,
                words=rule_words(rule, catalog),
                group=rule.group,
                points=rule.points,
                held=held_now,
                leads=leads,
                said=said,
                said_rest=said_rest,
                outcome=split,
                verdict=_verdict(rule, held_now, leads, [*sides, *ends], split),
            )
        )
    return Card(version, asked.outcome, leads, lines, decided, ended, known, is_part)


def leads_of(version: ModelVersion, asked: Asked, rule: int, said: str, *, now: datetime) -> list[tuple[int, date]]:
    """The leads behind one number of the card, with the day: those of whom sales `said` so or who ended so."""
    spec = spec_of(version)
    if said in (WON, LOST):
        decision = decision_of(version.model, now=now)
        found = endings(asked.scope, decided_stage=decision.stage.pk if decision else None)
    else:
        found = decisions(asked.scope)
    held = replay(spec, days_of(found))
    return [(row.lead_id, row.day) for row in _sides(found, held, rule - 1)[0] if row.said == said]


def leads_now(version: ModelVersion, rule: int, *, now: datetime) -> RawSQL:
    """The ids of the leads a rule holds for today, to be asked within a query: there may be very many."""
    plan = plan_for(now)
    found = points_of(version, spec_of(version), plan)
    text = (
        f"SELECT f.lead_id FROM ({found.text}) f JOIN leads_lead l ON l.id = f.lead_id"
        f" WHERE f.parts[{rule:d}] <> 0 AND l.archived_at IS NULL"
    )
    return RawSQL(*in_turn(text, {**found.params, **plan.params}))


Sides = tuple[list[Sample], list[Sample]]


def _sides(samples: Samples, held: Held, rule: int) -> Sides:
    """The samples a rule held for, and the rest."""
    sides: Sides = ([], [])
    for row in samples.rows:
        parts = held.get((row.lead_id, row.day))
        if parts is not None:  # a lead erased since is in neither
            sides[0 if parts[rule] else 1].append(row)
    return sides


def _said(rows: Sequence[Sample]) -> Said:
    counts = Counter(row.said for row in rows)
    return Said(counts[ACCEPTED], counts[RETURNED], counts[REJECTED])


def _split(sides: Sides, yes: str) -> Split:
    held, rest = sides
    return Split(len(held), sum(row.said == yes for row in held), len(rest), sum(row.said == yes for row in rest))


def _verdict(rule: RuleSpec, held: int, leads: int, sides: Sequence[Sequence[Sample]], split: Split) -> Verdict:
    """What can be said of a rule. One that takes points away helps where the outcome comes less often."""
    held_then, rest_then = any(sides[0::2]), any(sides[1::2])
    if leads and not held and not held_then:
        return Verdict.NEVER
    if leads >= ENOUGH and held == leads and not rest_then:
        return Verdict.ALWAYS
    if not split.is_enough:
        return Verdict.TOO_FEW
    compared = split.compared() * (1 if rule.points >= 0 else -1)
    return {1: Verdict.HELPS, -1: Verdict.AGAINST}.get(compared, Verdict.NO_HELP)


def _standing(
    version: ModelVersion, spec: VersionSpec, attribute: str, now: datetime
) -> tuple[int, int, list[tuple[int, Split]], bool]:
    """All leads with points, those whose attribute is known; for each rule those it holds for, and how these split."""
    plan = plan_for(now)
    found = points_of(version, spec, plan)
    known, yes = "FALSE", "FALSE"
    if attribute:
        key = plan.param(attribute)
        known, yes = f"l.attributes -> {key} IN ('true', 'false')", f"l.attributes -> {key} = 'true'"
    held = [f"f.parts[{at}] <> 0" for at in range(1, len(spec.rules) + 1)]
    counts = ["TRUE", known, yes, *(" AND ".join(also) for one in held for also in ((one,), (one, known), (one, yes)))]
    columns = ", ".join(f"count(*) FILTER (WHERE {count})" for count in counts)
    text = f"SELECT {columns} FROM ({found.text}) f JOIN leads_lead l ON l.id = f.lead_id WHERE l.archived_at IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(text, {**found.params, **plan.params})
        leads, of, of_yes, *rest = cursor.fetchone()
    triples = zip(rest[0::3], rest[1::3], rest[2::3], strict=True)
    splits = [(n, Split(n_known, n_yes, of - n_known, of_yes - n_yes)) for n, n_known, n_yes in triples]
    return leads, of, splits, found.is_part
