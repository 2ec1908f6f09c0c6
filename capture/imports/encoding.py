"""Which encoding a file is in: found by reading all of it, for the first odd byte may come late."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

BLOCK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEBREW_WORDS = re.compile(rb"[\xe0-\xfa]{2,}")
_HIGH = re.compile(rb"[\x80-\xff]")
_BROKEN = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")


def encoding_of(path: Path) -> str:
    """The encoding by mark, else UTF-8 where all of the file is, else UTF-16, Windows-1255 or cp1252.

    A file that is UTF-8 but for a few bytes counts as UTF-8: its rows that do not decode are refused one by one.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    if wide := _without_mark(start):
        return wide
    broken, beyond = _utf8(path)
    return "utf-8" if broken * 10 <= beyond else _one_byte(path)


def _without_mark(start: bytes) -> str:
    """UTF-16 that does not say so: every other byte is zero."""
    half = len(start) // 2
    for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if half and start[offset::2].count(0) > 0.4 * half and start[1 - offset :: 2].count(0) < 0.05 * half:
            return name
    return ""


def _utf8(path: Path) -> tuple[int, int]:
    """How many bytes of a file are no UTF-8, and how many characters beyond ASCII decode well."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    broken = beyond = 0
    for block, is_last in _blocks(path):
        text = decoder.decode(block, is_last)
        if not text.isascii():
            bad = len(_BROKEN.findall(text))
            broken, beyond = broken + bad, beyond + len(_BEYOND_ASCII.findall(text)) - bad
    return broken, beyond


def _one_byte(path: Path) -> str:
    """Hebrew stands in words of letters beyond ASCII; the letters of western languages stand alone among others."""
    words = high = 0
    for block, _ in _blocks(path):
        words += sum(map(len, _HEBREW_WORDS.findall(block)))
        high += len(_HIGH.findall(block))
    return "cp1255" if words > 0.6 * high else "cp1252"


def _blocks(path: Path) -> Iterator[tuple[bytes, bool]]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block, False
    yield b"", True
