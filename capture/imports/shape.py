"""What a file looks like: its delimiter, and whether its first line names the columns. Nothing is sniffed."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import TextIO

from capture.imports.records import sample

DELIMITERS = ",;\t|"
SAMPLE = 200
_VALUE = re.compile(
    r"[-+$€£₪(]?\s*[\d.,]+\s*[%)]?|[^@\s]+@[^@\s]+\.[^@\s]+|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b.*|true|false|yes|no",
    re.IGNORECASE,
)


def delimiter_of(open_file: Callable[[], TextIO], columns: Collection[str] = ()) -> str:
    """The delimiter under which most records have the same number of cells, and more than one.

    Expected `columns` decide first, where the first line names them.
    """

    def merit(delimiter: str) -> tuple[float, float, int]:
        rows = sample(open_file, delimiter, SAMPLE)
        widths = Counter(len(_trimmed(row)) for row in rows)
        width, same = widths.most_common(1)[0] if widths else (0, 0)
        named = len(set(columns) & {cell.strip() for cell in rows[0]}) if rows else 0
        return named, same / len(rows) if width > 1 else 0.0, width

    return max(DELIMITERS, key=merit)


def _trimmed(row: Sequence[str]) -> Sequence[str]:
    return row[:-1] if len(row) > 1 and not row[-1].strip() else row


def names_columns(first: Sequence[str]) -> bool:
    """Whether a record reads like a header: distinct names, none of which is a number, a date or an address."""
    names = [cell.strip() for cell in first if cell.strip()]
    if not names or len(set(names)) < len(names) * 0.9:
        return False
    return not any(_VALUE.fullmatch(name) for name in names)


def column_names(first: Sequence[str], *, is_header: bool) -> list[str]:
    """A name for each column: the header's, numbered where it is blank or named twice. Trailing blanks go."""
    names = [cell.strip() for cell in first] if is_header else [""] * len(first)
    while is_header and names and not names[-1]:
        names.pop()  # every line ends with a delimiter
    seen: Counter[str] = Counter()
    found = []
    for place, name in enumerate(names, 1):
        plain = name or f"Column {place}"
        seen[plain] += 1
        found.append(plain if seen[plain] == 1 else f"{plain} ({seen[plain]})")
    return found
