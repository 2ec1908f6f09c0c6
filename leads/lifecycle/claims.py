"""What a leaf claims of the one thing it is about, for finding claims that exclude each other."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from leads.models import BantState

OTHER = object()  # any value that nobody has named
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "gte": operator.ge,
    "gt": operator.gt,
    "lte": operator.le,
    "lt": operator.lt,
    "eq": operator.eq,
}
SINGLE = ("channel", "campaign")  # of a source: a lead has one of each; of the others it may have many
MULTIPLE = "attributes."  # an administered attribute may hold several choices


@dataclass(frozen=True)
class Claim:
    """One leaf: which thing, for which values it holds, and the values it names.

    `holds` answers None where it cannot tell. A number has bounds of its own; words are `is_closed` where no others
    exist than those named; without a kind it suits both.
    """

    thing: tuple[str, ...]
    holds: Callable[[Any], bool | None]
    named: frozenset[Any]
    kind: str = "word"
    least: float | None = None
    most: float | None = None
    is_whole: bool = False
    is_closed: bool = False
    may_be_unknown: bool = False
    suits_unknown: bool = False  # asks for what is not known, or for the opposite of something


def claim_of(spec: Mapping[str, Any]) -> Claim | None:
    """What a leaf claims; None where nothing certain can be said of its kind."""
    reader = _READERS.get(spec["leaf"])
    return reader(spec) if reader else None


def _number(thing: tuple[str, ...], spec: Mapping[str, Any], **domain: Any) -> Claim:
    op, value = COMPARE[spec["op"]], spec["value"]
    return Claim(thing, lambda other: op(other, value), frozenset([value]), kind="number", **domain)


def _words(thing: tuple[str, ...], values: Any, **domain: Any) -> Claim:
    named = frozenset(values)
    return Claim(thing, lambda other: other in named, named, **domain)


def _activity(spec: Mapping[str, Any]) -> Claim:
    filters = {name: value for name, value in spec.items() if name not in ("op", "value")}
    thing = ("activity", *(f"{name}={value!r}" for name, value in sorted(filters.items())))
    if spec["measure"] != "days_since_last":
        return _number(thing, spec, least=0, is_whole=True)
    most = spec["days"] - 1 if "days" in spec else None
    return _number(thing, spec, least=0, most=most, is_whole=True, may_be_unknown=True)


def _attribute(spec: Mapping[str, Any]) -> Claim | None:
    thing, op, value = (spec["leaf"], spec["field"]), spec["op"], spec.get("value")
    if op in ("is_set", "is_unset"):
        wants = op == "is_set"
        is_so = Claim(thing, lambda other: (other is not None) == wants, frozenset(), kind="")
        return replace(is_so, may_be_unknown=True, suits_unknown=True)
    if op == "between":
        low, high = value  # type: ignore[misc]
        inside = frozenset([low, high])
        return Claim(thing, lambda other: low <= other <= high, inside, kind="number", may_be_unknown=True)
    if op in COMPARE and isinstance(value, int | float) and not isinstance(value, bool):
        return _number(thing, spec, may_be_unknown=True)
    if op in ("gt", "gte", "lt", "lte"):
        return _day(thing, spec)
    return _text(thing, spec)


def _day(thing: tuple[str, ...], spec: Mapping[str, Any]) -> Claim:
    day = date.fromisoformat(spec["value"]).toordinal()
    return _number(thing, {**spec, "value": day}, is_whole=True, may_be_unknown=True)


def _text(thing: tuple[str, ...], spec: Mapping[str, Any]) -> Claim | None:
    op = spec["op"]
    many = op in ("in", "not_in")
    if spec["field"].startswith(MULTIPLE) and many:
        return None
    said = [_lower(value) for value in (spec["value"] if many else [spec["value"]])]
    if op in ("eq", "in"):
        return _words(thing, said, may_be_unknown=True)
    if op in ("ne", "not_in"):
        named = frozenset(said)
        return Claim(thing, lambda other: other not in named, named, may_be_unknown=True, suits_unknown=True)
    part = said[0]

    def holds(other: Any) -> bool | None:
        if not isinstance(other, str):
            return None
        return other.startswith(part) if op == "starts_with" else part in other

    return Claim(thing, holds, frozenset(), may_be_unknown=True)


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _source(spec: Mapping[str, Any]) -> Claim | None:
    if spec["field"] not in SINGLE:
        return None
    return _words(("source", spec["field"]), spec["value"], may_be_unknown=True)


def _bant(spec: Mapping[str, Any]) -> Claim:
    state = int(BantState.from_slug(spec["value"]))
    asked = {"op": "eq" if spec["op"] == "is" else "gte", "value": state}
    return _number(("bant", spec["realm"], spec["part"]), asked, least=0, most=int(max(BantState)), is_whole=True)


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Claim | None]] = {
    "activity": _activity,
    "lead": _attribute,
    "company": _attribute,
    "source": _source,
    "bant": _bant,
    "bant_count": lambda spec: _number(("parts", spec["realm"], spec["state"]), spec, least=0, most=4, is_whole=True),
    "consent": lambda spec: Claim(
        ("consent",), lambda other: other == spec["value"], frozenset([True, False]), is_closed=True
    ),
    "stage": lambda spec: _words(("stage",), spec["value"], is_closed=True),
    "stage_days": lambda spec: _number(("stage_days",), spec, least=0, is_whole=True),
    "outcome": lambda spec: _words(("outcome",), spec["value"], is_closed=True),
    "score": lambda spec: _number(("score", spec["model"]), spec, is_whole=True, may_be_unknown=True),
    "company_score": lambda spec: _number(("company_score", spec["model"]), spec, is_whole=True, may_be_unknown=True),
    "band": lambda spec: _words(("band", spec["model"]), spec["value"], may_be_unknown=True),
}
