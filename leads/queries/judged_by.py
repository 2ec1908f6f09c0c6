"""Which version of each score model a criterion was judged by: of those in force at the moment of the move.

Versions live above; the app that has them registers how to look them up.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from leads.conditions.tree import leaves
from leads.models import Criterion

_ASKING = ("score", "band", "grade", "company_score")


@dataclass(frozen=True, slots=True)
class InForce:
    """A version of a model and how long it was in force; `until` is None while it is."""

    name: str
    number: int
    since: datetime
    until: datetime | None


Lookup = Callable[[Collection[str]], Mapping[str, Sequence[InForce]]]
_lookups: list[Lookup] = []


def register_lookup(lookup: Lookup) -> None:
    """Say how versions of models are found, by the keys of the models."""
    if lookup not in _lookups:
        _lookups.append(lookup)


def lookups() -> list[Lookup]:
    """All that were registered."""
    return list(_lookups)


def judged_by(moves: Sequence[tuple[Criterion | None, datetime]]) -> list[dict[str, InForce]]:
    """For each criterion and moment the versions of the models it asks for, by key; one query for all."""
    asked = [_models(criterion) if criterion else set() for criterion, _moment in moves]
    wanted = set().union(*asked)
    known = {slug: rows for lookup in _lookups for slug, rows in lookup(wanted).items()} if wanted else {}
    found = []
    for slugs, (_criterion, moment) in zip(asked, moves, strict=True):
        rows = {slug: next((row for row in known.get(slug, ()) if _holds(row, moment)), None) for slug in sorted(slugs)}
        found.append({slug: row for slug, row in rows.items() if row is not None})
    return found


def _models(criterion: Criterion) -> set[str]:
    return {str(spec["model"]) for _kind, spec in leaves(criterion.condition) if spec["leaf"] in _ASKING}


def _holds(row: InForce, moment: datetime) -> bool:
    return row.since <= moment and (row.until is None or moment < row.until)
