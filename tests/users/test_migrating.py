"""Additions that are rendered once leave the same tables as additions one by one, forwards and back."""

import pytest
from django.db import connection, models
from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel, Migration
from django.db.migrations.state import ProjectState

from users.migrating import Together

pytestmark = pytest.mark.django_db

STANDS = CreateModel("Shelf", [("id", models.AutoField(primary_key=True)), ("name", models.CharField(max_length=9))])
ADDITIONS = [
    AddField("shelf", "width", models.IntegerField(null=True)),
    AddConstraint("shelf", models.CheckConstraint(condition=models.Q(width__gt=0), name="shelf_is_wide")),
    AddIndex("shelf", models.Index(fields=["name", "width"], name="shelf_by_name")),
]


def migration(*operations: object) -> Migration:
    made = Migration("0001", "users")
    made.operations = list(operations)
    return made


def described() -> tuple[list[str], list[str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'users_shelf' ORDER BY 1")
        columns = [name for (name,) in cursor.fetchall()]
        return columns, sorted(connection.introspection.get_constraints(cursor, "users_shelf"))


@pytest.mark.parametrize("additions", [ADDITIONS, [Together(ADDITIONS)]])
def test_both_ways_leave_the_same_table_and_take_it_back(additions: list) -> None:
    before = ProjectState()
    with connection.schema_editor() as editor:
        stands = migration(STANDS).apply(before, editor)
        plain = described()
        after = migration(*additions).apply(stands.clone(), editor)

        columns, constraints = described()
        assert columns == ["id", "name", "width"]
        assert {"shelf_is_wide", "shelf_by_name"} < set(constraints)
        assert sorted(after.models["users", "shelf"].fields) == ["id", "name", "width"]

        migration(*additions).unapply(stands.clone(), editor)
        assert described() == plain
