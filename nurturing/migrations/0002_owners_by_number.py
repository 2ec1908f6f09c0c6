"""Conditions name people by their number: an address may change. One that nobody has any more stays as it is."""

from typing import Any

from django.db import migrations

from users.migrating import rewrite_trees

PLACES = (("SequenceVersion", "entry"), ("Step", "condition"))


def by_number(apps: Any, editor: Any) -> None:
    """Every entry and every gate, of versions published too: they mean what they meant."""
    numbers = dict(apps.get_model("users", "User").objects.values_list("email", "pk"))
    for name, field in PLACES:
        rewrite_trees(apps.get_model("nurturing", name), field, numbers)


def by_address(apps: Any, editor: Any) -> None:
    """As they were written before."""
    addresses = dict(apps.get_model("users", "User").objects.values_list("pk", "email"))
    for name, field in PLACES:
        rewrite_trees(apps.get_model("nurturing", name), field, addresses)


class Migration(migrations.Migration):
    dependencies = [("nurturing", "0001_initial"), ("users", "0005_working_time")]

    operations = [migrations.RunPython(by_number, by_address)]
