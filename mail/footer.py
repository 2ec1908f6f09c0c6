"""The way out that stands in every letter: who wrote none gets one put below, in the letter's own language."""

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import override

from mail.tags import Choice, Segment, Value, compile_tags

NAME = "unsubscribe_url"
_MARK = "\ue001"  # stands for the address while a letter is searched; no letter holds it
_LINK = re.compile(rf"<a\b[^<>]*\shref=\"{_MARK}\"[^<>]*>(.*?)</a>", re.DOTALL | re.IGNORECASE)
_SHOWN = re.compile(r"<img\b|[^\s<>]", re.IGNORECASE)
_ELEMENT = re.compile(r"<(?!img\b)[^<>]*>", re.IGNORECASE)
_STYLE = "font-size:12px;line-height:1.5;color:#6c655a"
_LETTERS = {"he": re.compile("[\u0590-\u05ff]"), "ru": re.compile("[\u0400-\u04ff]")}


def with_way_out(html: str, text: str) -> tuple[str, str]:
    """A cleaned letter's HTML and text, each with a visible link to unsubscribe whoever reads it.

    An empty text stays empty: it is made of the HTML.
    """
    compiled = _flat(compile_tags(html).segments)
    has_link = any(_SHOWN.search(_ELEMENT.sub("", found[1])) for found in _LINK.finditer(compiled))
    with override(language_of(html)):
        if not has_link:
            html += f'\n<p style="{_STYLE}"><a href="{{{{ {NAME} }}}}" style="color:#6c655a">{_("Unsubscribe")}</a></p>'
        if text.strip() and _MARK not in _flat(compile_tags(text).segments):
            text = f"{text.rstrip()}\n\n{_('Unsubscribe')}: {{{{ {NAME} }}}}\n"
    return html, text


def needs_way_out(html: str) -> bool:
    """Whether a cleaned letter has no link to unsubscribe of its own."""
    return with_way_out(html, "")[0] != html


def language_of(html: str) -> str:
    """The language a letter is most likely written in, by its letters."""
    words = _ELEMENT.sub("", html)
    counts = {language: len(letters.findall(words)) for language, letters in _LETTERS.items()}
    most = max(counts, key=counts.__getitem__)
    return most if counts[most] * 3 > sum(map(str.isalpha, words)) else "en"


def _flat(segments: Sequence[Segment]) -> str:
    """What every reader gets, whatever is known of them: of a choice, a link where both sides have it."""
    out = []
    for segment in segments:
        if isinstance(segment, str):
            out.append(segment)
        elif isinstance(segment, Value):
            out.append(_MARK if segment.name == NAME else "x")
        elif isinstance(segment, Choice):
            sides = [_flat(segment.then), _flat(segment.otherwise)]
            out.append(next((side for side in sides if all(_MARK in other for other in sides)), ""))
    return "".join(out)
