"""The rows every installation starts with: the organisation and a sales team."""

from typing import Any


def seed(models: Any) -> None:
    """Add what is missing. `models(name)` returns the model class, historical or current."""
    models("Organisation").objects.get_or_create(pk=1, defaults={"name": "Your company"})
    models("Team").objects.get_or_create(slug="sales", defaults={"name": "Sales"})
