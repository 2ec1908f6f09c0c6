"""What time alone will take from a score, or give it: the pure score on the days to come, with the facts of today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from leads.conditions.catalog import Catalog
from leads.conditions.plan import Plan, Scope
from scoring.engine import VersionSpec
from scoring.explain import Explanation, ask, next_day
from scoring.rules import part
from users.models import Organisation

LOOKS = 10  # days looked at in one walk; beyond that the answer is left out
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Change:
    """On this day the points change by so many, unless something happens before."""

    on: date
    by: int


@dataclass(frozen=True)
class Coming:
    """The first change of the total, the first of each rule, and what fading rules lose within a week."""

    total: Change | None
    rules: Mapping[int, Change]
    weekly: Mapping[int, int]


@dataclass(frozen=True)
class _Day:
    parts: Sequence[int]
    next_days: Sequence[date | None]


def coming(found: Explanation, lead_id: int) -> Coming:
    """What the days after the explained one bring; rules by their place in the version."""
    look = _Looker(found.spec, lead_id)
    today = look.on(found.at)
    total, rules, day = None, dict[int, Change](), today
    for _ in range(LOOKS):
        open_days = [
            on for index, on in enumerate(day.next_days) if on is not None and (index not in rules or total is None)
        ]
        if not open_days:
            break
        on = min(open_days)
        day = look.on(on)
        for index, (before, after) in enumerate(zip(today.parts, day.parts, strict=True)):
            if before != after:
                rules.setdefault(index, Change(on, after - before))
        by = points_of(found.spec, day.parts) - points_of(found.spec, today.parts)
        if total is None and by:
            total = Change(on, by)
    fading = [
        index
        for index, rule in enumerate(found.spec.rules)
        if today.parts[index] and (rule.half_life_days or rule.step_days)
    ]
    later = look.on(found.at + WEEK) if fading else None
    weekly = {index: later.parts[index] - today.parts[index] for index in fading} if later else {}
    return Coming(total, rules, weekly)


def points_of(spec: VersionSpec, parts: Sequence[int]) -> int:
    """The points of all parts under their groups' caps."""
    total = 0
    for group in spec.groups:
        points = sum(got for rule, got in zip(spec.rules, parts, strict=True) if rule.group == group.slug)
        total += points if group.cap is None else min(points, group.cap)
    return total


class _Looker:
    """Evaluates one lead's parts on days from today on."""

    def __init__(self, spec: VersionSpec, lead_id: int) -> None:
        self.spec, self.scope = spec, Scope(ids=[lead_id])
        self.zone: ZoneInfo = Organisation.load().zone
        self.catalog = Catalog()

    def on(self, day: date) -> _Day:
        """The parts on a day, and the next day each may change."""
        plan = Plan(today=day, zone=self.zone, catalog=self.catalog)
        parts = ", ".join(part(rule, plan) for rule in self.spec.rules)
        days = ", ".join(next_day(rule, plan) for rule in self.spec.rules)
        return _Day(*ask(f"ARRAY[{parts}]::int[], ARRAY[{days}]::date[]", plan, self.scope))
