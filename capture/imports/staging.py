"""A file as a table of the database: filled by COPY, read in batches, gone when the import is over."""

import json
from collections.abc import Iterator

from django.db import connection

from capture.imports.table import Row, Table

_PIECE = 1 << 16
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Staging:
    """The rows of one import, by line. Names of tables are made here, never taken from outside."""

    def __init__(self, number: int | None = None) -> None:
        """Of an import that may be taken up again, by its number; without one it ends with the connection."""
        self._name = "capture_staged" if number is None else f"capture_staged_{int(number)}"
        self._kind = "TEMPORARY" if number is None else "UNLOGGED"

    def fill(self, table: Table) -> int:
        """Take in the whole file as a stream; returns the number of its rows."""
        self.drop()
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE {self._kind} TABLE {self._name}"
                " (line int PRIMARY KEY, cells text NOT NULL, refused text NOT NULL, col text NOT NULL)"
            )
            cursor.copy_expert(f"COPY {self._name} (line, cells, refused, col) FROM STDIN", _Stream(table.rows()))
            return int(cursor.rowcount)

    def read(self, after: int, number: int) -> list[Row]:
        """The next rows behind a line."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT line, cells, refused, col FROM {self._name} WHERE line > %s ORDER BY line LIMIT %s",
                [after, number],
            )
            return [Row(line, json.loads(cells), refused, col) for line, cells, refused, col in cursor.fetchall()]

    def all(self, number: int = 5000) -> Iterator[Row]:
        """Every row, in portions."""
        after = 0
        while rows := self.read(after, number):
            yield from rows
            after = rows[-1].line

    def exists(self) -> bool:
        """Whether the table still stands and holds something: it does not outlive a crash of the database."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [self._name])
            if not cursor.fetchone()[0]:
                return False
            cursor.execute(f"SELECT EXISTS (SELECT FROM {self._name})")
            return bool(cursor.fetchone()[0])

    def drop(self) -> None:
        """Let it go."""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {self._name}")


class _Stream:
    """Rows as the text that COPY reads, a piece at a time."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._lines = map(_line, rows)
        self._rest = ""

    def read(self, size: int = _PIECE) -> str:
        """At most `size` characters; none at the end."""
        pieces, length = [self._rest], len(self._rest)
        while length < size and (line := next(self._lines, "")):
            pieces.append(line)
            length += len(line)
        whole = "".join(pieces)
        self._rest = whole[size:]
        return whole[:size]


def _line(row: Row) -> str:
    # What cannot be stored as text, a NUL or a broken byte, keeps its escape; only refused rows hold any.
    cells = json.dumps(row.cells, ensure_ascii=bool(row.refused)).replace("\\", "\\\\")
    if not row.refused:
        return f"{row.line}\t{cells}\t\t\n"
    return f"{row.line}\t{cells}\t{row.refused.translate(_ESCAPES)}\t{row.column.translate(_ESCAPES)}\n"
