"""The inbox of sales: list, one offer, decide, claim, put aside, pass on."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from leads.access import handovers_for_user, handovers_to_decide, leads_for_user
from leads.api.door import Door
from leads.api.filters import HandoverFilter
from leads.api.lists import ListDoor
from leads.api.serializers.handovers import (
    AcceptIn,
    AssignIn,
    DuplicateIn,
    HandoverOut,
    Nothing,
    RejectIn,
    ReturnIn,
    SnoozeIn,
)
from leads.handover.claim import assign, claim, release
from leads.handover.decide import Decision, DuplicateNotPossible, Verb, decide, undo_decision
from leads.handover.snooze import snooze, unsnooze
from leads.idempotency import idempotent
from leads.models import Handover
from leads.nudge import nudge
from users.access import Right
from users.models import User
from users.transactions import one_transaction

SHOWN = ("assignee", "team", "decided_by", "rule", "recommended_by")


class HandoverList(ListDoor):
    """GET a page of handovers."""

    needs: ClassVar = {"GET": "read"}
    filterset_class = HandoverFilter
    orders = ("due_at", "offered_at", "id")

    def rows(self):
        """Handovers the caller may see."""
        return handovers_for_user(self.user).select_related(*SHOWN)

    @extend_schema(responses=HandoverOut(many=True))
    def get(self, request: Request) -> Response:
        """Handovers by page, the most urgent first."""
        return self.page(request, HandoverOut)


class HandoverDetail(Door):
    """One handover."""

    needs: ClassVar = {"GET": "read"}

    @extend_schema(responses=HandoverOut)
    def get(self, request: Request, handover_id: int) -> Response:
        """The offer as it stands."""
        return handover_answer(get_object_or_404(handovers_for_user(self.user), pk=handover_id).pk)


class Act(Door):
    """Base of what sales may do with a handover."""

    needs: ClassVar = {"POST": Right.DECIDE_HANDOVERS}
    body: type = Nothing

    def act(self, handover_id: int, said: dict[str, Any]) -> None:
        """Call the flow."""
        raise NotImplementedError

    @idempotent
    def post(self, request: Request, handover_id: int) -> Response:
        """Do it, and answer the handover as it stands then."""
        get_object_or_404(handovers_for_user(self.user), pk=handover_id)
        if not handovers_to_decide(self.user).filter(pk=handover_id).exists():
            raise PermissionDenied
        said = self.read(self.body)
        with one_transaction():
            self.act(handover_id, said)
            nudge()
        return handover_answer(handover_id)


def _documented(body: type) -> Callable[[type[Act]], type[Act]]:
    return extend_schema_view(post=extend_schema(request=body, responses=HandoverOut))


@_documented(AcceptIn)
class Accept(Act):
    """Sales takes the lead; it belongs to the caller from now on."""

    verb: Verb = Verb.ACCEPT
    body: type = AcceptIn

    def act(self, handover_id: int, said: dict[str, Any]) -> None:
        """Decide; the loser of a race gets 409."""
        decision = Decision(handover_id=handover_id, verb=self.verb, **said)
        decide([decision], by=self.user.pk, now=self.now)


@_documented(RejectIn)
class Reject(Accept):
    """The lead is disqualified."""

    verb = Verb.REJECT
    body = RejectIn


@_documented(ReturnIn)
class Return(Accept):
    """The lead goes back to marketing and rests until something new happens."""

    verb = Verb.RETURN
    body = ReturnIn


@_documented(DuplicateIn)
class Duplicate(Accept):
    """The lead is disqualified: it is a person known already, by a lead the caller may read."""

    verb = Verb.DUPLICATE
    body = DuplicateIn

    def act(self, handover_id: int, said: dict[str, Any]) -> None:
        """Decide, with a lead within reach."""
        if not leads_for_user(self.user).filter(pk=said["duplicate_of"]).exists():
            raise DuplicateNotPossible("There is no such lead.")
        super().act(handover_id, said)


@_documented(SnoozeIn)
class Snooze(Act):
    """Put an open handover aside. Its clock goes on."""

    body: type = SnoozeIn

    def act(self, handover_id: int, said: dict[str, Any]) -> None:
        """Snooze."""
        snooze([handover_id], until=said["until"], by=self.user.pk, now=self.now)


@_documented(Nothing)
class Unsnooze(Act):
    """Bring a handover back to the queue."""

    def act(self, handover_id: int, said: dict[str, Any]) -> None:
        """Bring it back."""
        unsnooze([handover_id], by=self.user.pk, now=self.now)


@_documented(Nothing)
class Undo(Act):
    """Take one's own decision back while the moment for it lasts."""

    def act(self, handover_id: int, said: dict[str, Any]) -> None:
        """Undo."""
        undo_decision(handover_id, by=self.user.pk, now=self.now)


@_documented(Nothing)
class Claim(Act):
    """Become the one expected to decide."""

    def act(self, handover_id: int, said: dict[str, Any]) -> None:
        """Claim."""
        claim([handover_id], by=self.user.pk, now=self.now)


@_documented(Nothing)
class Release(Act):
    """Give an open handover back to its team."""

    def act(self, handover_id: int, said: dict[str, Any]) -> None:
        """Release."""
        release([handover_id], now=self.now)


@_documented(AssignIn)
class Assign(Act):
    """Pass an open handover on to somebody else of its team."""

    body: type = AssignIn

    def act(self, handover_id: int, said: dict[str, Any]) -> None:
        """Assign."""
        person = User.objects.filter(email=said["to"]).first()
        if person is None:
            raise ValidationError({"to": ["There is nobody of that address."]})
        assign([handover_id], to=person.pk, by=self.user.pk, now=self.now)


def handover_answer(handover_id: int) -> Response:
    """The handover, for callers already let in."""
    row = Handover.objects.select_related(*SHOWN).get(pk=handover_id)
    return Response(HandoverOut(row).data)
