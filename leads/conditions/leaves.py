"""What a kind of leaf must be able to do, and the registry of kinds."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from leads.conditions.catalog import Catalog
from leads.conditions.plan import Plan

Spec = Mapping[str, Any]
MAX_DAYS = 3650
MAX_TEXT = 500
MOST_ENTRIES = 1_000
MOST_POINTS = 1_000_000_000  # beyond what rules can give; an integer of the database holds it
COMPARISONS = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<", "eq": "="}
# In which direction a growing number flips a comparison: true for "becomes true", false for "becomes false".
RISES = {"gte": (True,), "gt": (True,), "lte": (False,), "lt": (False,), "eq": (True, False)}


class Leaf(ABC):
    """A kind of leaf. Leaves are never null: what is unknown makes a leaf false."""

    kind: ClassVar[str]
    fields: ClassVar[frozenset[str]]
    in_scoring: ClassVar[bool] = True  # stage, score and what builds on them would make scores circular
    reads_company: ClassVar[bool] = False  # whether a fact about one person may flip it for their colleagues

    @abstractmethod
    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        """What is wrong with a leaf of this kind: (field, reason and what to do)."""

    @abstractmethod
    def compile(self, spec: Spec, plan: Plan) -> str:
        """A boolean SQL expression over what the plan joins."""

    def kept(self, spec: Spec, catalog: Catalog) -> Spec:
        """A valid leaf as it is stored: what may be called something else tomorrow, by what never changes."""
        return spec

    def spelled(self, spec: Spec, catalog: Catalog) -> Spec:
        """A stored leaf as somebody would write it today."""
        return spec

    def changes(self, spec: Spec, plan: Plan, becomes: bool | None) -> list[str]:
        """SQL dates on which time alone may flip this leaf; `becomes` asks for one direction only."""
        return []

    def unset(self, spec: Spec, plan: Plan) -> str:
        """SQL for "what this leaf reads is not known of the lead"; empty where something is always known."""
        return ""

    def within(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, Spec]]:
        """The trees this leaf stands for, any of them, each with its name; of most kinds none."""
        return iter(())

    @abstractmethod
    def words(self, spec: Spec, catalog: Catalog) -> str:
        """The leaf as part of a sentence."""


_kinds: dict[str, Leaf] = {}


def register(leaf: Leaf) -> None:
    """Make a kind of leaf known; apps call this in ready()."""
    _kinds[leaf.kind] = leaf


def kinds() -> Mapping[str, Leaf]:
    """All kinds by name."""
    return _kinds


def points_errors(spec: Spec) -> Iterator[tuple[str, str]]:
    """Complain unless the value is a number that points can be compared with, and a threshold can be kept as."""
    wrong = list(number_errors(spec, least=None))
    yield from wrong
    if not wrong and abs(spec["value"]) > MOST_POINTS:
        yield "value", f"Give a number from -{MOST_POINTS} to {MOST_POINTS}."


def number_errors(spec: Spec, field: str = "value", least: int | None = 0) -> Iterator[tuple[str, str]]:
    """Complain unless spec[field] is a number (and not below `least`)."""
    value = spec.get(field)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e12:
        yield field, "Give a number."
    elif least is not None and value < least:
        yield field, f"Give a number of at least {least}."


def list_error(value: Any, entries: str = "") -> str:
    """What is wrong with a list as a list, or nothing: every lead may be compared with each of its entries."""
    if not isinstance(value, list) or not value:
        return f"Give a list{f' of {entries}' if entries else ''} with at least one entry."
    return f"Give at most {MOST_ENTRIES} entries." if len(value) > MOST_ENTRIES else ""


def choice_errors(spec: Spec, field: str, allowed: Any, *, many: bool = False) -> Iterator[tuple[str, str]]:
    """Complain unless spec[field] is one of `allowed`, or with `many` a non-empty list of them."""
    value: Any = spec.get(field)
    if many:
        if wrong := list_error(value):
            yield field, wrong
            return
        unknown = [item for item in value if not isinstance(item, str | int) or item not in allowed]
    else:
        unknown = [] if isinstance(value, str | int) and value in allowed else [value]
    if unknown:
        known = ", ".join(map(str, list(allowed)[:12]))
        yield field, f"{unknown[0]!r} is not known. Choose from: {known}." if known else f"{unknown[0]!r} is not known."


def is_text(value: Any) -> bool:
    """Whether it is a text that can be stored and asked for: some letters, no NUL, nothing that is no letter at all."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= MAX_TEXT
        and "\x00" not in value
        and not any("\ud800" <= letter <= "\udfff" for letter in value)
    )
