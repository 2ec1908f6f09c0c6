"""Leaves about what a lead or its company is: built-in columns and administered attributes."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.conditions.catalog import Catalog
from leads.conditions.leaves import COMPARISONS, Leaf, Spec, choice_errors, number_errors
from leads.conditions.plan import Plan
from leads.models import AttributeType, BuyingRole

OPS: Mapping[str, tuple[str, ...]] = {
    "text": ("eq", "ne", "in", "not_in", "contains", "starts_with", "is_set", "is_unset"),
    "number": ("eq", "ne", "gt", "gte", "lt", "lte", "between", "is_set", "is_unset"),
    "boolean": ("eq", "is_set", "is_unset"),
    "date": ("eq", "gt", "gte", "lt", "lte", "is_set", "is_unset"),
    "choices": ("in", "not_in", "is_set", "is_unset"),
}
MAX_TEXT = 500


class AttributeLeaf(Leaf):
    """{"leaf": "lead", "field": "job_title", "op": "contains", "value": "finance"}

    Administered attributes are named `attributes.key`. Texts compare without regard to case. What is not set is
    unequal to everything, and neither above nor below any number.
    """

    fields: ClassVar[frozenset[str]] = frozenset({"field", "op", "value"})
    subject: ClassVar[str]
    alias: ClassVar[str]
    columns: ClassVar[Mapping[str, tuple[str, Any]]]
    choices: ClassVar[Mapping[str, Mapping[str, Any]]] = {}  # of columns that hold one of a list: key to label

    def type_of(self, field: object, catalog: Catalog) -> str | None:
        """text, number, boolean, date or choices; None for an unknown field."""
        if field in self.columns:
            return self.columns[str(field)][0]
        if isinstance(field, str) and field.startswith("attributes."):
            row = catalog.attributes.get((self.subject, field.removeprefix("attributes.")))
            return None if row is None else "text" if row.type == AttributeType.CHOICE else row.type
        return None

    def label_of(self, field: str, catalog: Catalog) -> str:
        """What people call the field."""
        if field in self.columns:
            return str(self.columns[field][1])
        return catalog.attributes[(self.subject, field.removeprefix("attributes."))].label

    def value_label(self, field: str, value: Any) -> str:
        """A value as people read it."""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return str(self.choices.get(field, {}).get(value, value))

    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        type_ = self.type_of(spec.get("field"), catalog)
        if type_ is None:
            keys = [f"attributes.{key}" for subject, key in catalog.attributes if subject == self.subject]
            yield from choice_errors(spec, "field", [*self.columns, *keys])
            return
        if spec.get("op") not in OPS[type_]:
            yield "op", f"{spec.get('op')!r} does not suit a {type_}. Choose from: {', '.join(OPS[type_])}."
            return
        wrong = list(_value_errors(spec, type_))
        yield from wrong
        if not wrong and spec["op"] in ("eq", "ne", "in", "not_in") and spec["field"] in self.choices:
            yield from choice_errors(spec, "value", self.choices[spec["field"]], many=spec["op"] in ("in", "not_in"))

    def compile(self, spec: Spec, plan: Plan) -> str:
        if self.alias == "c":
            plan.company()
        type_ = self.type_of(spec["field"], plan.catalog)
        op = spec["op"]
        if op == "ne":
            return f"NOT coalesce({self._compare({**spec, 'op': 'eq'}, type_, plan)}, FALSE)"
        if op == "not_in":
            return f"NOT coalesce({self._compare({**spec, 'op': 'in'}, type_, plan)}, FALSE)"
        return self._compare(spec, type_, plan)

    def unset(self, spec: Spec, plan: Plan) -> str:
        """Where the leaf itself asks whether something is known, its answer always is."""
        if spec["op"] in ("is_set", "is_unset"):
            return ""
        if self.alias == "c":
            plan.company()
        return f"({self._column(spec['field'], self.type_of(spec['field'], plan.catalog))}) IS NULL"

    def _compare(self, spec: Spec, type_: str | None, plan: Plan) -> str:
        column, op, value = self._column(spec["field"], type_), spec["op"], spec.get("value")
        if op in ("is_set", "is_unset"):
            return f"({column}) IS {'NOT ' if op == 'is_set' else ''}NULL"
        if type_ == "choices":
            return f"({column}) ?| {plan.param(list(value or []))}::text[]"
        if type_ == "text":
            return _text_sql(column, op, value, plan)
        if op == "between":
            low, high = value  # type: ignore[misc]
            return f"({column}) BETWEEN {low!r} AND {high!r}"
        literal = (
            f"DATE {plan.param(value)}"
            if type_ == "date"
            else repr(value).upper()
            if type_ == "boolean"
            else repr(value)
        )
        return f"({column}) {COMPARISONS[op]} {literal}"

    def _column(self, field: str, type_: str | None) -> str:
        if field in self.columns:
            column = f"{self.alias}.{field}"
            return f"nullif({column}, '')" if type_ == "text" else column
        key = field.removeprefix("attributes.")
        raw = f"{self.alias}.attributes -> '{key}'"  # keys are plain: lower-case letters, digits, underscores
        text = f"{self.alias}.attributes ->> '{key}'"
        guard = {"number": "number", "boolean": "boolean", "choices": "array"}.get(type_ or "")
        if type_ == "choices":
            return f"CASE WHEN jsonb_typeof({raw}) = 'array' AND {raw} <> '[]' THEN {raw} END"
        if guard:
            cast = {"number": "numeric", "boolean": "boolean"}[guard]
            return f"CASE WHEN jsonb_typeof({raw}) = '{guard}' THEN ({raw})::{cast} END"
        if type_ == "date":
            return f"CASE WHEN ({text}) ~ '^\\d{{4}}-\\d\\d-\\d\\d$' THEN ({text})::date END"
        return f"nullif({text}, '')"

    def words(self, spec: Spec, catalog: Catalog) -> str:
        field, value = spec["field"], spec.get("value")
        label = self.label_of(field, catalog)
        listed = [self.value_label(field, item) for item in (value if isinstance(value, list) else [value])]
        shown: Any = _(" or ").join(listed)
        if spec["op"] == "between":
            shown = _("%(low)s to %(high)s") % {"low": spec["value"][0], "high": spec["value"][1]}
        return (_OP_WORDS[spec["op"]] % {"field": label, "value": shown}).strip()


_OP_WORDS: Mapping[str, Any] = {
    "eq": gettext_lazy("%(field)s is %(value)s"),
    "ne": gettext_lazy("%(field)s is not %(value)s"),
    "in": gettext_lazy("%(field)s is %(value)s"),
    "not_in": gettext_lazy("%(field)s is none of %(value)s"),
    "contains": gettext_lazy("%(field)s contains “%(value)s”"),
    "starts_with": gettext_lazy("%(field)s starts with “%(value)s”"),
    "gt": gettext_lazy("%(field)s above %(value)s"),
    "gte": gettext_lazy("%(field)s at least %(value)s"),
    "lt": gettext_lazy("%(field)s below %(value)s"),
    "lte": gettext_lazy("%(field)s at most %(value)s"),
    "between": gettext_lazy("%(field)s %(value)s"),
    "is_set": gettext_lazy("%(field)s is known"),
    "is_unset": gettext_lazy("%(field)s is not known"),
}


def _text_sql(column: str, op: str, value: Any, plan: Plan) -> str:
    if op in ("eq", "in"):
        wanted = [value] if op == "eq" else value
        return f"lower({column}) = ANY(ARRAY(SELECT lower(w) FROM unnest({plan.param(wanted)}::text[]) w))"
    needle = f"lower({plan.param(value)})"  # not Python's lower(): it spells some letters in another way
    if op == "contains":
        return f"position({needle} IN lower({column})) > 0"
    return f"starts_with(lower({column}), {needle})"


def _value_errors(spec: Spec, type_: str) -> Iterator[tuple[str, str]]:
    op, value = spec["op"], spec.get("value")
    if op in ("is_set", "is_unset"):
        if "value" in spec:
            yield "value", "Leave the value out here."
    elif op in ("in", "not_in"):
        if not isinstance(value, list) or not value or not all(_is_text(item) for item in value):
            yield "value", "Give a list of texts with at least one entry."
    elif op == "between":
        yield from _range_errors(value)
    elif type_ == "number":
        yield from number_errors(spec, least=None)
    elif not _SINGLE[type_][0](value):
        yield "value", _SINGLE[type_][1]


def _range_errors(value: Any) -> Iterator[tuple[str, str]]:
    pair: list[Any] = value if isinstance(value, list) and len(value) == 2 else [None, None]
    wrong = [error for bound in pair for error in number_errors({"value": bound}, least=None)]
    if wrong:
        yield "value", "Give two numbers, the lower one first."
    elif pair[0] > pair[1]:
        yield "value", "Give the lower bound first."


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_TEXT and "\x00" not in value


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_SINGLE: Mapping[str, tuple[Any, str]] = {
    "boolean": (lambda value: isinstance(value, bool), "Say true or false."),
    "date": (_is_date, "Give a date as YYYY-MM-DD."),
    "text": (_is_text, f"Give a text of 1 to {MAX_TEXT} characters."),
}


class LeadLeaf(AttributeLeaf):
    """An attribute of the person."""

    kind: ClassVar[str] = "lead"
    subject: ClassVar[str] = "lead"
    alias: ClassVar[str] = "l"
    columns: ClassVar[Mapping[str, tuple[str, Any]]] = {
        "email": ("text", gettext_lazy("E-mail")),
        "phone": ("text", gettext_lazy("Phone")),
        "first_name": ("text", gettext_lazy("First name")),
        "last_name": ("text", gettext_lazy("Last name")),
        "job_title": ("text", gettext_lazy("Job title")),
        "buying_role": ("text", gettext_lazy("Role in the decision")),
    }
    choices: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "buying_role": {role.value: role.label for role in BuyingRole}
    }


class CompanyLeaf(AttributeLeaf):
    """An attribute of the company."""

    kind: ClassVar[str] = "company"
    subject: ClassVar[str] = "company"
    alias: ClassVar[str] = "c"
    columns: ClassVar[Mapping[str, tuple[str, Any]]] = {
        "name": ("text", gettext_lazy("Company")),
        "domain": ("text", gettext_lazy("Domain")),
        "employees": ("number", gettext_lazy("Employees")),
        "industry": ("text", gettext_lazy("Industry")),
        "country": ("text", gettext_lazy("Country")),
        "region": ("text", gettext_lazy("Region")),
    }


SUBJECTS: Mapping[str, AttributeLeaf] = {"lead": LeadLeaf(), "company": CompanyLeaf()}
