"""A letter as bytes: everything that is the same for all is prepared once, the rest is put in per message.

Values are escaped for where they stand (HTML, text, header), so nobody's name ends a header or opens an element.
Lines end with CRLF; doubling leading dots is the business of whoever speaks SMTP.
"""

import base64
import hashlib
import re
import textwrap
from binascii import b2a_base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, quote
from html import escape
from typing import TypeAlias

from mail.html import as_text, links, with_links, wrap
from mail.tags import TAG, Segment, Value, compile_tags, in_header, in_html, in_text

LINE_BYTES = 998  # the limit of RFC 5322; a part with a longer line leaves as base64
_WRAP_BYTES = 600  # leaves room for what is put in
_WORD_BYTES = 39  # of text in one encoded word, so that a header's first line is short enough too
_BASE64 = b"Content-Transfer-Encoding: base64\r\n\r\n"
_EIGHT_BIT = b"Content-Transfer-Encoding: 8bit\r\n\r\n"
_TEXT_PLAIN = b"Content-Type: text/plain; charset=utf-8\r\n"
_TEXT_HTML = b"Content-Type: text/html; charset=utf-8\r\n"
_HIDDEN = "display:none;max-height:0;overflow:hidden;opacity:0"
_BLANK = "\ue000"
_AROUND_TAGS = re.compile(f"({TAG.pattern})", re.DOTALL)
_LINE_END = re.compile(r"\r\n?")
_NOT_IN_ADDRESS = re.compile("[\x00-\x20\x7f-\x9f<>\u2028\u2029]")

Piece: TypeAlias = "bytes | Value | _Either"


@dataclass(frozen=True)
class Addressed:
    """What differs from message to message; `message_id` without its angle brackets."""

    to: str
    message_id: str
    values: Mapping[str, str]
    date: datetime
    link_urls: Sequence[str]
    pixel_url: str
    unsubscribe_url: str


@dataclass(frozen=True, slots=True)
class _Either:
    name: str
    then: "tuple[Piece, ...]"
    otherwise: "tuple[Piece, ...]"


class Skeleton:
    """One letter of one sender. Its sources have passed `clean` and may hold merge tags; raises TagRefused."""

    def __init__(
        self,
        *,
        subject: str,
        preheader: str,
        html: str,
        text: str,
        from_name: str,
        from_address: str,
        reply_to: str = "",
        is_tracked: bool = True,
        is_service: bool = False,
    ) -> None:
        addresses = links(html) if is_tracked else []
        self._link_names = [f"link_{number}" for number in range(1, len(addresses) + 1)]
        ours = frozenset(["pixel_url", *self._link_names])
        text = _marked(text.strip() or as_text(html), addresses)
        if is_tracked:
            html = with_links(html, lambda number: f"{{{{ link_{number} }}}}")
        self._html = _Body(_page(html, preheader, is_tracked=is_tracked), ours, in_html)
        self._text = _Body(_short_lines(text), ours, in_text)
        self._subject = compile_tags(subject)
        self._sender = _sender_headers(from_name, from_address, reply_to, is_service=is_service)
        self._fixed_subject = None if self._subject.names else _unstructured(self._subject.render({}, in_header))

    def bytes_for(self, one: Addressed, *, eight_bit: bool = True) -> bytes:
        """The whole message; as base64 where the server or a line's length does not let 8 bits through."""
        values = dict(one.values)
        values.update(zip(self._link_names, one.link_urls, strict=bool(self._link_names)))
        values.update(pixel_url=one.pixel_url, unsubscribe_url=one.unsubscribe_url)
        text, html = self._text.fill(values), self._html.fill(values)
        if not eight_bit or _longest(text) > LINE_BYTES or _longest(html) > LINE_BYTES:
            text, html, encoding = _base64(text), _base64(html), _BASE64
        else:
            encoding = _EIGHT_BIT
        # Nobody knows it beforehand, so no value can end a part.
        edge = b"=_" + hashlib.blake2b(one.message_id.encode(), digest_size=12).hexdigest().encode()
        return b"".join(
            (
                *(self._sender, b"To: <", _address(one.to), b">\r\nSubject: ", self._subject_for(values)),
                *(b"\r\nDate: ", format_datetime(one.date).encode(), b"\r\nMessage-ID: <", _address(one.message_id)),
                *(b">\r\n", _unsubscribe(one.unsubscribe_url), b"MIME-Version: 1.0\r\n"),
                *(b'Content-Type: multipart/alternative; boundary="', edge, b'"\r\n\r\n--', edge, b"\r\n"),
                *(_TEXT_PLAIN, encoding, text, b"\r\n--", edge, b"\r\n"),
                *(_TEXT_HTML, encoding, html, b"\r\n--", edge, b"--\r\n"),
            )
        )

    def _subject_for(self, values: Mapping[str, str]) -> bytes:
        if self._fixed_subject is not None:
            return self._fixed_subject
        return _unstructured(self._subject.render(values, in_header))


class _Body:
    """The pieces of one part, and how what is put in is escaped."""

    def __init__(self, source: str, also: frozenset[str], escape: Callable[[str], str]) -> None:
        self._escape = escape
        self._pieces = _pieces(compile_tags(_LINE_END.sub("\n", source), also=also).segments)

    def fill(self, values: Mapping[str, str]) -> bytes:
        """The part for one person."""
        out: list[bytes] = []
        self._fill(self._pieces, values, out)
        return b"".join(out)

    def _fill(self, pieces: "tuple[Piece, ...]", values: Mapping[str, str], out: list[bytes]) -> None:
        for piece in pieces:
            if isinstance(piece, bytes):
                out.append(piece)
            elif isinstance(piece, Value):
                out.append(piece.text(values, self._escape).encode(errors="replace"))
            else:
                has_value = (values.get(piece.name) or "").strip()
                self._fill(piece.then if has_value else piece.otherwise, values, out)


def _pieces(segments: Sequence[Segment]) -> "tuple[Piece, ...]":
    return tuple(_piece(segment) for segment in segments)


def _piece(segment: Segment) -> Piece:
    if isinstance(segment, str):
        return segment.replace("\n", "\r\n").encode(errors="replace")
    if isinstance(segment, Value):
        return segment
    return _Either(segment.name, _pieces(segment.then), _pieces(segment.otherwise))


def _page(html: str, preheader: str, *, is_tracked: bool) -> str:
    """The document around a letter. The first words some readers show stand hidden at its beginning."""
    shown = "".join(part if TAG.fullmatch(part) else escape(part) for part in _AROUND_TAGS.split(preheader.strip()))
    first = f'<div style="{_HIDDEN}">{shown}</div>\n' if shown else ""
    pixel = '<img src="{{ pixel_url }}" width="1" height="1" alt="" style="border:0">\n' if is_tracked else ""
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    page = f'<!DOCTYPE html>\n<html><head>{head}</head>\n<body dir="auto">\n{first}{html}\n{pixel}</body></html>\n'
    return wrap(page, _WRAP_BYTES)


def _marked(text: str, addresses: Sequence[str]) -> str:
    """The text with the letter's trackable addresses marked by their numbers, where they stand by themselves."""
    numbers: dict[str, list[int]] = {}
    for number, address in enumerate(addresses, 1):
        numbers.setdefault(address, []).append(number)
    if not numbers:
        return text
    longest_first = "|".join(re.escape(address) for address in sorted(numbers, key=len, reverse=True))
    alone = rf"(?<![^\s(<\[\"'}}])(?:{longest_first})(?=[)>\]\"'{{\s]|[.,;:!?]*(?:\s|\Z))"

    def mark(found: re.Match[str]) -> str:
        waiting = numbers[found[0]]
        return f"{{{{ link_{waiting.pop(0) if len(waiting) > 1 else waiting[0]} }}}}"

    return re.sub(alone, mark, text)


def _short_lines(text: str) -> str:
    """Paragraphs written as one very long line, broken at blanks outside tags."""
    lines = TAG.sub(lambda found: found[0].replace(" ", _BLANK), text).split("\n")
    return "\n".join(
        textwrap.fill(line, _WRAP_BYTES // 2, break_long_words=False, break_on_hyphens=False)
        if len(line.encode(errors="replace")) > _WRAP_BYTES
        else line
        for line in lines
    ).replace(_BLANK, " ")


def _sender_headers(name: str, address: str, reply_to: str, *, is_service: bool) -> bytes:
    name = in_header(name)
    quoted = f'"{quote(name)}"'.encode() if _is_plain(name) else _unstructured(name)
    headers = b"From: " + (quoted + b" " if name else b"") + b"<" + _address(address) + b">\r\n"
    if reply_to:
        headers += b"Reply-To: <" + _address(reply_to) + b">\r\n"
    return headers + (b"Auto-Submitted: auto-generated\r\n" if is_service else b"")


def _unsubscribe(address: str) -> bytes:
    if not address:
        return b""
    one_click = b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    return b"List-Unsubscribe: <" + _address(address) + b">\r\n" + one_click


def _address(address: str) -> bytes:
    """An address, mail or web, that stays inside its angle brackets."""
    return _NOT_IN_ADDRESS.sub("", address).encode(errors="replace")


def _unstructured(text: str) -> bytes:
    """A header's text (RFC 2047 where it is not ASCII), cut between letters."""
    text = in_header(text)
    if _is_plain(text):
        return text.encode()
    words, raw = [], text.encode(errors="replace")
    while raw:
        end = min(_WORD_BYTES, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end -= 1
        words.append(b"=?utf-8?b?" + b2a_base64(raw[:end], newline=False) + b"?=")
        raw = raw[end:]
    return b"\r\n ".join(words)


def _is_plain(text: str) -> bool:
    return text.isascii() and "=?" not in text


def _longest(part: bytes) -> int:
    return max(map(len, part.split(b"\r\n")))


def _base64(part: bytes) -> bytes:
    return base64.encodebytes(part).replace(b"\n", b"\r\n")
