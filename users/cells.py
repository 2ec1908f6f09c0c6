"""Cells of files that people open in a spreadsheet."""

import re

_PLAIN = re.compile(r"[+-]?[\d\s().,/-]*\d[\d\s().,/%-]*")  # a phone number or a number: no formula


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; a phone's + survives."""
    if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not _PLAIN.fullmatch(cell):
        return f"'{storable(cell)}"
    return storable(cell)


def storable(cell: str) -> str:
    """A cell with a sign for what neither a file nor the database can hold: a NUL, a byte that does not decode."""
    return cell.replace("\x00", "␀").encode(errors="replace").decode()
