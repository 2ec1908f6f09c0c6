"""The merge language of letters: values with a fallback, and conditionals. Nothing else, on purpose.

`{{ first_name }}`, `{{ first_name|there }}` (the text after the bar stands where the value is empty) and
`{% if company %} … {% else %} … {% endif %}`, nested up to three deep. No general engine: what a marketer writes can
reach the names below and nothing more. Values are put in last, so no value can ever become a tag.
"""

import difflib
import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias
from urllib.parse import quote

from django.utils.translation import gettext as _

URL_NAMES = frozenset({"unsubscribe_url", "preferences_url"})
NAMES = URL_NAMES | {
    "first_name",
    "last_name",
    "full_name",
    "job_title",
    "company",
    "email",
    "sender_name",
    "campaign",
}
DEPTH = 3
HEADER_LENGTH = 200
# One whole tag; what opens without matching this is refused at compiling.
TAG = re.compile(r"\{\{(?:(?!\{\{|\{%|\}\}).)*\}\}|\{%(?:(?!\{\{|\{%|%\}).)*%\}", re.DOTALL)

_OPENING = re.compile(r"\{\{|\{%")
_ADDRESS_BEGUN = re.compile(r"(?:https?://|mailto:)[^\s\"'<>]*\Z", re.IGNORECASE)
# Lone surrogates cannot be written as UTF-8; line and paragraph separators end lines for some readers.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# In a header, marks that turn the direction of what follows could also dress up an address.
_NOT_IN_HEADER = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069]+")
_MARKUP = frozenset('<>"')  # so that a cleaned letter is safe even before it is filled in
_BLANKS = re.compile(r"\s{2,}")


class TagRefused(ValueError):
    """A tag nobody can fill in, with its place; the message says what to do about it."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Value:
    """A place for a value. `in_address`: it continues a web address, so it is percent-encoded first."""

    name: str
    fallback: str
    in_address: bool

    def text(self, values: Mapping[str, str], escape: Callable[[str], str]) -> str:
        """What stands there for one person, fit for where it stands."""
        value = (values.get(self.name) or "").strip() or self.fallback
        return escape(in_url(value) if self.in_address else value)


@dataclass(frozen=True, slots=True)
class Choice:
    """One text where a value is there, another where it is empty."""

    name: str
    then: "tuple[Segment, ...]"
    otherwise: "tuple[Segment, ...]"

    def branch(self, values: Mapping[str, str]) -> "tuple[Segment, ...]":
        """The side one person reads."""
        return self.then if (values.get(self.name) or "").strip() else self.otherwise


Segment: TypeAlias = str | Value | Choice


@dataclass(frozen=True)
class Template:
    """A text ready to be filled in, as often as there are people."""

    segments: tuple[Segment, ...]
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", frozenset(_names(self.segments)))

    def render(self, values: Mapping[str, str], escape: Callable[[str], str]) -> str:
        """The text for one person; every value and every fallback goes through `escape` once."""
        out: list[str] = []
        _write(self.segments, values, escape, out)
        return "".join(out)


def compile_tags(source: str, *, also: frozenset[str] = frozenset()) -> Template:
    """The template of a source; `also` are names only we put in. Raises TagRefused for what cannot be filled in."""
    return Template(_Reader(source, NAMES | also).read())


def in_html(value: str) -> str:
    """A value inside HTML text or a quoted attribute."""
    return html.escape(in_text(value), quote=True)


def in_text(value: str) -> str:
    """A value inside plain text: one line, no control characters."""
    return value if value.isprintable() else _CONTROL.sub(" ", value)


def in_header(value: str) -> str:
    """A value inside a header: it can neither end the line nor run on for ever."""
    if not value.isprintable():
        value = _NOT_IN_HEADER.sub(" ", value)
    return _BLANKS.sub(" ", value).strip()[:HEADER_LENGTH].rstrip()


def in_url(value: str) -> str:
    """A value inside an address: percent-encoded, so that it stays the one part it is."""
    return quote(in_text(value), safe="")


def _write(
    segments: tuple[Segment, ...], values: Mapping[str, str], escape: Callable[[str], str], out: list[str]
) -> None:
    for segment in segments:
        if isinstance(segment, str):
            out.append(segment)
        elif isinstance(segment, Value):
            out.append(segment.text(values, escape))
        else:
            _write(segment.branch(values), values, escape, out)


def _names(segments: tuple[Segment, ...]) -> Iterator[str]:
    for segment in segments:
        if isinstance(segment, Value):
            yield segment.name
        elif isinstance(segment, Choice):
            yield segment.name
            yield from _names(segment.then + segment.otherwise)


@dataclass
class _Open:
    """A conditional that waits for its end, and where it began."""

    name: str
    at: int
    then: list[Segment] = field(default_factory=list)
    otherwise: list[Segment] | None = None


class _Reader:
    """Reads one source from front to back, once."""

    def __init__(self, source: str, names: frozenset[str]) -> None:
        self.source = source
        self.names = names
        self.top: list[Segment] = []
        self.open: list[_Open] = []
        # The text before the place read, tags left out, as far as an address may have begun in it.
        self.before = ""

    def read(self) -> tuple[Segment, ...]:
        """All segments; raises TagRefused at the first tag that is not understood."""
        at = 0
        while opening := _OPENING.search(self.source, at):
            self._literal(self.source[at : opening.start()])
            at = self._tag(opening.start())
        self._literal(self.source[at:])
        if self.open:
            self._refuse(_("Close this condition with {% endif %}."), self.open[-1].at)
        return tuple(self.top)

    def _literal(self, text: str) -> None:
        if text:
            self._append(text)
            self.before = (self.before + text)[-2000:]

    def _append(self, segment: Segment) -> None:
        if not self.open:
            self.top.append(segment)
            return
        inner = self.open[-1]
        (inner.then if inner.otherwise is None else inner.otherwise).append(segment)

    def _tag(self, at: int) -> int:
        found = TAG.match(self.source, at)
        if not found:
            closing = "}}" if self.source.startswith("{{", at) else "%}"
            self._refuse(_("This tag is not closed. Close it with %(closing)s.") % {"closing": closing}, at)
        inside = found[0][2:-2]
        if found[0].startswith("{{"):
            self._value(inside, at)
        else:
            self._block(inside.split(), at)
        return found.end()

    def _value(self, inside: str, at: int) -> None:
        name, _bar, fallback = inside.partition("|")
        if not _MARKUP.isdisjoint(fallback):
            self._refuse(_('The text after the bar is plain: take <, > and " out.'), at)
        in_address = bool(_ADDRESS_BEGUN.search(self.before))
        self._append(Value(self._known(name.strip(), at), fallback.strip(), in_address))
        self.before += "x" if in_address else " "

    def _block(self, words: list[str], at: int) -> None:
        match words:
            case ["if", name]:
                if len(self.open) == DEPTH:
                    self._refuse(_("Conditions nest up to %(depth)s deep: take one out.") % {"depth": DEPTH}, at)
                self.open.append(_Open(self._known(name, at), at))
            case ["else"]:
                if not self.open or self.open[-1].otherwise is not None:
                    self._refuse(_("Take this {% else %} out: no condition is open that lacks one."), at)
                self.open[-1].otherwise = []
            case ["endif"]:
                if not self.open:
                    self._refuse(_("Take this {% endif %} out: no condition is open."), at)
                done = self.open.pop()
                self._append(Choice(done.name, tuple(done.then), tuple(done.otherwise or ())))
            case _:
                self._refuse(_("Write {% if name %}, {% else %} or {% endif %}: there is nothing else."), at)

    def _known(self, name: str, at: int) -> str:
        if name not in self.names:
            nearest = difflib.get_close_matches(name.lower(), sorted(NAMES), n=1, cutoff=0.0)[0]
            told = {"name": name[:40], "nearest": nearest}
            self._refuse(_("There is no “%(name)s” to put in. The nearest is “%(nearest)s”.") % told, at)
        return name

    def _refuse(self, message: str, at: int) -> NoReturn:
        line = self.source.count("\n", 0, at) + 1
        raise TagRefused(message, line, at - (self.source.rfind("\n", 0, at) + 1) + 1)
