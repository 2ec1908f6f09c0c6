"""JSON from strangers: bounded, finite and storable, or refused with the place and the reason."""

import math
from collections.abc import Iterator
from typing import Any

from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.parsers import JSONParser

MAX_DEPTH = 16


class StrictJson(JSONParser):
    """JSON that PostgreSQL can hold: no NUL, no half characters, no endless numbers, no depth that breaks readers."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Parse the body. Raises ParseError for what is no JSON, ValidationError naming a bad value."""
        try:
            body = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError(f"The JSON is nested deeper than {MAX_DEPTH} levels.") from None
        for path, reason in _unstorable(body):
            raise ValidationError({path: [ErrorDetail(reason, code="invalid")]})
        return body


def unstorable_text(text: str) -> str:
    """Why PostgreSQL could not hold this text; empty when it can."""
    if "\x00" in text:
        return "Null characters are not allowed."
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "This text holds half a character (a lone surrogate)."
    return ""


def _unstorable(body: Any) -> Iterator[tuple[str, str]]:
    """Places of the document that could not be stored, with the reason."""
    waiting: list[tuple[str, Any, int]] = [("", body, 1)]
    while waiting:
        path, value, depth = waiting.pop()
        if isinstance(value, str):
            reason = unstorable_text(value)
        elif isinstance(value, dict | list):
            reason = f"The JSON is nested deeper than {MAX_DEPTH} levels." if depth > MAX_DEPTH else ""
            waiting.extend(_inside(path, value, depth + 1))
        else:
            reason = "Give a finite number." if isinstance(value, float) and not math.isfinite(value) else ""
        if reason:
            yield path, reason


def _inside(path: str, value: dict[str, Any] | list[Any], depth: int) -> Iterator[tuple[str, Any, int]]:
    dot = f"{path}." if path else ""
    if isinstance(value, list):
        yield from ((f"{dot}{index}", item, depth) for index, item in enumerate(value))
        return
    for key, item in value.items():
        safe = key if not unstorable_text(key) else "?"
        yield f"{dot}{safe}", item, depth
        if safe != key:
            yield path, key, depth
