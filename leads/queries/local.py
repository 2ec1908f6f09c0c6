"""Moments in the zone of the person who looks (the middleware activates it)."""

from datetime import datetime

from django.utils.timezone import get_current_timezone


def local(at: datetime) -> datetime:
    """The moment in the reader's zone."""
    return at.astimezone(get_current_timezone())
