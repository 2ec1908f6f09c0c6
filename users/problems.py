"""API errors in one shape: problem+json (RFC 9457)."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import set_rollback

TYPE_ROOT = "https://leadcrm.example/problems"


class Conflict(exceptions.APIException):
    """409: the state has moved on. `slug` ends the problem's type."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, detail: str, slug: str = "conflict", title: str = "Conflict") -> None:
        super().__init__(detail)
        self.slug, self.title = slug, title


class Unprocessable(exceptions.APIException):
    """422: well-formed, but it contradicts what came before."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    slug, title = "unprocessable", "Cannot be processed"


class TooLarge(exceptions.APIException):
    """413: more than this installation reads into memory."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    slug, title = "too-large", "Too large"

    def __init__(self) -> None:
        super().__init__(f"Send at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20} MB at once.")


class ProblemRenderer(JSONRenderer):
    """JSON under its own media type, so that clients can tell an error by the header."""

    media_type = "application/problem+json"


TITLES = {
    400: ("validation", "Invalid input"),
    401: ("not-authenticated", "Sign in or send a token"),
    403: ("not-allowed", "Not allowed"),
    404: ("not-found", "Not found"),
    405: ("method-not-allowed", "Method not allowed"),
    406: ("not-acceptable", "Not acceptable"),
    409: ("conflict", "Conflict"),
    415: ("unsupported-media-type", "Send application/json"),
    429: ("too-many-requests", "Too many requests"),
}


def field_errors(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Flatten DRF's nested details into {"field", "code", "detail"} rows; list rows read like `items.3.email`."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            name = "" if key == "non_field_errors" else str(key)
            yield from field_errors(value, f"{path}.{name}".strip("."))
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            nested = isinstance(value, dict | list)
            yield from field_errors(value, f"{path}.{index}".strip(".") if nested else path)
    else:
        yield {"field": path, "code": getattr(detail, "code", "invalid"), "detail": str(detail)}


def problem(status_code: int, *, slug: str, title: str, **members: Any) -> Response:
    """A problem+json response."""
    body = {"type": f"{TYPE_ROOT}/{slug}", "title": title, "status": status_code, **members}
    response = Response(body, status=status_code, content_type=ProblemRenderer.media_type)
    return response


def problem_response(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal of the API in one shape; unknown exceptions stay 500s."""
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied(str(exc) or None)
    elif isinstance(exc, RequestDataTooBig):
        exc = TooLarge()
    if not isinstance(exc, exceptions.APIException):
        return None
    set_rollback()
    code = exc.status_code
    slug, title = TITLES.get(code, ("error", "Error"))
    slug, title = getattr(exc, "slug", slug), getattr(exc, "title", title)
    if isinstance(exc, exceptions.ValidationError):
        rows = list(field_errors(exc.detail))
        # A bad row of a list reads "3.email": the list is the body itself.
        response = problem(code, slug=slug, title=title, errors=rows)
    else:
        response = problem(code, slug=slug, title=title, detail=str(exc.detail))
    if header := getattr(exc, "auth_header", None):
        response["WWW-Authenticate"] = header
    if wait := getattr(exc, "wait", None):
        response["Retry-After"] = str(int(wait))
    return response
