"""Leaves about what a lead or its company is: built-in columns, what is read from them, administered attributes."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.conditions.catalog import Catalog
from leads.conditions.leaves import Leaf, Spec, choice_errors
from leads.conditions.plan import Plan
from leads.conditions.titles import class_labels, title_class
from leads.conditions.values import OPS, compare, compare_changes, compare_words, value_errors
from leads.free_mail import free_mail_domains
from leads.models import AttributeType, BuyingRole, TitleClass


class AttributeLeaf(Leaf):
    """{"leaf": "lead", "field": "job_title", "op": "contains", "value": "finance"}

    Administered attributes are named `attributes.key`. Texts compare without regard to case. What is not set is
    unequal to everything, and neither above nor below any number. `between` takes in both bounds. Of several choices
    `in` asks for any, `all_of` for all. Dates compare with the organisation's day: `last_days` n is today and the n-1
    days before, `next_days` n today and the n-1 days after; `more_days_ago` and `more_days_ahead` n are at least n+1
    days away.
    """

    fields: ClassVar[frozenset[str]] = frozenset({"field", "op", "value"})
    subject: ClassVar[str]
    alias: ClassVar[str]
    columns: ClassVar[Mapping[str, tuple[str, Any]]]
    # Of fields that are read from a column: that column, and how, as SQL.
    computed: ClassVar[Mapping[str, tuple[str, Callable[[Plan], str]]]] = {}
    choices: ClassVar[Mapping[str, Mapping[str, Any]]] = {}  # of columns that hold one of a list: key to label

    def type_of(self, field: object, catalog: Catalog) -> str | None:
        """text, option, number, boolean, date or choices; None for an unknown field."""
        if isinstance(field, str) and field in self.columns:
            return self.columns[field][0]
        if isinstance(field, str) and field.startswith("attributes."):
            row = catalog.attributes.get((self.subject, field.removeprefix("attributes.")))
            return None if row is None else "text" if row.type == AttributeType.CHOICE else row.type
        return None

    def source_of(self, field: str) -> str:
        """The column a field is read from: itself, but for what is computed."""
        return self.computed[field][0] if field in self.computed else field

    def label_of(self, field: str, catalog: Catalog) -> str:
        """What people call the field."""
        if field in self.columns:
            return str(self.columns[field][1])
        return catalog.attributes[(self.subject, field.removeprefix("attributes."))].label

    def options(self, field: str, catalog: Catalog) -> Mapping[str, Any]:
        """The values a field may have, with their labels; empty where it may have any."""
        if field in self.columns:
            return self.choices.get(field, {})
        row = catalog.attributes.get((self.subject, field.removeprefix("attributes.")))
        return {} if row is None else {choice: choice for choice in row.choices}

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
        if not isinstance(spec.get("op"), str) or spec["op"] not in OPS[type_]:
            yield "op", f"{spec.get('op')!r} does not suit a {type_}. Choose from: {', '.join(OPS[type_])}."
            return
        wrong = list(value_errors(spec, type_))
        yield from wrong
        # What an administered attribute may be is not asked: its list may change, and the condition stays.
        known = {} if spec["field"] not in self.columns else self.options(spec["field"], catalog)
        if not wrong and (known or type_ == "option") and spec["op"] in ("eq", "ne", "in", "not_in"):
            yield from choice_errors(spec, "value", known, many=spec["op"] in ("in", "not_in"))

    def compile(self, spec: Spec, plan: Plan) -> str:
        type_, column = self.read(spec, plan)
        op, value = spec["op"], spec.get("value")
        if op in ("ne", "not_in"):
            same = compare(column, type_, {"ne": "eq", "not_in": "in"}[op], value, plan)
            return f"NOT coalesce({same}, FALSE)"
        return compare(column, type_, op, value, plan)

    def changes(self, spec: Spec, plan: Plan, becomes: bool | None) -> list[str]:
        return compare_changes(self.read(spec, plan)[1], spec["op"], spec.get("value"), becomes)

    def unset(self, spec: Spec, plan: Plan) -> str:
        """Where the leaf itself asks whether something is known, its answer always is."""
        return "" if spec["op"] in ("is_set", "is_unset") else f"({self.read(spec, plan)[1]}) IS NULL"

    def read(self, spec: Spec, plan: Plan) -> tuple[str | None, str]:
        """The type of the field and its value as SQL, null where it is not set."""
        if self.alias == "c":
            plan.company()
        field = spec["field"]
        type_ = self.type_of(field, plan.catalog)
        if field in self.computed:
            return type_, self.computed[field][1](plan)
        if field in self.columns:
            return type_, f"nullif({self.alias}.{field}, '')" if type_ == "text" else f"{self.alias}.{field}"
        return type_, _attribute(self.alias, field.removeprefix("attributes."), type_)

    def words(self, spec: Spec, catalog: Catalog) -> str:
        field, value = spec["field"], spec.get("value")
        if isinstance(value, list) and spec["op"] != "between":
            value = [self.shown(field, item, catalog) for item in value]
        elif isinstance(value, str | bool):
            value = self.shown(field, value, catalog)
        return compare_words(self.label_of(field, catalog), spec["op"], value)

    def shown(self, field: str, value: Any, catalog: Catalog) -> str:
        """A value as people read it, by the options of its field where it has some."""
        known = self.options(field, catalog)
        return str(known[value]) if value in known else self.value_label(field, value)


def _attribute(alias: str, key: str, type_: str | None) -> str:
    """An administered attribute as SQL. A value of another type, left by a change of the definition, is no value."""
    raw = f"{alias}.attributes -> '{key}'"  # keys are plain: lower-case letters, digits, underscores
    text = f"{alias}.attributes ->> '{key}'"
    if type_ == "choices":
        return f"CASE WHEN jsonb_typeof({raw}) = 'array' AND {raw} <> '[]' THEN {raw} END"
    if type_ in ("number", "boolean"):
        cast = {"number": "numeric", "boolean": "boolean"}[type_]
        return f"CASE WHEN jsonb_typeof({raw}) = '{type_}' THEN ({raw})::{cast} END"
    if type_ == "date":
        shaped = f"({text}) ~ '^\\d{{4}}-\\d\\d-\\d\\d$' AND pg_input_is_valid({text}, 'date')"
        return f"CASE WHEN {shaped} THEN ({text})::date END"
    return f"nullif({text}, '')"


def _email_domain(plan: Plan) -> str:
    return "nullif(split_part(l.email, '@', 2), '')"


def _is_free_mail(plan: Plan) -> str:
    domains = ",".join(sorted(free_mail_domains()))  # one literal: an array of thousands of them is slow to read
    return f"{_email_domain(plan)} = ANY({plan.param('{' + domains + '}')}::text[])"


def _captured_on(plan: Plan) -> str:
    return plan.day(plan.of_pass("began_at"))


def _known_since(plan: Plan) -> str:
    day = plan.day("l.captured_at")
    if plan.known_before is None:
        return day
    end = plan.instant(plan.known_before)
    return f"CASE WHEN l.captured_at < {end} AND l.created_at < {end} THEN {day} END"


class LeadLeaf(AttributeLeaf):
    """An attribute of the person.

    `seniority` and `function` are the classes of the job title: the first class with a word in it, by position.
    `email_domain` is what follows the @; `is_free_mail` whether it is a domain of free mail. `captured_on` is the day
    the current pass began, `known_since` that of the first capture.
    """

    kind: ClassVar[str] = "lead"
    subject: ClassVar[str] = "lead"
    alias: ClassVar[str] = "l"
    columns: ClassVar[Mapping[str, tuple[str, Any]]] = {
        "email": ("text", gettext_lazy("E-mail")),
        "email_domain": ("text", gettext_lazy("E-mail domain")),
        "is_free_mail": ("boolean", gettext_lazy("Kind of e-mail")),
        "phone": ("text", gettext_lazy("Phone")),
        "first_name": ("text", gettext_lazy("First name")),
        "last_name": ("text", gettext_lazy("Last name")),
        "job_title": ("text", gettext_lazy("Job title")),
        "seniority": ("option", gettext_lazy("Seniority")),
        "function": ("option", gettext_lazy("Function")),
        "buying_role": ("text", gettext_lazy("Role in the decision")),
        "captured_on": ("date", gettext_lazy("Captured")),
        "known_since": ("date", gettext_lazy("First captured")),
    }
    computed: ClassVar[Mapping[str, tuple[str, Callable[[Plan], str]]]] = {
        "email_domain": ("email", _email_domain),
        "is_free_mail": ("email", _is_free_mail),
        "seniority": ("job_title", lambda plan: title_class(TitleClass.Kind.SENIORITY, plan)),
        "function": ("job_title", lambda plan: title_class(TitleClass.Kind.FUNCTION, plan)),
        "captured_on": ("captured_at", _captured_on),
        "known_since": ("captured_at", _known_since),
    }
    choices: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "buying_role": {role.value: role.label for role in BuyingRole}
    }

    def options(self, field: str, catalog: Catalog) -> Mapping[str, Any]:
        """The classes of job titles are administered."""
        if field in (TitleClass.Kind.SENIORITY, TitleClass.Kind.FUNCTION):
            return class_labels(catalog.title_classes[field])
        return super().options(field, catalog)

    def value_label(self, field: str, value: Any) -> str:
        """What is true or false of a mail address says so in its own words."""
        if field == "is_free_mail" and isinstance(value, bool):
            return _("free mail") if value else _("not free mail")
        return super().value_label(field, value)

    def words(self, spec: Spec, catalog: Catalog) -> str:
        if spec["field"] == "is_free_mail" and spec["op"] == "eq":
            return _("e-mail is free mail") if spec["value"] else _("e-mail is not free mail")
        return super().words(spec, catalog)


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
