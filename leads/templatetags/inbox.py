"""Keys for what stands in the boxes of the inbox."""

from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

from django import template

register = template.Library()
LETTERS = "abcdefgilmnopqrst"


@register.filter
def lettered(choices: Iterable[tuple[str, Any]]) -> list[tuple[str, str, Any]]:
    """Choices with a letter each to press, while the letters last."""
    rows = list(choices)
    return [(letter, *row) for letter, row in zip_longest(LETTERS[: len(rows)], rows, fillvalue="")]
