"""Reading a CSV file: rows with their line numbers; whatever cannot be read is said, never skipped."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

DELIMITERS = ",;\t|"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Unreadable(Exception):
    """The file as a whole cannot be imported; nothing was written."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its cells by column, exactly as they came; or why it could not be read."""

    line: int
    cells: dict[str, str]
    refused: str = ""


@dataclass(frozen=True)
class Table:
    """A file whose encoding, header and number of records are known to be right."""

    path: Path
    encoding: str
    delimiter: str
    header: list[str]
    records: int

    def rows(self) -> Iterator[Row]:
        """All records, blank ones left out, read as a stream."""
        with self.path.open(encoding=self.encoding, newline="") as file:
            records = _records(file, self.delimiter)
            next(records)  # the header
            for line, record in records:
                yield _row(line, record, self.header)


def open_table(path: Path, columns: Sequence[str], *, encoding: str = "") -> Table:
    """Read the whole file once before anything is imported from it. Raises Unreadable, saying what to do."""
    encoding = encoding or _encoding(path)
    try:
        with path.open(encoding=encoding, newline="") as file:
            header, delimiter = _header(file.readline(), columns)
            file.seek(0)
            records = sum(1 for _ in _records(file, delimiter)) - 1
    except (UnicodeError, LookupError) as error:
        raise Unreadable(
            f"The file is not {encoding}: {error}. Save it as UTF-8, or name its encoding, for example "
            "--encoding cp1252."
        ) from None
    return Table(path, encoding, delimiter, header, records)


def _encoding(path: Path) -> str:
    """UTF-8 with or without a mark, unless a mark says UTF-16. Raises Unreadable when there is no such file."""
    try:
        with path.open("rb") as file:
            start = file.read(2)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from None
    return "utf-16" if start in _UTF16 else "utf-8-sig"


def _header(first: str, columns: Sequence[str]) -> tuple[list[str], str]:
    """The names of the header and the delimiter: the one under which the expected names appear.

    Nothing is guessed from the rest of the file; csv.Sniffer is wrong too often.
    """
    best: list[str] = []
    for delimiter in DELIMITERS:
        names = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
        while names and not names[-1]:
            names.pop()  # every line ends with a delimiter
        if set(columns) <= set(names):
            if len(set(names)) < len(names):
                raise Unreadable("The header names a column twice.")
            return names, delimiter
        best = max(best, names, key=lambda found: len(set(columns) & set(found)))
    missing = ", ".join(name for name in columns if name not in best)
    raise Unreadable(f"The first line must name the columns. Missing: {missing}. Found: {', '.join(best) or 'none'}.")


def _records(file: TextIO, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """(line on which it begins, cells or why it cannot be read) of every record that is not blank."""
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"This is no CSV record: {error}."
            continue
        if any(cell.strip() for cell in record):
            yield line, record


def _row(line: int, record: list[str] | str, header: Sequence[str]) -> Row:
    if isinstance(record, str):
        return Row(line, {}, record)
    cells = record[: len(header)]
    if len(cells) < len(header) or any(cell.strip() for cell in record[len(header) :]):
        return Row(line, {}, f"{len(record)} cells where the header names {len(header)} columns.")
    return Row(line, dict(zip(header, cells, strict=True)))
