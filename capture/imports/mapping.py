"""A mapping: which column of a lead file says what. Written as JSON, guessed, or chosen on a page."""

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from functools import partial
from typing import Any

from capture.imports.columns import Column, in_order
from capture.imports.dates import Order
from capture.imports.fields import ATTRIBUTE, ATTRIBUTE_KINDS, COMPANY_ATTRIBUTE, FIELDS, IGNORE, dated

# Cells that say nothing in the exports of any system. "Select" and "unknown" may be words: a mapping names them.
NULLS = frozenset(
    ["", ".", "-", "--", "N/A", "n/a", "#N/A", "NA", "NULL", "null", "None", "none", "NaN", "nan", "000000000000000AAA"]
)
_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")


class InvalidMapping(ValueError):
    """A mapping that cannot be used, with everything that is wrong."""


@dataclass(frozen=True)
class Target:
    """What one column says. `kind`, `label` describe an attribute; `dates` is the order somebody chose."""

    field: str
    kind: str = "text"
    label: str = ""
    nulls: tuple[str, ...] = ()
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)
    dates: str = ""

    @property
    def is_date(self) -> bool:
        """Whether the order of day and month matters."""
        return self.field == "occurred_at" or (self.key != "" and self.kind == "date")

    @property
    def key(self) -> str:
        """The key of the attribute, empty for a field."""
        return self.field.partition(":")[2]


@dataclass(frozen=True)
class FileMap:
    """The targets by column, the name of the other system, and what holds for every column."""

    columns: Mapping[str, Target]
    system: str = "file"
    nulls: tuple[str, ...] = ()
    country: str = ""

    @property
    def taken(self) -> dict[str, Target]:
        """The columns that say something."""
        return {name: target for name, target in self.columns.items() if target.field not in ("", IGNORE)}

    @property
    def digest(self) -> str:
        """Tells this mapping from others: the same cells read otherwise say something else."""
        return hashlib.blake2b(json.dumps(self.as_json(), sort_keys=True).encode(), digest_size=4).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """As a mapping file holds it."""
        columns = {name: {k: v for k, v in asdict(target).items() if v} for name, target in self.taken.items()}
        for said in columns.values():
            if said.get("kind") == "text":
                del said["kind"]
        return {"system": self.system, "nulls": list(self.nulls), "country": self.country, "columns": columns}

    def reader_columns(self) -> list[Column]:
        """The columns as the engine reads them."""
        return [self._column(name, target) for name, target in self.taken.items()]

    def _column(self, name: str, target: Target) -> Column:
        nulls = NULLS | set(self.nulls) | set(target.nulls)
        kind = target.kind if target.key else ""
        read = ATTRIBUTE_KINDS[kind][1] if kind else FIELDS[target.field].read
        column = Column(name, read, nulls, spelled=target.values or None)
        if not target.is_date:
            return column
        column = replace(column, dated=partial(dated, kind))
        return in_order(column, Order(target.dates)) if target.dates else column


def from_json(said: Any) -> FileMap:
    """A mapping as written: {"columns": {column: field or {"field": …}}, "system": …}, or the columns alone.

    Raises InvalidMapping.
    """
    if not isinstance(said, dict):
        raise InvalidMapping("A mapping is an object: column to field.")
    columns = said.get("columns", said)
    rest = {key: value for key, value in said.items() if key != "columns"} if "columns" in said else {}
    errors = [f"{key}: not known; a mapping has columns, system, nulls, country." for key in rest if key not in _REST]
    targets: dict[str, Target] = {}
    for name, wish in columns.items() if isinstance(columns, dict) else ():
        try:
            targets[name] = _target(wish)
        except (TypeError, ValueError) as error:
            errors.append(f"{name}: {error}")
    system = str(rest.get("system", "file"))
    if not re.fullmatch(r"[-a-z0-9_]{1,40}", system):
        errors.append("system: a short key in lower case, like salesforce.")
    if not targets and not errors:
        errors.append("No column is mapped.")
    if errors:
        raise InvalidMapping(" ".join(errors))
    return FileMap(targets, system, tuple(rest.get("nulls", ())), str(rest.get("country", "")))


_REST = ("system", "nulls", "country")


def _target(wish: Any) -> Target:
    if isinstance(wish, str):
        wish = {"field": wish}
    if not isinstance(wish, dict) or not isinstance(wish.get("field"), str):
        raise ValueError("give a field, or an object with one.")
    if unknown := wish.keys() - Target.__dataclass_fields__.keys():
        raise ValueError(f"{', '.join(sorted(unknown))}: not known.")
    target = Target(**{**wish, "nulls": tuple(wish.get("nulls", ()))})
    if target.dates not in ("", *Order):
        raise ValueError("dates is dmy or mdy.")
    _check_field(target)
    return target


def _check_field(target: Target) -> None:
    if target.field.startswith((ATTRIBUTE, COMPANY_ATTRIBUTE)):
        if not _KEY.fullmatch(target.key):
            raise ValueError(f"{target.key!r} is no key of an attribute: small letters, digits and _.")
        if target.kind not in ATTRIBUTE_KINDS:
            raise ValueError(f"kind is one of {', '.join(ATTRIBUTE_KINDS)}.")
    elif target.field not in ("", IGNORE, *FIELDS):
        near = get_close_matches(target.field, [*FIELDS, IGNORE, "attribute:key"], 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ValueError(f"there is no field {target.field!r}.{hint}")
