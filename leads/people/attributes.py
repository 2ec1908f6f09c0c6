"""Administered attributes: values are checked against their definitions before they are stored."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from leads.activity.news import change_rules
from leads.conditions.catalog import Catalog
from leads.conditions.tree import leaves
from leads.conditions.used import Written, naming
from leads.models import AttributeDefinition, AttributeType, Company, Lead

MAX_TEXT = 2000


@dataclass(frozen=True)
class NewAttribute:
    """An attribute that an import brings along."""

    key: str
    label: str
    type: AttributeType
    subject: str = AttributeDefinition.Subject.LEAD
    group: str = ""


class AttributeClash(Exception):
    """An attribute of that name exists with another type."""


@transaction.atomic
def define_attributes(attributes: Sequence[NewAttribute]) -> None:
    """Define attributes that do not exist yet; those that do stay as the administrator wants. Raises AttributeClash."""
    AttributeDefinition.objects.bulk_create(
        [
            AttributeDefinition(subject=row.subject, key=row.key, label=row.label, type=row.type, group=row.group)
            for row in attributes
        ],
        ignore_conflicts=True,
    )
    types = {(row.subject, row.key): row.type for row in AttributeDefinition.objects.all()}
    for row in attributes:
        if (found := types[(str(row.subject), row.key)]) != row.type:
            raise AttributeClash(f"The {row.subject} attribute {row.key} exists as {found}; it has to be {row.type}.")


class AttributeInUse(Exception):
    """Conditions ask for an attribute, or for a choice of it; or leads and companies have it chosen."""

    def __init__(self, places: Sequence[Written]) -> None:
        super().__init__("In use: " + "; ".join(place.where for place in places))
        self.places = places


@transaction.atomic
def save_attribute(row: AttributeDefinition, *, now: datetime) -> AttributeDefinition:
    """Store a definition, new or changed. Raises AttributeInUse where a choice in use would vanish."""
    change_rules()
    if places := uses_of_lost_choices(row, row.choices, now=now):
        raise AttributeInUse(places)
    row.save()
    return row


@transaction.atomic
def delete_attribute(row: AttributeDefinition, *, now: datetime) -> None:
    """Take an attribute away that no condition asks for, not even one that only answers about the past.

    Values stay where they are, in leads, companies and their journal; nobody sees them until an attribute of the same
    key and type is defined again. Raises AttributeInUse.
    """
    change_rules()
    if places := uses_of_attribute(row, now=now):
        raise AttributeInUse(places)
    row.delete()


def uses_of_attribute(row: AttributeDefinition, *, now: datetime) -> list[Written]:
    """The conditions that ask for an attribute; those about the past too."""
    return list(naming(row.subject, "field", f"attributes.{row.key}", now=now, past=True))


def uses_of_lost_choices(row: AttributeDefinition, choices: Collection[str], *, now: datetime) -> list[Written]:
    """Where choices are in use that a stored attribute has and would lose: in conditions, leads and companies."""
    stored = AttributeDefinition.objects.filter(pk=row.pk).first()
    lost = [choice for choice in stored.choices if choice not in choices] if stored else []
    if not stored or not lost:
        return []
    asked = [
        written
        for written in naming(stored.subject, "field", f"attributes.{stored.key}", now=now)
        if any(_names(spec, stored, lost) for _kind, spec in leaves(written.tree))
    ]
    held = [choice for choice in lost if _is_held(stored, choice)]
    what = {"choices": ", ".join(held)}
    return asked + ([Written(_("%(choices)s: chosen where the attribute is kept") % what, None)] if held else [])


def _names(spec: Mapping[str, Any], row: AttributeDefinition, choices: Collection[str]) -> bool:
    if (spec["leaf"], spec.get("field")) != (row.subject, f"attributes.{row.key}"):
        return False
    said = spec.get("value")
    return any(choice in said if isinstance(said, list) else choice == said for choice in choices)


def _is_held(row: AttributeDefinition, choice: str) -> bool:
    table = Lead if row.subject == AttributeDefinition.Subject.LEAD else Company
    value = [choice] if row.type == AttributeType.CHOICES else choice
    return bool(table.objects.filter(attributes__contains={row.key: value}).exists())


def attribute_errors(subject: str, values: Mapping[str, Any], catalog: Catalog | None = None) -> dict[str, str]:
    """What is wrong with attribute values of a lead or company, by key; null removes a value and is always right.

    Whoever checks several takes one `catalog` for all.
    """
    if not values:
        return {}
    defined = (catalog or Catalog()).attributes
    known = {key: row for (of, key), row in defined.items() if of == subject}
    errors = {}
    for key, value in values.items():
        if key not in known:
            names = ", ".join(sorted(known)) or "none yet"
            errors[key] = f"No such attribute. Define it in the settings first. Known: {names}."
        elif value is not None and (reason := _wrong(known[key], value)):
            errors[key] = reason
    return errors


def _wrong(definition: AttributeDefinition, value: Any) -> str:
    return _CHECKS[AttributeType(definition.type)](definition, value)


def _text(_definition: AttributeDefinition, value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT or "\x00" in value:
        return f"Give a text of at most {MAX_TEXT} characters."
    return ""


def _number(_definition: AttributeDefinition, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e15:
        return "Give a number."
    return ""


def _boolean(_definition: AttributeDefinition, value: Any) -> str:
    return "" if isinstance(value, bool) else "Say true or false."


def _choice(definition: AttributeDefinition, value: Any) -> str:
    return "" if value in definition.choices else f"Choose from: {', '.join(definition.choices)}."


def _choices(definition: AttributeDefinition, value: Any) -> str:
    if isinstance(value, list) and all(item in definition.choices for item in value):
        return ""
    return f"Give a list of: {', '.join(definition.choices)}."


def _date(_definition: AttributeDefinition, value: Any) -> str:
    try:
        is_date = date.fromisoformat(value).isoformat() == value  # it knows other spellings, which conditions do not
    except (TypeError, ValueError):
        is_date = False
    return "" if is_date else "Give a date as YYYY-MM-DD."


_CHECKS = {
    AttributeType.TEXT: _text,
    AttributeType.NUMBER: _number,
    AttributeType.BOOLEAN: _boolean,
    AttributeType.CHOICE: _choice,
    AttributeType.CHOICES: _choices,
    AttributeType.DATE: _date,
}
