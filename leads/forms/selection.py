"""The activities a rule counts, as fields."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from leads.conditions.catalog import Catalog
from leads.forms.rows import Input
from leads.forms.slots import PER, read


class SelectionEditor:
    """The activities a scoring rule counts: the filters of the activity leaf, without a comparison."""

    def __init__(self, sent: QueryDict | None = None, *, value: Mapping[str, Any] | None = None) -> None:
        self.catalog = Catalog()
        self.value: dict[str, Any] = dict(value or {})
        if sent is not None:
            found = {slot.name: read(slot, sent, f"per-{slot.name}") for slot in PER}
            self.value = {name: value for name, value in found.items() if value is not None}

    @property
    def inputs(self) -> list[Input]:
        """The fields as the template draws them."""
        return [
            Input(
                slot,
                f"per-{slot.name}",
                self.value.get(slot.name),
                slot.choices(self.catalog) if slot.choices else (),
            )
            for slot in PER
        ]
