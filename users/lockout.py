"""Whom a failed sign-in is counted against."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest


def address_tried(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """The address somebody tries to sign in as: given to the back-ends as `email`, typed in the form as `login`."""
    said = (credentials or {}).get("email") or (credentials or {}).get("username") or request.POST.get("login", "")
    return str(said).strip().lower()
