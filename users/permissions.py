"""API permissions: every view declares what it needs; the rest is refused."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from users.access import Right, has_right, token_allows
from users.models import ApiToken, User

if TYPE_CHECKING:  # the views read their default permissions, these, while they are being imported
    from rest_framework.views import APIView


class DenyUnlessDeclared(BasePermission):
    """A view names `needs`: {"GET": "read", "POST": Right.CAPTURE, …}; other verbs and strangers are refused.

    "read" and "write" are rights on leads and companies, further narrowed by `for_user` querysets.
    """

    message = "Your role or your token's scopes do not allow this."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        user = request.user
        if not isinstance(user, User) or not user.is_active:
            return False
        need = getattr(view, "needs", {}).get(request.method)
        if request.method in ("OPTIONS", "HEAD"):
            need = getattr(view, "needs", {}).get("GET", need)
        if need is None:
            return False
        token = request.auth
        if not token_allows(token if isinstance(token, ApiToken) else None, need):
            return False
        return need in ("read", "write") or has_right(user, Right(need))
