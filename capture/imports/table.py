"""A CSV file as a table: how it is written, its columns, and its rows with their line numbers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

from capture.imports.encoding import encoding_of
from capture.imports.records import Broken, first_record, records
from capture.imports.shape import column_names, delimiter_of, names_columns

MAX_COLUMNS = 2_000
MAX_BYTES = 512 * 2**20
_BROKEN = re.compile("[\ud800-\udfff]")


class Unreadable(Exception):
    """The file as a whole cannot be imported; nothing was written."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its cells in the order of the columns, exactly as they came; `refused` says why it is no row."""

    line: int
    cells: list[str]
    refused: str = ""
    column: str = ""


@dataclass(frozen=True)
class Table:
    """A file whose encoding, delimiter and columns are known."""

    path: Path
    encoding: str
    delimiter: str
    header: list[str]
    has_header: bool = True

    def open(self) -> TextIO:
        """The text; bytes that do not decode come as lone surrogates, which refuse their row."""
        return self.path.open(encoding=self.encoding, errors="surrogateescape", newline="")

    def rows(self) -> Iterator[Row]:
        """All records, blank ones left out, read as a stream."""
        with self.open() as file:
            found = records(file, self.delimiter)
            if self.has_header:
                next(found, None)
            for line, record in found:
                yield _row(line, record, self.header, self.encoding)

    def first(self, number: int) -> list[Row]:
        """The first rows."""
        rows = self.rows()
        return [row for row, _ in zip(rows, range(number), strict=False)]


def open_table(
    path: Path,
    columns: Sequence[str] = (),
    *,
    encoding: str = "",
    delimiter: str = "",
    has_header: bool | None = None,
) -> Table:
    """Find out how a file is written; what is given is taken. Raises Unreadable, saying what to do.

    `columns` have to be named by the first line; without them a file may have no header.
    """
    _check_size(path)
    try:
        encoding = encoding or encoding_of(path)
        opened = partial(path.open, encoding=encoding, errors="surrogateescape", newline="")
        delimiter = delimiter or delimiter_of(opened, columns)
        first = first_record(opened, delimiter)
    except LookupError as error:
        raise Unreadable(f"{error}. Name the encoding the file is in, for example --encoding cp1252.") from None
    except UnicodeError as error:
        raise Unreadable(f"The file is not {encoding}: {error}. Save it as UTF-8, or name its encoding.") from None
    if isinstance(first, Broken):
        raise Unreadable(f"The first line cannot be read. {first.reason}")
    if has_header is None:
        has_header = bool(columns) or names_columns(first)
    header = column_names(first, is_header=has_header)
    _check_header(header, columns)
    return Table(path, encoding, delimiter, header, has_header)


def _check_size(path: Path) -> None:
    try:
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from None
    if size > MAX_BYTES:
        raise Unreadable(f"The file has {size / 2**20:,.0f} MB; at most {MAX_BYTES // 2**20} are read. Split it.")


def _check_header(header: Sequence[str], columns: Sequence[str]) -> None:
    if len(header) > MAX_COLUMNS:
        raise Unreadable(f"The file has {len(header):,} columns; at most {MAX_COLUMNS:,} are read.")
    if missing := ", ".join(name for name in columns if name not in header):
        found = ", ".join(header) or "none"
        raise Unreadable(f"The first line must name the columns. Missing: {missing}. Found: {found}.")
    if twice := next((name for name in columns if f"{name} (2)" in header), ""):
        raise Unreadable(f"The header names the column {twice} twice.")
    if not header:
        raise Unreadable("The file holds no row that can be read.")


def _row(line: int, record: list[str] | Broken, header: Sequence[str], encoding: str) -> Row:
    if isinstance(record, Broken):
        return Row(line, [record.text], record.reason)
    width = len(header)
    cells = record if len(record) == width else record[:width]
    if len(record) != width and (len(record) < width or any(map(str.strip, record[width:]))):
        return Row(line, record[:MAX_COLUMNS], f"{len(record)} cells where the header names {width} columns.")
    if refusal := _unfit(cells, header, encoding):
        return Row(line, cells, *refusal)
    return Row(line, cells)


def _unfit(cells: Sequence[str], header: Sequence[str], encoding: str) -> tuple[str, str] | None:
    """Why a row cannot be stored as it is: (reason, column)."""
    whole = "".join(cells)
    if "\x00" not in whole and (whole.isascii() or not _BROKEN.search(whole)):
        return None
    for name, cell in zip(header, cells, strict=True):
        if "\x00" in cell:
            return "The cell holds a NUL character.", name
        if _BROKEN.search(cell):
            return f"The cell holds bytes that are no {encoding}.", name
    return None
