"""What a preset says about columns: how a cell becomes a value, and what is no value at all."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from capture.imports.dates import Order, read_when

Read = Callable[[str, ZoneInfo], Any]
BLANK = frozenset({""})


@dataclass(frozen=True)
class Column:
    """One column of a file. `nulls` are cells that say nothing; a required column must say something.

    `spelled` gives the one spelling for families of them. A column of dates makes its reader by `dated`, from the
    order that the whole column shows.
    """

    name: str
    read: Read
    nulls: frozenset[str] = BLANK
    required: bool = False
    spelled: Mapping[str, str] | None = None
    dated: Callable[[Order], Read] | None = None


class CellRefused(ValueError):
    """A cell that cannot be taken, with its column."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


class Reader:
    """Reads the values of rows whose cells come in the order of a header."""

    def __init__(self, header: Sequence[str], columns: Sequence[Column], zone: ZoneInfo) -> None:
        places = {name: place for place, name in enumerate(header)}
        self._columns = [(places[column.name], column) for column in columns]
        self._zone = zone

    def values(self, cells: Sequence[str]) -> dict[str, Any]:
        """The values of one row by column; cells that say nothing are left out. Raises CellRefused."""
        values = {}
        for place, column in self._columns:
            cell = cells[place].strip()
            if cell in column.nulls:
                if column.required:
                    raise CellRefused(column.name, "The cell is empty.")
                continue
            if column.spelled:
                cell = column.spelled.get(cell, cell)
            try:
                values[column.name] = column.read(cell, self._zone)
            except ValueError as error:
                raise CellRefused(column.name, str(error)) from None
        return values


def text(longest: int = 2000) -> Read:
    """Text as it stands."""

    def read(cell: str, _zone: ZoneInfo) -> str:
        if len(cell) > longest:
            raise ValueError(f"Longer than {longest} characters.")
        return cell

    return read


def ranked(cell: str, _zone: ZoneInfo) -> str:
    """A word that carries its rank: 01.High is High."""
    return re.sub(r"^\d{1,3}[.)]\s*(?=[^\W\d])", "", cell)[:2000]


_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
_DRESSED = re.compile(r"[A-Z]{3}|[$€£₪¥%\s\u00a0\u202f']")


def number(cell: str, _zone: ZoneInfo) -> int | float:
    """A number as people write it: 1,098, 100.00%, (1,200.50); whole ones come without a decimal point."""
    value = float(_bare(cell, "is no number like 1200 or 99.5."))
    return int(value) if value.is_integer() else value


def money(cell: str, _zone: ZoneInfo) -> Decimal:
    """An amount, not negative, with at most two decimals that count: $195,000.00."""
    why = "is no amount like 1200 or 99.50."
    bare = _bare(cell, why)
    if bare.startswith("-") or len(bare.partition(".")[0]) > 12:
        raise ValueError(f"{shown(cell)} {why}")
    return Decimal(bare).quantize(Decimal("0.01"))


def _bare(cell: str, why: str) -> str:
    """The digits of a number with a decimal point, without its currency, percent sign and thousands."""
    if _NUMBER.fullmatch(cell):
        return cell
    bare = _DRESSED.sub("", cell)
    if bare.startswith("(") and bare.endswith(")"):
        bare = f"-{bare[1:-1]}"
    bare = _without_thousands(bare)
    if not _NUMBER.fullmatch(bare):
        raise ValueError(f"{shown(cell)} {why}")
    return bare


def _without_thousands(bare: str) -> str:
    """1,098.5 and 1.098,5 are one number; of a single mark, the comma before three digits parts thousands."""
    if "," in bare and "." in bare:
        thousands, decimal = (".", ",") if bare.rindex(",") > bare.rindex(".") else (",", ".")
    elif bare.count(".") > 1:
        thousands, decimal = ".", ","
    elif bare.count(",") > 1 or re.fullmatch(r"-?\d{1,3},\d{3}", bare):
        thousands, decimal = ",", "."
    else:
        thousands, decimal = "", ","
    whole, _, fraction = bare.partition(decimal)
    if thousands:
        groups = whole.lstrip("-").split(thousands)
        if len(groups) > 1 and not (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
            return ""
        whole = whole.replace(thousands, "")
    return f"{whole}.{fraction}" if fraction else whole


_YES = {"true": True, "false": False, "yes": True, "no": False, "y": True, "n": False, "1": True, "0": False}


def boolean(cell: str, _zone: ZoneInfo) -> bool:
    """True or False, in any case."""
    try:
        return {"true": True, "false": False}[cell.casefold()]
    except KeyError:
        raise ValueError(f"{shown(cell)} is neither True nor False.") from None


def yes_or_no(cell: str, _zone: ZoneInfo) -> bool:
    """Yes and no in the words of exports: TRUE, Yes, 1."""
    try:
        return _YES[cell.casefold()]
    except KeyError:
        raise ValueError(f"{shown(cell)} is neither yes nor no.") from None


def day(cell: str, zone: ZoneInfo) -> datetime:
    """A day without an hour: midnight in the organisation's zone."""
    return _moment(cell, "%Y-%m-%d", "2018-02-01", zone)


def moment(cell: str, zone: ZoneInfo) -> datetime:
    """A time without a zone: taken in the organisation's."""
    return _moment(cell, "%Y-%m-%d %H:%M:%S", "2018-02-26 19:58:54", zone)


def _moment(cell: str, form: str, example: str, zone: ZoneInfo) -> datetime:
    try:
        found = datetime.strptime(cell, form)
    except ValueError:
        raise ValueError(f"{shown(cell)} is no date like {example}.") from None
    if not 1900 <= found.year < 2200:
        raise ValueError(f"{shown(cell)} lies outside the years 1900 to 2199.")
    return found.replace(tzinfo=zone)


def in_order(column: Column, order: Order) -> Column:
    """A column of dates that knows its order."""
    return column if column.dated is None else replace(column, read=column.dated(order), dated=None)


def when(order: Order) -> Read:
    """A date or time in any spelling, of one order: a When."""
    return lambda cell, zone: read_when(cell, zone, order)


def shown(cell: str) -> str:
    """A cell as a message quotes it."""
    return repr(cell if len(cell) <= 40 else f"{cell[:40]}…")
