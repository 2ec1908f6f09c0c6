"""One lead as seen on a day, and comparisons by name."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.oracle.facts import Deed, Person, Said, Subject, World


@dataclass
class View:
    """One lead as seen on a day. `past`: only what was known by the end of that day, attributes as they were."""

    world: World
    person: Person
    day: date
    past: bool = False

    def knows(self, fact: Deed | Said) -> bool:
        """Whether the fact had happened and was written down by the end of the day."""
        if not self.past:
            return True
        return self.world.day_of(fact.at) <= self.day and self.world.day_of(fact.recorded_at) <= self.day

    def subject(self, kind: str) -> dict[str, Any]:
        """The columns of the lead or its company on that day; of a missing company nothing is known."""
        lead = self._then(self.person)
        if kind == "lead":
            return lead
        company = self.world.companies.get(lead["company_id"] or 0)
        return {} if company is None else self._then(company)

    def _then(self, subject: Subject) -> dict[str, Any]:
        values = dict(subject.now)
        if self.past:
            for recorded_at, _, before in sorted(subject.changes, key=lambda c: (c[0], c[1]), reverse=True):
                if self.world.day_of(recorded_at) > self.day:
                    values.update(before)
        return values


def compare(left: Any, op: str, right: Any) -> bool:
    """A comparison by name."""
    return {
        "gte": left >= right,
        "gt": left > right,
        "lte": left <= right,
        "lt": left < right,
        "eq": left == right,
    }[op]


def current_pass(view: View) -> Said | None:
    """The pass the lead is in; on a past day the last one known then."""
    if not view.past:
        return next((fact for fact in view.person.passes if fact.what["cycle"] == view.person.now["cycle"]), None)
    known = [fact for fact in view.person.passes if view.knows(fact)]
    return max(known, key=lambda fact: fact.what["cycle"], default=None)
