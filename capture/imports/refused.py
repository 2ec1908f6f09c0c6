"""The file of refused rows: line, column, reason and the original cells, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Sequence
from typing import Any

from capture.imports.run import Report
from users.cells import safe


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
