"""Comparing one value: which comparisons suit which type, what may be compared with, and all of it as SQL and words."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads.conditions.leaves import COMPARISONS, MAX_DAYS, MAX_TEXT, Spec, is_text, list_error, number_errors
from leads.conditions.plan import Plan

KNOWN = ("is_set", "is_unset")
LISTS = ("in", "not_in", "all_of")
# Days counted from today on, today the first of them; the first two hold today too.
RELATIVE = ("last_days", "next_days", "more_days_ago", "more_days_ahead")
OPS: Mapping[str, tuple[str, ...]] = {
    "text": ("eq", "ne", "in", "not_in", "contains", "starts_with", "ends_with", *KNOWN),
    "option": ("in", "not_in", "eq", "ne", *KNOWN),
    "number": ("eq", "ne", "gt", "gte", "lt", "lte", "between", "in", "not_in", *KNOWN),
    "boolean": ("eq", *KNOWN),
    "date": ("eq", "ne", "gt", "gte", "lt", "lte", "between", *RELATIVE, *KNOWN),
    "choices": ("in", "all_of", "not_in", *KNOWN),
}


def value_errors(spec: Spec, type_: str) -> Iterator[tuple[str, str]]:
    """What is wrong with the value of a comparison that suits the type."""
    op, value = spec["op"], spec.get("value")
    if op in KNOWN:
        if "value" in spec:
            yield "value", "Leave the value out here."
    elif op in RELATIVE:
        if not _is_number(value) or not isinstance(value, int) or not 1 <= value <= MAX_DAYS:
            yield "value", f"Give a whole number of days from 1 to {MAX_DAYS}."
    elif op in LISTS:
        yield from _list_errors(value, type_)
    elif op == "between":
        yield from _range_errors(value, type_)
    elif not _SINGLE[type_][0](value):
        yield "value", _SINGLE[type_][1]


def _list_errors(value: Any, type_: str) -> Iterator[tuple[str, str]]:
    fits, entries = (_is_number, "numbers") if type_ == "number" else (is_text, "texts")
    if wrong := list_error(value, entries):
        yield "value", wrong
    elif not all(fits(item) for item in value):
        yield "value", list_error([], entries)


def _range_errors(value: Any, type_: str) -> Iterator[tuple[str, str]]:
    fits, bounds = (_is_date, "dates as YYYY-MM-DD") if type_ == "date" else (_is_number, "numbers")
    if not isinstance(value, list) or len(value) != 2 or not all(fits(bound) for bound in value):
        yield "value", f"Give two {bounds}, the lower one first."
    elif value[0] > value[1]:
        yield "value", "Give the lower bound first."


def _is_number(value: Any) -> bool:
    return not list(number_errors({"value": value}, least=None))


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_SINGLE: Mapping[str, tuple[Any, str]] = {
    "number": (_is_number, "Give a number."),
    "boolean": (lambda value: isinstance(value, bool), "Say true or false."),
    "date": (_is_date, "Give a date as YYYY-MM-DD."),
    "text": (is_text, f"Give a text of 1 to {MAX_TEXT} characters."),
    "option": (is_text, f"Give a text of 1 to {MAX_TEXT} characters."),
}


def compare(column: str, type_: str | None, op: str, value: Any, plan: Plan) -> str:
    """The comparison as SQL; null where the column is. `ne` and `not_in` are for the caller to turn around."""
    if op in KNOWN:
        return f"({column}) IS {'NOT ' if op == 'is_set' else ''}NULL"
    if type_ == "choices":
        return f"({column}) ?{'&' if op == 'all_of' else '|'} {plan.param(list(value))}::text[]"
    if type_ in ("text", "option"):
        return _text(column, op, value, plan)
    if op in RELATIVE:
        return _relative(column, op, value, plan)
    literal = _literals(type_, plan)
    if op == "between":
        return f"({column}) BETWEEN {literal(value[0])} AND {literal(value[1])}"
    if op == "in":
        return f"({column}) IN ({', '.join(map(literal, value))})"
    return f"({column}) {COMPARISONS[op]} {literal(value)}"


def _literals(type_: str | None, plan: Plan) -> Any:
    if type_ == "date":
        return lambda value: f"DATE {plan.param(value)}"
    return lambda value: repr(value).upper() if type_ == "boolean" else repr(value)


def _text(column: str, op: str, value: Any, plan: Plan) -> str:
    if op in ("eq", "in"):
        wanted = [value] if op == "eq" else value
        return f"lower({column}) = ANY(ARRAY(SELECT lower(w) FROM unnest({plan.param(wanted)}::text[]) w))"
    needle = f"lower({plan.param(value)})"  # not Python's lower(): it spells some letters in another way
    if op == "contains":
        return f"position({needle} IN lower({column})) > 0"
    if op == "ends_with":
        return f"right(lower({column}), length({needle})) = {needle}"
    return f"starts_with(lower({column}), {needle})"


def _relative(column: str, op: str, days: int, plan: Plan) -> str:
    today = plan.today_literal
    return {
        "last_days": f"({column}) BETWEEN {today} - {days - 1:d} AND {today}",
        "next_days": f"({column}) BETWEEN {today} AND {today} + {days - 1:d}",
        "more_days_ago": f"({column}) < {today} - {days:d}",
        "more_days_ahead": f"({column}) > {today} + {days:d}",
    }[op]


def compare_changes(column: str, op: str, days: Any, becomes: bool | None) -> list[str]:
    """The days on which time alone flips a comparison with today, as SQL."""
    if op not in RELATIVE:
        return []
    flips = {
        "last_days": {True: 0, False: days},
        "next_days": {True: 1 - days, False: 1},
        "more_days_ago": {True: days + 1},
        "more_days_ahead": {False: -days},
    }[op]
    # Some write the last day there is for "never": days beyond it nobody waits for, and nothing here can read.
    return [
        f"CASE WHEN ({column}) <= DATE '{date.max - timedelta(days=max(offset, 0))}' THEN ({column}) + {offset:d} END"
        for way, offset in flips.items()
        if becomes is None or becomes == way
    ]


def compare_words(field: str, op: str, value: Any) -> str:
    """The comparison in words; the values of a list as read one by one."""
    if op == "between":
        value = _("%(low)s to %(high)s") % {"low": value[0], "high": value[1]}
    elif op in RELATIVE:
        value = ngettext("%(n)d day", "%(n)d days", value) % {"n": value}
    elif isinstance(value, list):
        value = (_(" and ") if op == "all_of" else _(" or ")).join(map(str, value))
    return (_OP_WORDS[op] % {"field": field, "value": value}).strip()


_OP_WORDS: Mapping[str, Any] = {
    "eq": gettext_lazy("%(field)s is %(value)s"),
    "ne": gettext_lazy("%(field)s is not %(value)s"),
    "in": gettext_lazy("%(field)s is %(value)s"),
    "not_in": gettext_lazy("%(field)s is none of %(value)s"),
    "all_of": gettext_lazy("%(field)s holds %(value)s"),
    "contains": gettext_lazy("%(field)s contains “%(value)s”"),
    "starts_with": gettext_lazy("%(field)s starts with “%(value)s”"),
    "ends_with": gettext_lazy("%(field)s ends with “%(value)s”"),
    "gt": gettext_lazy("%(field)s above %(value)s"),
    "gte": gettext_lazy("%(field)s at least %(value)s"),
    "lt": gettext_lazy("%(field)s below %(value)s"),
    "lte": gettext_lazy("%(field)s at most %(value)s"),
    "between": gettext_lazy("%(field)s %(value)s"),
    "last_days": gettext_lazy("%(field)s within the last %(value)s"),
    "next_days": gettext_lazy("%(field)s within the next %(value)s"),
    "more_days_ago": gettext_lazy("%(field)s more than %(value)s ago"),
    "more_days_ahead": gettext_lazy("%(field)s more than %(value)s ahead"),
    "is_set": gettext_lazy("%(field)s is known"),
    "is_unset": gettext_lazy("%(field)s is not known"),
}
