"""The request a page gets: somebody is signed in (the middleware sees to it), and htmx may have sent it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from users.models import User


class PageRequest(HttpRequest):
    """An HttpRequest as views behind the sign-in see it; for type checkers only."""

    user: User
    htmx: HtmxDetails
