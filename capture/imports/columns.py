"""What a preset says about columns: how a cell becomes a value, and what is no value at all."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Read = Callable[[str, ZoneInfo], Any]


@dataclass(frozen=True)
class Column:
    """One column of a file. `nulls` are cells that say nothing; a required column must say something."""

    name: str
    read: Read
    nulls: frozenset[str] = frozenset({""})
    required: bool = False


class CellRefused(ValueError):
    """A cell that cannot be taken, with its column."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


def values_of(cells: Mapping[str, str], columns: Sequence[Column], zone: ZoneInfo) -> dict[str, Any]:
    """The values of one row by column; cells that say nothing are left out. Raises CellRefused."""
    for name, cell in cells.items():
        if "\x00" in cell:
            raise CellRefused(name, "The cell holds a NUL character.")
    values = {}
    for column in columns:
        cell = cells[column.name].strip()
        if cell not in column.nulls:
            try:
                values[column.name] = column.read(cell, zone)
            except ValueError as error:
                raise CellRefused(column.name, str(error)) from None
        elif column.required:
            raise CellRefused(column.name, "The cell is empty.")
    return values


def text(longest: int = 2000) -> Read:
    """Text as it stands."""

    def read(cell: str, _zone: ZoneInfo) -> str:
        if len(cell) > longest:
            raise ValueError(f"Longer than {longest} characters.")
        return cell

    return read


def number(cell: str, _zone: ZoneInfo) -> int | float:
    """A plain number with a decimal point; whole ones come without it."""
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", cell):
        raise ValueError(f"{shown(cell)} is no number like 1200 or 99.5.")
    value = float(cell)
    return int(value) if value.is_integer() else value


def money(cell: str, _zone: ZoneInfo) -> Decimal:
    """An amount with at most two decimals that count."""
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", cell):
        raise ValueError(f"{shown(cell)} is no amount like 1200 or 99.50.")
    return Decimal(cell).quantize(Decimal("0.01"))


def boolean(cell: str, _zone: ZoneInfo) -> bool:
    """True or False, in any case."""
    try:
        return {"true": True, "false": False}[cell.casefold()]
    except KeyError:
        raise ValueError(f"{shown(cell)} is neither True nor False.") from None


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


def shown(cell: str) -> str:
    """A cell as a message quotes it."""
    return repr(cell if len(cell) <= 40 else f"{cell[:40]}…")
