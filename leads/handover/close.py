"""What sales records after acceptance: proof of intent, won, lost."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from leads.lifecycle.hooks import Moved
from leads.lifecycle.move import Move, MoveNotAllowed, lock, move
from leads.models import Cause, Opportunity, OpportunityState, Outcome, Proof, Reason, ReasonKind, Stage, StageRole


@transaction.atomic
def record_proof(lead_id: int, *, form: str, text: str, by: int, now: datetime) -> Moved:
    """Record explicit proof of intent: the lead becomes an opportunity. Raises MoveNotAllowed, ValueError."""
    if form not in Proof.Form.values or not text.strip():
        raise ValueError("Say how the intent was shown and what was said or done.")
    lead = lock([lead_id])[lead_id]
    if lead.stage.role not in (StageRole.ACCEPTED, StageRole.SALES_QUALIFIED) or lead.outcome:
        raise MoveNotAllowed({lead_id: "Proof is recorded for leads that sales works on."})
    proof = Proof.objects.create(
        lead=lead, cycle=lead.cycle, form=form, text=text.strip(), occurred_at=now, recorded_at=now, by_id=by
    )
    stage = Stage.objects.get(role=StageRole.OPPORTUNITY)
    (moved,) = move([Move(lead_id=lead_id, to=stage.slug, cause=Cause.PROOF, cause_id=proof.pk)], by=by, now=now)
    Opportunity.objects.get_or_create(lead_id=lead_id, cycle=lead.cycle)
    return moved


@transaction.atomic
def close_won(lead_id: int, *, amount: Decimal | None, currency: str, by: int, now: datetime, note: str = "") -> Moved:
    """Close the pass as won, with its amount. Raises MoveNotAllowed."""
    (moved,) = move([Move(lead_id=lead_id, to=Outcome.WON, cause=Cause.PERSON, note=note)], by=by, now=now)
    _close(moved, OpportunityState.WON, now=now, amount=amount, currency=currency)
    return moved


@transaction.atomic
def close_lost(lead_id: int, *, reason: str, by: int, now: datetime, note: str = "") -> Moved:
    """Close the pass as lost, with its reason. Raises MoveNotAllowed, ValueError for an unknown reason."""
    if not Reason.objects.filter(kind=ReasonKind.LOST, slug=reason, is_active=True).exists():
        raise ValueError("Give one of the administered reasons.")
    wish = Move(lead_id=lead_id, to=Outcome.LOST, cause=Cause.PERSON, reason=reason, note=note)
    (moved,) = move([wish], by=by, now=now)
    _close(moved, OpportunityState.LOST, now=now, reason=reason)
    return moved


def _close(
    moved: Moved,
    state: OpportunityState,
    *,
    now: datetime,
    amount: Decimal | None = None,
    currency: str = "",
    reason: str = "",
) -> None:
    Opportunity.objects.update_or_create(
        lead_id=moved.lead_id,
        cycle=moved.cycle,
        defaults={"state": state, "closed_at": now, "amount": amount, "currency": currency, "reason": reason},
    )
