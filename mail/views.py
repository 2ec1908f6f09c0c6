"""Doors for readers of our mail: pixel, links, unsubscribing. No sign-in, no cookie; a GET changes nothing."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse


@login_not_required
def open_pixel(request: HttpRequest, token: str) -> HttpResponse:
    """A mail was opened."""
    return HttpResponse(status=501)


@login_not_required
def click(request: HttpRequest, token: str) -> HttpResponse:
    """A link was followed."""
    return HttpResponse(status=501)


@login_not_required
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The page to unsubscribe."""
    return HttpResponse(status=501)
