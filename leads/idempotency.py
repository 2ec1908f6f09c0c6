"""A request may be repeated (R15): under one Idempotency-Key the work is done once and the answer stays the same.

The key's row is inserted in the transaction of the work. A second request with the key waits for the first to end:
then it finds its answer, or, where the first was refused and nothing was written, does the work itself.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.db import connection
from django.http.request import RawPostDataException
from rest_framework.exceptions import UnsupportedMediaType, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils import encoders, json

from leads.models import IdempotencyKey
from users.models import ApiToken
from users.problems import Unprocessable
from users.transactions import one_transaction

KEPT_FOR = timedelta(hours=24)
MAX_KEY = 200

# A row older than a day is as good as none: the request takes it over.
_CLAIM = """
INSERT INTO leads_idempotencykey AS k (caller, route, key, body_digest, created_at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (caller, route, key) DO UPDATE
    SET body_digest = excluded.body_digest, created_at = excluded.created_at, status = NULL, answer = NULL
    WHERE k.created_at < %s
RETURNING id
"""

Handler = Callable[..., Response]


def idempotent(handler: Handler) -> Handler:
    """Let the `post` of a view that knows its `now` honour Idempotency-Key. Without the header it just runs."""

    @wraps(handler)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        if "Idempotency-Key" not in request.headers:
            return handler(view, request, *args, **kwargs)
        place = {"caller": _caller(request), "route": f"{request.method} {request.path}", "key": _key(request)}
        digest = _digest(request)
        with one_transaction():
            row_id = _claim(**place, digest=digest, now=view.now)
            if row_id is None:
                return _replay(IdempotencyKey.objects.get(**place), digest)
            response = handler(view, request, *args, **kwargs)
            _keep(row_id, response)
        return response

    return once


def forget_old_keys(*, now: datetime) -> int:
    """Delete the keys nobody may repeat any more; returns how many."""
    deleted, _ = IdempotencyKey.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    return deleted


def _claim(*, caller: str, route: str, key: str, digest: str, now: datetime) -> int | None:
    """The new row's id, or None when the work was done before. Waits for a request that is doing it now."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [caller, route, key, digest, now, now - KEPT_FOR])
        row = cursor.fetchone()
    return row[0] if row else None


def _replay(row: IdempotencyKey, digest: str) -> Response:
    if row.body_digest != digest:
        raise Unprocessable("This Idempotency-Key was used with another body. Take a new key for a new request.")
    return Response(row.answer, status=row.status, headers={"Idempotency-Replayed": "true"})


def _keep(row_id: int, response: Response) -> None:
    """Keep the answer as the client was sent it, whatever changes later."""
    answer = json.dumps(response.data, cls=encoders.JSONEncoder)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE leads_idempotencykey SET status = %s, answer = %s::jsonb WHERE id = %s",
            [response.status_code, answer, row_id],
        )


def _caller(request: Request) -> str:
    token = request.auth
    return f"token:{token.pk}" if isinstance(token, ApiToken) else f"user:{request.user.pk}"


def _key(request: Request) -> str:
    key = request.headers["Idempotency-Key"].strip()
    if not 0 < len(key) <= MAX_KEY or not key.isprintable():
        raise ValidationError({"Idempotency-Key": [f"Send 1 to {MAX_KEY} printable characters."]})
    return key


def _digest(request: Request) -> str:
    try:
        return hashlib.sha256(request._request.body).hexdigest()
    except RawPostDataException:  # a form was read already: no door here takes forms
        raise UnsupportedMediaType(request.content_type) from None
