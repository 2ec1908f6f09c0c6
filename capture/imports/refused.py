"""The file of refused rows: line, column, reason and the original cells, safe to open in a spreadsheet."""

import csv
import re
from collections.abc import Iterable, Sequence
from typing import Any

from capture.imports.run import Report

_PLAIN = re.compile(r"[+-]?[\d\s().,/-]*\d[\d\s().,/%-]*")  # a phone number or a number: no formula


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; a phone's + survives."""
    if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not _PLAIN.fullmatch(cell):
        return f"'{storable(cell)}"
    return storable(cell)


def storable(cell: str) -> str:
    """A cell with a sign for what neither a file nor the database can hold: a NUL, a byte that does not decode."""
    return cell.replace("\x00", "␀").encode(errors="replace").decode()


class RefusedFile:
    """Writes refused rows beside their file."""

    def __init__(self, file: Any, header: Sequence[str]) -> None:
        self._writer = csv.writer(file)
        self._writer.writerow(["line", "column", "reason", *map(safe, header)])

    def write(self, reports: Iterable[Report]) -> None:
        """Write these rows."""
        for report in reports:
            cells = map(safe, report.cells)
            self._writer.writerow([report.line, safe(report.result.column), report.result.reason, *cells])
