"""CSV text to records with their lines, as a stream of flat memory; whatever cannot be read is said, never skipped."""

import csv
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TextIO

MAX_LINE = 1_000_000  # characters
MAX_DELIMITERS = 20_000  # in one line; far more than any honest one has
MAX_OPEN_QUOTES = 1_000


class _LineRefused(Exception):
    """A physical line that is not even handed to the CSV reader."""


class _Lines:
    """The lines of a file, the ones of the record under way kept so that they can be read again one by one."""

    def __init__(self, file: TextIO, delimiter: str) -> None:
        self._file, self._delimiter = file, delimiter
        self._again: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._file.readline(MAX_LINE)
        if not line:
            raise StopIteration
        if len(line) == MAX_LINE and not line.endswith("\n"):
            self._skip()
            raise _LineRefused(f"The line is longer than {MAX_LINE:,} characters.")
        if line.count(self._delimiter) > MAX_DELIMITERS:
            raise _LineRefused(f"The line has more than {MAX_DELIMITERS:,} cells.")
        self.taken.append(line)
        return line

    def _skip(self) -> None:
        while rest := self._file.readline(MAX_LINE):
            if rest.endswith("\n"):
                return

    def give_back(self) -> None:
        """Read the lines of a record again, but for its first."""
        self._again.extendleft(reversed(self.taken[1:]))


@dataclass(frozen=True, slots=True)
class Broken:
    """What stands where no record can be read, and why."""

    text: str
    reason: str


def records(file: TextIO, delimiter: str) -> Iterator[tuple[int, list[str] | Broken]]:
    """(line on which it begins, cells or what is broken) of every record that is not blank.

    A quote that is never closed spoils its own line only: those after it are read again.
    """
    lines = _Lines(file, delimiter)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    line, open_quotes = 1, 0
    while True:
        lines.taken.clear()
        try:
            record = next(reader)
        except StopIteration:
            return
        except _LineRefused as refused:
            yield line, Broken("", str(refused))
            line += len(lines.taken) + 1
            continue
        except csv.Error as error:
            if len(lines.taken) > 1 and open_quotes < MAX_OPEN_QUOTES:
                open_quotes += 1
                lines.give_back()
                del lines.taken[1:]
            yield line, Broken("".join(lines.taken).rstrip("\r\n"), _told(error, len(lines.taken)))
            line += len(lines.taken)
            continue
        if any(record) and any(map(str.strip, record)):
            yield line, _unwrapped(record, delimiter)
        line += len(lines.taken)


def _told(error: csv.Error, lines: int) -> str:
    extent = f" ({lines} lines)" if lines > 1 else ""
    return f"This is no CSV record: {error}{extent}."


def _unwrapped(record: list[str], delimiter: str) -> list[str]:
    """A whole record that was put into one quoted cell, taken out again where it reads cleanly."""
    if len(record) > 1 or delimiter not in record[0]:
        return record
    try:
        inner = list(csv.reader([record[0]], delimiter=delimiter, strict=True))
    except csv.Error:
        return record
    return inner[0] if len(inner) == 1 else record


def sample(open_file: Callable[[], TextIO], delimiter: str, number: int) -> list[list[str]]:
    """The first records that can be read."""
    with open_file() as file:
        readable = (record for _, record in records(file, delimiter) if isinstance(record, list))
        return list(islice(readable, number))


def first_record(open_file: Callable[[], TextIO], delimiter: str) -> list[str] | Broken:
    """The first record; no cells where there is none."""
    with open_file() as file:
        return next((record for _, record in records(file, delimiter)), [])
