"""The activities a rule counts, as fields."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from leads.conditions.activity import selection_errors
from leads.conditions.catalog import Catalog
from leads.forms.rows import Input
from leads.forms.slots import SELECTION, read

# The window is asked for elsewhere: it makes points expire.
SLOTS = tuple(slot for slot in SELECTION if slot.name != "days")


class SelectionEditor:
    """The activities a scoring rule counts: the filters of the activity leaf, without comparison and window."""

    def __init__(self, sent: QueryDict | None = None, *, value: Mapping[str, Any] | None = None) -> None:
        self.catalog = Catalog()
        self.errors: dict[str, str] = {}
        self.value: dict[str, Any] = dict(value or {})
        if sent is not None:
            found = {slot.name: read(slot, sent, f"per-{slot.name}") for slot in SLOTS}
            self.value = {name: value for name, value in found.items() if value is not None}

    def is_valid(self) -> bool:
        """Whether the filters can be used; what is wrong stands at the fields."""
        self.errors = dict(reversed(list(selection_errors(self.value, self.catalog))))
        return not self.errors

    @property
    def inputs(self) -> list[Input]:
        """The fields as the template draws them."""
        return [
            Input(
                slot,
                f"per-{slot.name}",
                self.value.get(slot.name),
                slot.choices(self.catalog) if slot.choices else (),
                self.errors.get(slot.name, ""),
            )
            for slot in SLOTS
        ]
