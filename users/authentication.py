"""Who calls the API: a bearer token (RFC 6750) or a signed-in session."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from users.clock import database_now
from users.models import ApiToken, User
from users.rows import Reader

_TOKENS = Reader(ApiToken, "user")


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer …`; the token acts as its user within its scopes."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the user and token, or None without a bearer header; raises AuthenticationFailed (401)."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = next(iter(_TOKENS.read("WHERE t.digest = %s", [ApiToken.digest_of(secret.strip())])), None)
        if token is None or token.revoked_at is not None or not token.user.is_active:
            raise AuthenticationFailed("This token is not known or was revoked.", code="invalid_token")
        if token.expires_at is not None and token.expires_at <= database_now():
            raise AuthenticationFailed("This token has expired. Create a new one.", code="expired_token")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class Session(SessionAuthentication):
    """The browser's session; unsafe methods need the CSRF token."""

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class BearerTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema names the bearer token."""

    target_class = "users.authentication.BearerToken"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema names the session cookie."""

    target_class = "users.authentication.Session"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
