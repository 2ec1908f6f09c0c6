"""Where a reader's request comes from: the address, a digest of it to keep, and how often it may be counted."""

import hashlib
import ipaddress
import logging
import time

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

PERIOD_SECONDS = 60
PAUSE_SECONDS = 5.0  # after a cache did not answer: asking it costs every reader that long
logger = logging.getLogger(__name__)
_not_before = 0.0


def ip_of(request: HttpRequest) -> str | None:
    """The client's address, from proxies only as far as they are trusted; None where it is none."""
    try:
        return str(ipaddress.ip_address(get_adapter().get_client_ip(request)))
    except (PermissionDenied, ValueError):
        return None


def digest(ip: str | None) -> str:
    """A name for an address that tells nobody which it is: 32 letters, empty where there is no address."""
    if ip is None:
        return ""
    return hashlib.blake2b(ip.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=16).hexdigest()


def is_within(limits: dict[str, int]) -> bool:
    """Count one more for each name; whether all are within so many a minute. A cache that is away limits nobody."""
    global _not_before
    if time.monotonic() < _not_before:
        return True
    try:
        return all(_count(f"mail-limit:{name}") <= limit for name, limit in limits.items())
    except Exception as error:  # whatever the cache's client raises, a reader is not to notice
        _not_before = time.monotonic() + PAUSE_SECONDS
        logger.warning("the cache does not count readers' requests (%s)", error)
        return True


def _count(key: str) -> int:
    cache.add(key, 0, timeout=PERIOD_SECONDS)
    return cache.incr(key)
