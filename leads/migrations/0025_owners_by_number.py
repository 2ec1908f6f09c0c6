"""Conditions name people by their number: an address may change. One that nobody has any more stays as it is."""

from typing import Any

from django.db import migrations

from users.migrating import rewrite_trees

MODELS = ("Segment", "Criterion", "RoutingRule", "PhaseRule")


def by_number(apps: Any, editor: Any) -> None:
    """Every tree of the ground."""
    numbers = dict(apps.get_model("users", "User").objects.values_list("email", "pk"))
    for name in MODELS:
        rewrite_trees(apps.get_model("leads", name), "condition", numbers)


def by_address(apps: Any, editor: Any) -> None:
    """As they were written before."""
    addresses = dict(apps.get_model("users", "User").objects.values_list("pk", "email"))
    for name in MODELS:
        rewrite_trees(apps.get_model("leads", name), "condition", addresses)


class Migration(migrations.Migration):
    dependencies = [("leads", "0024_colleagues_by_index"), ("users", "0005_working_time")]

    operations = [migrations.RunPython(by_number, by_address)]
