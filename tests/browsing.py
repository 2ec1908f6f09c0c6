"""A browser in tests, without a browser."""

from django.test import Client

from users.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def browser(user: User, **headers: str) -> Client:
    """A client signed in as somebody, sending these headers with every request."""
    client = Client(headers=headers)
    client.force_login(user, backend=BACKEND)
    return client
