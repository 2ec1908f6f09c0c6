"""Administered attributes in lists: `?attr.branches=3..10` narrows, `?columns=attr.branches` shows a column."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.conditions.catalog import Catalog
from leads.conditions.tree import InvalidCondition, validate
from leads.forms.filters import without
from leads.forms.slots import number
from leads.models import AttributeDefinition, AttributeType, Company, Lead
from leads.queries.facts import shown

PREFIX = "attr."
YES_NO = {"yes": True, "true": True, "no": False, "false": False}
Spec = dict[str, Any]


class AttributeFilters(forms.Form):
    """The attributes a list may be narrowed by and may show; of one key the first of `subjects` counts."""

    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Columns"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, query: QueryDict, *, subjects: tuple[str, ...]) -> None:
        super().__init__(query)
        self.catalog, self.query = Catalog(), query
        self.definitions: dict[str, AttributeDefinition] = {}
        for subject in subjects:
            for (of, key), row in self.catalog.attributes.items():
                if of == subject:
                    self.definitions.setdefault(PREFIX + key, row)
        self.fields["columns"].choices = [(name, row.label) for name, row in self.definitions.items()]  # type: ignore[attr-defined]
        for name, row in self.definitions.items():
            self.fields[name] = _field(row)
        self.refused: list[str] = []
        self.specs = dict(self._read())

    def _read(self) -> Iterator[tuple[str, Spec]]:
        """The condition each filter stands for; what cannot be read is named in `refused`."""
        for name in self.query:
            text = str(self.query[name]).strip()
            if not name.startswith(PREFIX) or not text:
                continue
            row = self.definitions.get(name)
            if row is None:
                self.refused.append(_("%(name)s: there is no such attribute.") % {"name": name})
                continue
            try:
                yield name, dict(validate(_spec(row, text), catalog=self.catalog))
            except InvalidCondition as wrong:
                self.refused.append(f"{row.label}: {wrong.errors[0][1]}")

    @property
    def tree(self) -> Spec | None:
        """All filters as one condition; None where there are none."""
        return {"all": list(self.specs.values())} if self.specs else None

    @property
    def inputs(self) -> list[forms.BoundField]:
        """The fields that narrow."""
        return [self[name] for name in self.definitions]

    @property
    def column_choice(self) -> forms.BoundField:
        """The field that chooses columns."""
        return self["columns"]

    @property
    def is_open(self) -> bool:
        """Whether any of it is in use."""
        return bool(self.specs or self.chosen)

    def chips(self) -> Iterator[dict[str, str]]:
        """One chip for each attribute at work, with the address that takes it off."""
        for name in self.specs:
            label, value = self.definitions[name].label, str(self.query[name])
            yield {"name": name, "label": label, "value": value, "remove_url": without(self.query, name)}

    @property
    def chosen(self) -> list[AttributeDefinition]:
        """The columns to show, in the order of the settings."""
        wanted = self.query.getlist("columns")
        return [row for name, row in self.definitions.items() if name in wanted]

    def cells(self, lead: Lead | None, company: Company | None) -> list[str]:
        """The values of the chosen columns for one row."""
        holders = {"lead": lead, "company": company}
        return [_cell(row, holders[row.subject]) for row in self.chosen]


def _cell(row: AttributeDefinition, holder: Lead | Company | None) -> str:
    value = holder.attributes.get(row.key) if holder else None
    return "" if value in (None, "", []) else shown(row, value)


def _field(row: AttributeDefinition) -> forms.Field:
    """The input of a filter."""
    options: dict[str, Any] = {"label": row.label, "required": False}
    if row.type in (AttributeType.CHOICE, AttributeType.CHOICES):
        return forms.ChoiceField(choices=[("", _("Any")), *((one, one) for one in row.choices)], **options)
    if row.type == AttributeType.BOOLEAN:
        return forms.ChoiceField(choices=[("", _("Any")), ("yes", _("yes")), ("no", _("no"))], **options)
    if row.type in (AttributeType.NUMBER, AttributeType.DATE):
        example = "3..10" if row.type == AttributeType.NUMBER else "2026-01-01..2026-06-30"
        options["widget"] = forms.TextInput(attrs={"placeholder": example, "dir": "ltr"})
    return forms.CharField(max_length=500, **options)


def _spec(row: AttributeDefinition, text: str) -> Spec:
    """The condition a filter's text stands for. Numbers and dates may be a range: 3..10, 3.. or ..10."""
    leaf = {"leaf": row.subject, "field": f"attributes.{row.key}"}
    if row.type == AttributeType.CHOICES:
        return {**leaf, "op": "in", "value": [text]}
    if row.type == AttributeType.BOOLEAN:
        return {**leaf, "op": "eq", "value": YES_NO.get(text.lower(), text)}
    if row.type not in (AttributeType.NUMBER, AttributeType.DATE):
        return {**leaf, "op": "eq", "value": text}
    low, dots, high = text.partition("..")
    read = number if row.type == AttributeType.NUMBER else str
    if not dots:
        return {**leaf, "op": "eq", "value": read(text)}
    bounds = [{**leaf, "op": op, "value": read(bound)} for op, bound in (("gte", low), ("lte", high)) if bound]
    return {"all": bounds} if bounds else {**leaf, "op": "eq", "value": text}
