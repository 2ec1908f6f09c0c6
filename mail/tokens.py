"""What stands in a mail's own addresses: a message, what is wanted of it, and a signature. Nothing else."""

import base64
import hashlib
import hmac
import struct
from enum import IntEnum
from functools import cache

from django.conf import settings

_PAYLOAD = struct.Struct(">BQH")
_MAC_BYTES = 10


class Want(IntEnum):
    """What following the address does."""

    OPEN = 1
    CLICK = 2
    UNSUBSCRIBE = 3


class BadToken(ValueError):
    """Not one of ours."""


def sign(want: Want, message_id: int, number: int = 0) -> str:
    """The token of a message (its primary key), with the number of the link for a click. 28 letters, fit for a URL."""
    payload = _PAYLOAD.pack(want, message_id, number)
    return base64.urlsafe_b64encode(payload + _mac(payload, _key(settings.SECRET_KEY))).rstrip(b"=").decode()


def read(token: str, want: Want) -> tuple[int, int]:
    """Message and number of a token; it never expires, keys of the past count too. Raises BadToken."""
    try:
        raw = base64.b64decode(token.encode() + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        payload, mac = raw[: _PAYLOAD.size], raw[_PAYLOAD.size :]
        found, message_id, number = _PAYLOAD.unpack(payload)
    except (ValueError, struct.error):
        raise BadToken from None
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    if found != want or not any(hmac.compare_digest(mac, _mac(payload, _key(key))) for key in keys):
        raise BadToken
    return message_id, number


def _mac(payload: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(payload, key=key, digest_size=_MAC_BYTES).digest()


@cache
def _key(secret: str) -> bytes:
    return hashlib.blake2b(secret.encode(), person=b"mail.tokens", digest_size=32).digest()
