"""The HTML of letters: cleaned for mail readers, its links found and replaced, its lines kept short, a text made of it.

Merge tags are no HTML: before a parser sees a letter each one becomes a comment (in text, where a parser would move
words out of a table) or a word (inside a tag), and comes back untouched afterwards.
"""

import html as entities
import re
from collections.abc import Callable, Iterator

import nh3

from mail.plaintext import TextWriter
from mail.tags import TAG, URL_NAMES, compile_tags

LINE_BYTES = 900  # RFC 5322 allows 998; what is filled in needs some of it

_BOX = {"align", "bgcolor", "height", "valign", "width"}
_ATTRIBUTES = {
    "*": {"dir", "lang", "role", "style", "title"},
    "a": {"href"},
    "col": {"span", "width"},
    "div": {"align"},
    "h1": {"align"},
    "h2": {"align"},
    "h3": {"align"},
    "hr": {"width"},
    "img": {"align", "alt", "border", "height", "src", "width"},
    "ol": {"start", "type"},
    "p": {"align"},
    "table": _BOX | {"border", "cellpadding", "cellspacing"},
    "tbody": _BOX,
    "td": _BOX | {"colspan", "rowspan"},
    "th": _BOX | {"colspan", "rowspan", "scope"},
    "tr": _BOX,
}
_TAGS = set(_ATTRIBUTES) - {"*"} | {
    *("abbr", "b", "blockquote", "br", "caption", "center", "code", "colgroup", "em", "h4", "h5", "h6", "i", "li"),
    *("pre", "s", "small", "span", "strong", "sub", "sup", "tfoot", "thead", "u", "ul"),
}
_SIDES = ("", "-top", "-right", "-bottom", "-left")
_STYLES = {
    *("background", "background-color", "border-collapse", "border-radius", "border-spacing", "color", "direction"),
    *("display", "font", "font-family", "font-size", "font-style", "font-weight", "height", "letter-spacing"),
    *("line-height", "list-style-type", "max-width", "min-width", "table-layout", "text-align", "text-decoration"),
    *("text-transform", "vertical-align", "white-space", "width", "word-break"),
    *(f"{name}{side}" for name in ("border", "margin", "padding") for side in _SIDES),
}
# What fetches, runs or hides something in a value; escapes and comments could spell any of it.
_UNSAFE_STYLE = re.compile(
    r"url\s*\(|image|expression|element\s*\(|src\s*\(|@|\\|/\*|<|white-space\s*:\s*(?:pre|break)", re.IGNORECASE
)

_ELEMENT = re.compile(r"</?[a-zA-Z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_HREF = re.compile(r"(<a\b[^<>]*?\shref=\")([^\"]*)(\")")
_TOKEN = re.compile(rf"{_ELEMENT.pattern}|\s+|[^\s<]+|<")
_PART = re.compile(r"\s+|>|(?:[^\s\"'>]|\"[^\"]*\"|'[^']*')+")
_WEB = re.compile(r"https?://", re.IGNORECASE)
_ADDRESS_TAG = re.compile(r"\{\{\s*(?:" + "|".join(URL_NAMES) + r")\s*(?:\|[^{}]*)?\}\}")


def clean(html: str) -> str:
    """A letter's HTML with only what mail readers show and nobody can abuse; merge tags stay.

    Links go to http(s) and mailto or are one of our own addresses; pictures come from http(s), since attached and
    inlined ones are not shown by the widespread readers. A tag inside a style goes with its declaration. Raises
    TagRefused: what passes is safe to show, filled in or not.
    """
    kept = _Kept(_COMMENT.sub("", html))
    cleaner = nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=kept.attribute,
        clean_content_tags={"script", "style", "title"},
        filter_style_properties=_STYLES,
        link_rel=None,
        strip_comments=False,
        url_schemes={"http", "https", "mailto"},
    )
    cleaned = kept.put_back(cleaner.clean(kept.text), is_final=True)
    compile_tags(cleaned)
    return cleaned


def links(html: str) -> list[str]:
    """The trackable addresses of a cleaned letter, in order of appearance: to the web, not our own pages."""
    kept = _Kept(html)
    return [kept.put_back(entities.unescape(found[2])) for found in _trackable(kept.text)]


def with_links(html: str, marker: Callable[[int], str]) -> str:
    """A cleaned letter whose nth trackable address (from 1) is `marker(n)` instead."""
    kept = _Kept(html)
    out, at = [], 0
    for number, found in enumerate(_trackable(kept.text), 1):
        out += [kept.text[at : found.start(2)], marker(number)]
        at = found.end(2)
    return kept.put_back("".join([*out, kept.text[at:]]))


def as_text(html: str) -> str:
    """A readable text part of a cleaned letter: links as "text (address)", lists, paragraphs; tags stay."""
    kept = _Kept(html)
    writer = TextWriter(lambda word: kept.put_back(f"<!--{word}-->").startswith("{%"))
    writer.feed(kept.text)
    writer.close()
    return kept.put_back(writer.text())


def wrap(html: str, width: int = LINE_BYTES) -> str:
    """The same letter in lines of at most `width` bytes where it can be, broken only where no reader sees it."""
    kept = _Kept(html)
    out: list[str] = []
    length = 0
    for gap, chunk in _chunks(kept.text):
        chunk = kept.put_back(chunk)
        if length and length + len(gap) + len(chunk.encode()) > width:
            gap = "\n"
        out += [gap, chunk]
        _before, newline, last = (gap + chunk).rpartition("\n")
        length = len(last.encode()) + (0 if newline else length)
    return "".join(out)


def _chunks(text: str) -> Iterator[tuple[str, str]]:
    """What must stay in one piece, each with the gap before it: blanks, or nothing before the end of an element."""
    gap, chunk, is_pre = "", "", False
    for token in _TOKEN.findall(text):
        if token.startswith(("<pre", "</pre")):
            is_pre = token.startswith("<pre")
        for part in _PART.findall(token) if _ELEMENT.fullmatch(token) else [token]:
            if part == ">" or (part.isspace() and not is_pre):
                yield gap, chunk
                gap, chunk = ("", part) if part == ">" else (part, "")
            else:
                chunk += part
    yield gap, chunk


def _trackable(text: str) -> Iterator[re.Match[str]]:
    return (found for found in _HREF.finditer(text) if _WEB.match(found[2]))


class _Kept:
    """Merge tags laid aside while a parser reads the rest."""

    def __init__(self, html: str) -> None:
        self.tags: list[str] = []
        number = 0
        while (mark := f"tag{number}x") in html:
            number += 1
        self.mark = mark
        self.comment = re.compile(rf"<!--{mark}(\d+)y-->|{mark}(\d+)y")
        worded = TAG.sub(self._word, html)
        # Between elements a comment stays where it is; a word would be moved out of a table.
        parts, at = [], 0
        for element in _ELEMENT.finditer(worded):
            parts += [self._commented(worded[at : element.start()]), element[0]]
            at = element.end()
        self.text = "".join([*parts, self._commented(worded[at:])])

    def _word(self, found: re.Match[str]) -> str:
        self.tags.append(found[0])
        return f"{self.mark}{len(self.tags) - 1}y"

    def _commented(self, text: str) -> str:
        return re.sub(rf"{self.mark}\d+y", r"<!--\g<0>-->", text)

    def put_back(self, text: str, *, is_final: bool = False) -> str:
        """The text with its tags again; in the final one no other comment stays."""
        if is_final:
            text = re.sub(rf"<!--(?!{self.mark}\d+y-->).*?-->", "", text, flags=re.DOTALL)
        return self.comment.sub(self._tag, text)

    def _tag(self, found: re.Match[str]) -> str:
        number = int(found[1] or found[2])
        # Somebody may spell our mark in entities, with a number of their own.
        return self.tags[number] if number < len(self.tags) else ""

    def attribute(self, tag: str, name: str, value: str) -> str | None:
        """What of an attribute may stay, as nh3 asks it."""
        if name == "style":
            declarations = [
                part for part in value.split(";") if not _UNSAFE_STYLE.search(part) and self.mark not in part
            ]
            return ";".join(declarations) or None
        if name not in ("href", "src"):
            return value
        value = value.strip()
        is_fit = _WEB.match(value) or (name == "href" and (value.lower().startswith("mailto:") or self._is_ours(value)))
        return value if is_fit else None

    def _is_ours(self, value: str) -> bool:
        found = self.comment.match(value)
        return bool(found and _ADDRESS_TAG.fullmatch(self._tag(found)))
