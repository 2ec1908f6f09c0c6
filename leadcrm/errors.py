"""Errors that never reached a view: problem+json for machines, pages for people."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views import defaults

from leads.lifecycle.move import StageRetired
from users.problems import TITLES, TYPE_ROOT, ProblemRenderer


def _answer(request: HttpRequest, status: int, detail: str) -> JsonResponse | None:
    if not request.path.startswith("/api/"):
        return None
    slug, title = TITLES.get(status, ("error", "Error"))
    body = {"type": f"{TYPE_ROOT}/{slug}", "title": title, "status": status, "detail": detail}
    return JsonResponse(body, status=status, content_type=ProblemRenderer.media_type)


class LineChanged:
    """Pages that met a stage retired a moment before: 409 with what to do, wherever it was met."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page instead of a 500; the API answers for itself."""
        return render(request, "409.html", status=409) if isinstance(exception, StageRetired) else None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return _answer(request, 400, "The request cannot be read.") or defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return _answer(request, 403, "You may not do this.") or defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Any) -> HttpResponse:
    """404."""
    return _answer(request, 404, "There is nothing at this address.") or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return _answer(request, 500, "Something went wrong here. It has been logged.") or defaults.server_error(request)
