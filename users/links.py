"""Addresses for people who are not looking at a page of ours: in mails above all."""

from django.conf import settings


def absolute(path: str) -> str:
    """The whole address of a path, `/…`, of this installation."""
    return f"{settings.SITE_URL}{path}"
