"""What the pages of an import ask."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from capture.imports.dates import Order, read_when
from capture.imports.fields import ATTRIBUTE, FIELDS, IGNORE
from capture.imports.kinds import LEAD_PRESETS
from capture.imports.mapping import FileMap, InvalidMapping, Target, from_json
from leads.models import AttributeDefinition, AttributeType, Campaign

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp1255", "iso-8859-8", "cp1251")
DELIMITERS = ((",", _("Comma")), (";", _("Semicolon")), ("\t", _("Tab")), ("|", _("Vertical bar")))
_NEW_KINDS = (("text", _("text")), ("number", _("number")), ("boolean", _("yes or no")), ("date", _("date")))


class UploadForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label=_("CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
        help_text=_("Any encoding, delimiter and header: what is found out is shown before anything is taken."),
    )


class ReadForm(forms.Form):
    """How the file is written."""

    encoding = forms.ChoiceField(label=_("Encoding"))
    delimiter = forms.ChoiceField(label=_("Cells are parted by"), choices=DELIMITERS)
    has_header = forms.BooleanField(label=_("The first line names the columns"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = self.initial.get("encoding", "utf-8")
        names = ENCODINGS if found in ENCODINGS else (found, *ENCODINGS)
        self.fields["encoding"].choices = [(name, name.upper()) for name in names]  # type: ignore[attr-defined]


class MapForm(forms.Form):
    """What the columns say. Each column has a field; those that take values or dates have more to ask."""

    preset = forms.ChoiceField(label=_("Kind of file"), required=False)
    campaign = forms.ModelChoiceField(
        Campaign.objects.all(), label=_("Campaign"), required=False, empty_label=_("None")
    )
    system = forms.RegexField(
        r"^[-a-z0-9_]{1,40}$", label=_("Name of the other system"), help_text=_("Its ids are kept under this name.")
    )
    nulls = forms.CharField(
        label=_("Words that mean nothing was said"),
        required=False,
        max_length=500,
        help_text=_("Parted by commas, for example Select, unknown."),
    )

    def __init__(self, *args: Any, header: Sequence[str], file_map: FileMap, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.header, self.file_map = header, file_map
        self.fields["preset"].choices = [  # type: ignore[attr-defined]
            ("", _("By the columns below")),
            *((slug, slug.capitalize()) for slug in sorted(LEAD_PRESETS)),
        ]
        choices = field_choices()
        for place, name in enumerate(header):
            self._add(place, name, file_map.columns.get(name), choices)

    def _add(self, place: int, name: str, target: Target | None, choices: list[Any]) -> None:
        known = {value for _, group in choices if isinstance(group, list) for value, _ in group} | {IGNORE}
        field = target.field if target else IGNORE
        if field not in known and target is not None:
            field = f"new:{target.kind}"
        self.fields[f"field_{place}"] = forms.ChoiceField(label=name, choices=choices, initial=field)
        if target is None:
            return
        if target.is_date:
            orders = [("", _("as the column shows")), ("dmy", _("day first")), ("mdy", _("month first"))]
            self.fields[f"dates_{place}"] = forms.ChoiceField(
                label=_("Dates"), choices=orders, required=False, initial=target.dates
            )
        elif field == "channel" or (target.kind == "text" and target.key):
            self.fields[f"values_{place}"] = forms.CharField(
                label=_("One spelling for several"),
                required=False,
                max_length=5000,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_("A line each: Advertisment = Advertising"),
                initial="\n".join(f"{before} = {after}" for before, after in target.values.items()),
            )

    def clean(self) -> dict[str, Any]:
        """The mapping of all columns."""
        values = super().clean() or {}
        if self.errors or values.get("preset"):
            return values
        columns = {name: said for place, name in enumerate(self.header) if (said := self._said(place, name, values))}
        nulls = [word.strip() for word in values.get("nulls", "").split(",") if word.strip()]
        try:
            values["file_map"] = from_json({"columns": columns, "system": values["system"], "nulls": nulls})
        except InvalidMapping as refused:
            self.add_error(None, str(refused))
        return values

    def _said(self, place: int, name: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
        field = values.get(f"field_{place}", IGNORE)
        if field == IGNORE:
            return None
        said: dict[str, Any] = {"field": field}
        if field.startswith("new:"):
            said = {"field": f"{ATTRIBUTE}{key_of(name)}", "kind": field[4:], "label": name[:100]}
        elif field.startswith(ATTRIBUTE):
            before = self.file_map.columns.get(name)
            kind = _kind(field.removeprefix(ATTRIBUTE))
            said["kind"] = before.kind if before and before.field == field else kind
        said["dates"] = values.get(f"dates_{place}", "")
        said["values"] = _pairs(values.get(f"values_{place}", ""))
        return said


def field_choices() -> list[Any]:
    """Every field a column may say, attributes there are, and new ones."""
    attributes = AttributeDefinition.objects.filter(subject=AttributeDefinition.Subject.LEAD)
    readable = attributes.exclude(type__in=[AttributeType.CHOICE, AttributeType.CHOICES])
    return [
        (IGNORE, _("– keep with the capture only –")),
        (_("Person and company"), [(name, field.label) for name, field in FIELDS.items()]),
        (_("Attributes"), [(f"{ATTRIBUTE}{row.key}", row.label) for row in readable]),
        (_("New attribute"), [(f"new:{kind}", _("new: %(kind)s") % {"kind": label}) for kind, label in _NEW_KINDS]),
    ]


def key_of(name: str) -> str:
    """The key of an attribute named like a column."""
    key = re.sub(r"[^a-z0-9]+", "_", slugify(name)).strip("_")[:60]
    return key if key[:1].isalpha() else f"column_{key}".rstrip("_")[:60]


def _kind(key: str) -> str:
    row = AttributeDefinition.objects.filter(subject=AttributeDefinition.Subject.LEAD, key=key).first()
    return str(row.type) if row and row.type in ("number", "boolean", "date") else "text"


def _pairs(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {before.strip(): after.strip() for before, _, after in pairs if before.strip() and after.strip()}


def reads_as(cell: str, order: str, zone: Any) -> str:
    """How a date is read, for people to see; empty where it is not."""
    try:
        return read_when(cell, zone, Order(order)).at.strftime("%d %b %Y")
    except ValueError:
        return ""
