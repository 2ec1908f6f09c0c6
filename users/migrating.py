"""What migrations share: additions to the schema rendered once, and conditions that name people otherwise."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class Together(Operation):
    """Fields, constraints and indexes added to models that stand: none of these asks for the state between two.

    Django renders half of all models anew after each single one.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """As the file of the migration writes it."""
        return type(self).__name__, [self.operations], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The models are rendered when next asked for, not after each operation."""
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """One after another, from the state before all to the state after all."""
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """The last addition goes first."""
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """What it does, in words."""
        return "; ".join(operation.describe() for operation in self.operations)


def rewrite_trees(model: Any, field: str, names: Mapping[Any, Any]) -> None:
    """Name the owners in stored conditions by these other names; who has none keeps the one that stands there."""
    rows = model.objects.filter(**{f"{field}__isnull": False})
    for pk, tree in rows.values_list("pk", field):
        if (renamed := _renamed(tree, names)) != tree:
            model.objects.filter(pk=pk).update(**{field: renamed})


def _renamed(node: Any, names: Mapping[Any, Any]) -> Any:
    if isinstance(node, list):
        return [_renamed(child, names) for child in node]
    if not isinstance(node, dict):
        return node
    if node.get("leaf") == "owner" and node.get("op") == "user":
        return {**node, "value": [names.get(one, one) for one in node["value"]]}
    return {word: _renamed(child, names) for word, child in node.items()}
