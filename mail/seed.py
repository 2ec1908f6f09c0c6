"""What every installation starts with: one sender."""

from collections.abc import Callable
from email.utils import parseaddr
from typing import Any

from django.conf import settings


def seed(model: Callable[[str], Any]) -> None:
    """Make the default sender from DEFAULT_FROM_EMAIL; what stands is left alone."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    model("Sender").objects.get_or_create(
        slug="default", defaults={"name": name or "LeadCRM", "address": address, "is_default": True}
    )
