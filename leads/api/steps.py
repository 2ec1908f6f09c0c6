"""What people say about where a lead stands: moves, BANT, consent, proof, won, lost."""

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from leads.access.moves import need_mover
from leads.activity.assess import ConsentFact, amend, record_consents
from leads.api.door import Door
from leads.api.leads import lead_answer, writable_lead
from leads.api.serializers.leads import LeadDetailOut
from leads.api.serializers.steps import BantIn, ConsentOfLeadIn, LostIn, MoveIn, ProofIn, WonIn
from leads.handover.close import close_lost, close_won, record_proof
from leads.idempotency import idempotent
from leads.lifecycle.move import Move, move
from leads.models import BantAssessment, BantState, Cause, Realm, StageRole
from leads.nudge import nudge
from users.access import assesses
from users.models import Organisation, Role
from users.transactions import one_transaction

SALES = (Role.SALES_REP, Role.SALES_MANAGER)


class Step(Door):
    """Base: read the body, call the flow, answer the lead."""

    needs: ClassVar = {"POST": "write"}
    body: type

    def take(self, lead_id: int, said: dict[str, Any]) -> None:
        """Call the flow."""
        raise NotImplementedError

    @idempotent
    def post(self, request: Request, lead_id: int) -> Response:
        """Take the step."""
        writable_lead(self, lead_id)
        said = self.read(self.body)
        with one_transaction():
            self.take(lead_id, said)
            nudge()
        return lead_answer(lead_id, 201)


def _documented(body: type) -> Callable[[type[Step]], type[Step]]:
    return extend_schema_view(post=extend_schema(request=body, responses={201: LeadDetailOut}))


@_documented(MoveIn)
class Moves(Step):
    """Move a lead by hand, where the rules of the line allow it."""

    body = MoveIn

    def take(self, lead_id: int, said: dict[str, Any]) -> None:
        """Move."""
        need_mover(self.user, slug=said["to"])
        move([Move(lead_id=lead_id, cause=Cause.PERSON, **said)], by=self.user.pk, now=self.now)


@_documented(BantIn)
class Bant(Step):
    """Assess budget, authority, need, timeline for one realm; sales people write that of sales."""

    body = BantIn

    def take(self, lead_id: int, said: dict[str, Any]) -> None:
        """Append an assessment; parts left out stay as they were."""
        realm = Realm(said.pop("realm", None) or (Realm.SALES if self.user.role in SALES else Realm.MARKETING))
        if realm not in assesses(self.user):
            raise PermissionDenied(f"Your role does not write the BANT of {realm}.")
        said |= {part: BantState.from_slug(said[part]) for part in BantAssessment.PARTS if part in said}
        amend(lead_id, realm, said, by=self.user.pk, now=self.now)


@_documented(ConsentOfLeadIn)
class Consents(Step):
    """Consent given or withdrawn."""

    body = ConsentOfLeadIn

    def take(self, lead_id: int, said: dict[str, Any]) -> None:
        """Append a consent."""
        said.setdefault("occurred_at", self.now)
        record_consents([ConsentFact(lead_id=lead_id, **said)], by=self.user.pk, now=self.now)


@_documented(ProofIn)
class Proofs(Step):
    """Explicit proof of intent: the lead becomes an opportunity."""

    body = ProofIn

    def take(self, lead_id: int, said: dict[str, Any]) -> None:
        """Record it."""
        need_mover(self.user, role=StageRole.OPPORTUNITY)
        record_proof(lead_id, by=self.user.pk, now=self.now, **said)


@_documented(WonIn)
class Won(Step):
    """The pass ends with a customer."""

    body = WonIn

    def take(self, lead_id: int, said: dict[str, Any]) -> None:
        """Close; without a currency the organisation's."""
        currency = said.get("currency") or Organisation.load().currency
        close_won(
            lead_id,
            amount=said.get("amount"),
            currency=currency,
            note=said.get("note", ""),
            by=self.user.pk,
            now=self.now,
        )


@_documented(LostIn)
class Lost(Step):
    """The pass ends without one."""

    body = LostIn

    def take(self, lead_id: int, said: dict[str, Any]) -> None:
        """Close."""
        close_lost(lead_id, by=self.user.pk, now=self.now, **said)
