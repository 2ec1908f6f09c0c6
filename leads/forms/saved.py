"""The filters of the list of leads as a condition, to be saved as a segment."""

from collections.abc import Iterator, Mapping
from typing import Any

from leads.queries.lead_rows import NOBODY

# A search, a company and what is shown beside are ways to look at a list, nobody's meaning.
WAYS_TO_LOOK = ("q", "company", "again", "archived")


def as_condition(wanted: Mapping[str, Any], attributes: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What the filters ask for as a tree; None where there is nothing, or something a condition does not ask."""
    if any(name in wanted for name in WAYS_TO_LOOK):
        return None
    parts = [*_leaves(wanted), *(attributes["all"] if attributes else ())]
    if not parts:
        return None
    return {"all": parts} if len(parts) > 1 else parts[0]


def _leaves(wanted: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A condition for each filter."""
    for name, value in wanted.items():
        if name == "phase":
            phases = [{"leaf": "phase", "op": "is", "value": phase} for phase in value]
            yield {"any": phases} if len(phases) > 1 else phases[0]
        else:
            yield _LEAVES[name](value)


def _owner(value: str) -> dict[str, Any]:
    if value == NOBODY:
        return {"leaf": "owner", "op": "is_unset"}
    return {"leaf": "owner", "op": "user", "value": [int(value)]}


def _grade(value: str) -> dict[str, Any]:
    realm, _dash, grade = value.partition("-")
    return {"leaf": "icp", "realm": realm, "op": "is", "value": grade}


_LEAVES: Mapping[str, Any] = {
    "stage": lambda stages: {"leaf": "stage", "value": [stage.slug for stage in stages]},
    "outcome": lambda outcomes: {"leaf": "outcome", "value": outcomes},
    "segment": lambda row: {"leaf": "segment", "value": [row.slug]},
    "owner": _owner,
    "channel": lambda row: {"leaf": "source", "field": "channel", "value": [row.slug]},
    "campaign": lambda row: {"leaf": "source", "field": "campaign", "value": [row.slug]},
    "region": lambda region: {"leaf": "company", "field": "region", "op": "eq", "value": region},
    "icp": _grade,
}
