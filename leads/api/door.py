"""What every door of the API does alike: refuse what is not declared, read the clock once, name what went wrong."""

import threading
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.exceptions import MethodNotAllowed, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leads.conditions.catalog import Catalog
from leads.handover.claim import ClaimNotPossible
from leads.handover.decide import AlreadyDecided, Incomplete
from leads.handover.snooze import SnoozeNotPossible
from leads.lifecycle.move import MoveNotAllowed
from leads.lifecycle.undo import UndoNotPossible
from leads.models import Handover
from users.clock import database_now
from users.models import ApiToken, User
from users.parsers import unstorable_text
from users.problems import Conflict


class Door(APIView):
    """Base of the API's views. `needs` says what each verb asks of the caller (users.permissions)."""

    needs: ClassVar[dict[str, Any]] = {}

    @cached_property
    def now(self) -> datetime:
        """The database's time, read once a request."""
        return database_now()

    @property
    def user(self) -> User:
        """Who calls; the permission has made sure it is one of our users."""
        user = self.request.user
        assert isinstance(user, User)
        return user

    @property
    def token(self) -> ApiToken | None:
        """The token they call with; None for a session."""
        return self.request.auth if isinstance(self.request.auth, ApiToken) else None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        for name, values in request.query_params.lists():
            if reason := next(filter(None, map(unstorable_text, [name, *values])), ""):
                raise ValidationError({name if not unstorable_text(name) else "query": [reason]})

    def check_permissions(self, request: Request) -> None:
        """Strangers first (401), then verbs nobody may use here (405), then rights (403)."""
        known = isinstance(request.user, User) and request.user.is_active
        if known and request.method not in (*self.needs, "OPTIONS", "HEAD"):
            raise MethodNotAllowed(request.method or "")
        super().check_permissions(request)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The verbs, in the header all answers have: what they take is said in the schema."""
        return Response(status=204)

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(refusal_of(exc))

    def read(self, kind: type[serializers.BaseSerializer], **kwargs: Any) -> Any:
        """The body, validated by a serializer; raises ValidationError naming every field at fault."""
        form: Any = kind(context={}, **kwargs) if kwargs else _form(kind)
        form.context.clear()
        form.context.update(now=self.now, user=self.user, catalog=Catalog())
        return form.run_validation(self.request.data)


_forms = threading.local()


def _form(kind: type[serializers.BaseSerializer]) -> Any:
    """This thread's serializer of a kind: to copy all its fields for each body costs more than to check the body."""
    forms: dict[type[serializers.BaseSerializer], Any] = vars(_forms).setdefault("by_kind", {})
    if kind not in forms:
        forms[kind] = kind(context={})
    return forms[kind]


def refusal_of(exc: Exception) -> Exception:
    """A flow's refusal in the words of HTTP; anything else as it is."""
    if isinstance(exc, AlreadyDecided):
        return Conflict(_decided(exc.handover), "already-decided", "Already decided")
    if isinstance(exc, MoveNotAllowed):
        return Conflict(" ".join(exc.reasons.values()), "move-not-allowed", "Move not allowed")
    if isinstance(exc, UndoNotPossible):
        return Conflict(str(exc), "undo-not-possible", "Cannot be undone")
    if isinstance(exc, ClaimNotPossible):
        return Conflict(str(exc), "claim-not-possible", "Not possible")
    if isinstance(exc, Incomplete):
        return ValidationError({exc.field: [str(exc)]})
    if isinstance(exc, SnoozeNotPossible):
        return ValidationError({"until": [str(exc)]})
    return exc


def _decided(handover: Handover) -> str:
    who = handover.decided_by.email if handover.decided_by else "the system"
    at = handover.decided_at.isoformat(timespec="seconds") if handover.decided_at else "an unknown time"
    return f"{handover.get_state_display()} by {who} at {at}"
