"""Fields of the condition editor that depend on the others of their row: comparisons that suit, values to choose."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy

from leads.conditions.attribute import SUBJECTS
from leads.conditions.catalog import Catalog
from leads.conditions.current import person_named
from leads.conditions.values import KNOWN, LISTS, OPS, RELATIVE
from leads.forms.slots import OP_LABELS, SLOTS, Choices, Slot, fixed, number, slugs, written
from leads.models import Medium

Values = Mapping[str, Any]
SOURCES = {"channel": "channels", "campaign": "campaigns", "document": "documents"}


def slots_of(kind: str, values: Values, catalog: Catalog) -> Sequence[Slot]:
    """The fields of a row of that kind with these values."""
    slots = SLOTS.get(kind, ())
    if kind not in ("lead", "company", "source", "owner"):
        return slots
    suited = {"source": _of_source, "owner": _of_owner}.get(kind, _of_attribute)
    last = suited(kind, values, catalog)
    first = [_suited_op(slot, kind, values, catalog) for slot in slots if slot.name != "value"]
    if last is None and values.get("value") not in (None, []):
        last = Slot("value", "", "kept", optional=True)  # for when the comparison that asks for none is left again
    return [*(replace(slot, redraws=True) for slot in first), *([last] if last else [])]


def _suited_op(slot: Slot, kind: str, values: Values, catalog: Catalog) -> Slot:
    if slot.name != "op" or kind not in SUBJECTS:
        return slot
    _field, type_ = _field_of(kind, values, catalog)
    return replace(slot, choices=fixed(*((op, OP_LABELS[op]) for op in OPS[type_])))


def _field_of(kind: str, values: Values, catalog: Catalog) -> tuple[str, str]:
    """The field of a row and its type; of a row without one the first in the list."""
    leaf, field = SUBJECTS[kind], values.get("field")
    if isinstance(field, str) and (type_ := leaf.type_of(field, catalog)):
        return field, type_
    first = next(iter(leaf.columns))
    return first, leaf.columns[first][0]


def _of_attribute(kind: str, values: Values, catalog: Catalog) -> Slot | None:
    field, type_ = _field_of(kind, values, catalog)
    op = values.get("op") if values.get("op") in OPS[type_] else OPS[type_][0]
    slot = Slot("value", gettext_lazy("Value"), "value", optional=True)
    if op in KNOWN:
        return None
    if op in RELATIVE:
        return replace(slot, label=gettext_lazy("Days"), shape="whole")
    if type_ == "boolean":
        said = {"true": True, "false": False}
        choices = fixed(*((key, SUBJECTS[kind].value_label(field, value)) for key, value in said.items()))
        return replace(slot, shape="bool", choices=choices, optional=False)
    options = [(key, str(label)) for key, label in SUBJECTS[kind].options(field, catalog).items()]
    if options and (op in LISTS or op in ("eq", "ne")):
        return replace(slot, shape="many" if op in LISTS else "choice", choices=_with(options, values.get("value")))
    if op in LISTS:
        return replace(slot, label=gettext_lazy("Values, with commas"))
    if op == "between":
        return replace(slot, label=gettext_lazy("From, to"))
    if type_ == "date":
        return replace(slot, shape="date")
    return replace(slot, shape="number" if type_ == "number" else "value")


def _of_source(kind: str, values: Values, catalog: Catalog) -> Slot | None:
    field = values.get("field") or "channel"
    slot = Slot("value", gettext_lazy("Which"), "many")
    if field == "medium":
        return replace(slot, choices=slugs(Medium))
    if table := SOURCES.get(str(field)):
        rows = [(slug, str(row)) for slug, row in getattr(catalog, table).items()]
        return replace(slot, choices=_with(rows, values.get("value")))
    return replace(slot, label=gettext_lazy("Names, with commas"), shape="texts")


def _of_owner(kind: str, values: Values, catalog: Catalog) -> Slot | None:
    tables: Mapping[str, Mapping[str, Any]] = {"user": catalog.users, "team": catalog.teams}
    if values.get("op") not in tables:
        return None
    choices: list[tuple[Any, str]] = [(key, str(row)) for key, row in tables[str(values["op"])].items()]
    said = values.get("value")
    deleted = [item for item in said if isinstance(item, int)] if isinstance(said, list) else []
    gone = [(number, person_named(number, catalog)) for number in deleted]
    return Slot("value", gettext_lazy("Who"), "many", _with([*choices, *gone], said))


def _with(choices: list[tuple[Any, str]], value: Any) -> Any:
    """These choices, and whatever stands in the row beside them: it is shown, and refused by name."""
    known = {key for key, _label in choices}
    chosen = value if isinstance(value, list) else [value]
    others: Choices = [(item, item) for item in chosen if isinstance(item, str) and item and item not in known]
    return fixed(*choices, *others)


def settled(kind: str, values: Values, catalog: Catalog) -> dict[str, Any]:
    """The values of a row as its leaf takes them: what was sent as text becomes what the field asks for."""
    if kind in SUBJECTS:
        value = _typed(kind, values, catalog)
    elif kind == "source":
        value = _listed(values.get("value"), split=values.get("field") == "audience")
    elif kind == "owner":
        value = None if values.get("op") in KNOWN else _listed(values.get("value"), split=False)
    else:
        return dict(values)
    return {
        **{name: said for name, said in values.items() if name != "value"},
        **({} if value in (None, []) else {"value": value}),
    }


def _listed(value: Any, *, split: bool) -> list[str]:
    texts = value if isinstance(value, list) else [] if value is None else [str(value)]
    return [part for text in texts for part in (_parts(text) if split else [text])]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]


def _typed(kind: str, values: Values, catalog: Catalog) -> Any:
    """The value of an attribute leaf in the type of its field."""
    field, type_ = _field_of(kind, values, catalog)
    op, value = values.get("op"), values.get("value")
    if op in KNOWN or value in (None, ""):
        return None
    if op in LISTS or op == "between":
        parts = [written(item) for item in value] if isinstance(value, list) else [written(value)]
        if not isinstance(value, list) and parts[0] not in SUBJECTS[kind].options(field, catalog):
            parts = _parts(parts[0])
        return [number(part) for part in parts] if type_ == "number" else parts
    text = written(value)
    if type_ == "boolean":
        return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)
    return number(text) if type_ == "number" or op in RELATIVE else text


SUGGESTING = ("eq", "ne", "in", "not_in", "contains", "starts_with")


def suggesting(kind: str, values: Values, catalog: Catalog) -> str | None:
    """The field whose values a row may offer: that of a text compared with typed text; None for any other row."""
    if kind not in SUBJECTS:
        return None
    field, type_ = _field_of(kind, values, catalog)
    op = values.get("op") if values.get("op") in OPS[type_] else OPS[type_][0]
    slot = _of_attribute(kind, values, catalog)
    return field if type_ == "text" and op in SUGGESTING and slot is not None and slot.shape == "value" else None


def fitting(kind: str, values: Values, catalog: Catalog) -> bool:
    """Whether the value of a row is one that its field could have: what was typed of another field often is not."""
    if values.get("op") in KNOWN:  # the value waits for another comparison
        values = {name: said for name, said in values.items() if name != "op"}
    slot = next((slot for slot in slots_of(kind, values, catalog) if slot.name == "value"), None)
    value = values.get("value")
    if slot is None or isinstance(value, list):
        return False
    if slot.shape in ("number", "whole"):
        return isinstance(number(written(value)), int | float)
    if slot.choices is None:
        return slot.shape in ("value", "texts")
    own = slots_of(kind, {**values, "value": None}, catalog)  # without what stands in the row beside them
    return any(key == written(value) for slot in own if slot.name == "value" for key, _l in slot.choices(catalog))  # type: ignore[misc]
