"""Deciding on handovers: accept, reject, return. Exactly one decision wins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from leads.activity.news import publish
from leads.lifecycle.move import Move, lock, move
from leads.lifecycle.undo import UndoNotPossible, undo
from leads.models import Cause, Handover, HandoverState, Outcome, Reason, ReasonKind, Stage, StageChange, StageRole


class Verb(StrEnum):
    """What sales may say to an offer."""

    ACCEPT = "accept"
    REJECT = "reject"
    RETURN = "return"


STATES: Mapping[Verb, HandoverState] = {
    Verb.ACCEPT: HandoverState.ACCEPTED,
    Verb.REJECT: HandoverState.REJECTED,
    Verb.RETURN: HandoverState.RETURNED,
}
REASONS: Mapping[Verb, ReasonKind] = {Verb.REJECT: ReasonKind.REJECT, Verb.RETURN: ReasonKind.RETURN}


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """One decision. A reason's slug is required to reject or return; `missing` says what a returned lead lacks."""

    handover_id: int
    verb: Verb
    reason: str = ""
    missing: Sequence[str] = field(default_factory=tuple)
    note: str = ""


class AlreadyDecided(Exception):
    """Somebody was faster. `handover` says who, what and when."""

    def __init__(self, handover: Handover) -> None:
        self.handover = handover
        who = str(handover.decided_by or "the system")
        super().__init__(f"{handover.get_state_display()} by {who} at {handover.decided_at:%Y-%m-%d %H:%M} UTC.")


class ReasonRequired(Exception):
    """To reject or return, one of the administered reasons must be given."""


@transaction.atomic
def decide(decisions: Sequence[Decision], *, by: int, now: datetime) -> list[Handover]:
    """Decide on handovers, all or nothing; `by` is the sales user's id.

    Accepted leads enter the accepted stage and belong to `by`; rejected ones are disqualified; returned ones go back
    to the engaged stage and their former owner, and rest until something new happens (R3, R61).
    Raises AlreadyDecided for the first that is no longer open, and ReasonRequired.
    """
    _check_reasons(decisions)
    wanted = {decision.handover_id: decision for decision in decisions}
    lead_ids = Handover.objects.filter(pk__in=wanted).values_list("lead_id", flat=True)
    lock(lead_ids)
    # The leads are locked, so whoever decided before us has committed: the state read here is the last word.
    rows = list(Handover.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("lead_id"))
    for row in rows:
        if row.state != HandoverState.OPEN:
            raise AlreadyDecided(Handover.objects.select_related("decided_by").get(pk=row.pk))
    for row in rows:
        decision = wanted[row.pk]
        row.state, row.decided_at, row.decided_by_id = STATES[decision.verb], now, by
        row.reason, row.missing, row.note = decision.reason, list(decision.missing), decision.note
    Handover.objects.bulk_update(rows, ["state", "decided_at", "decided_by", "reason", "missing", "note"])
    stages = {stage.role: stage.slug for stage in Stage.objects.all()}
    move([_move(wanted[row.pk], row, stages, by) for row in rows], by=by, now=now)
    publish("handover_decided", (row.lead_id for row in rows), now=now)
    return rows


def _move(decision: Decision, row: Handover, stages: Mapping[str, str], by: int) -> Move:
    to, owner = {
        Verb.ACCEPT: (stages[StageRole.ACCEPTED], by),
        Verb.REJECT: (Outcome.DISQUALIFIED.value, row.owner_before_id),
        Verb.RETURN: (stages[StageRole.ENGAGED], row.owner_before_id),
    }[decision.verb]
    return Move(
        lead_id=row.lead_id,
        to=to,
        cause=Cause.HANDOVER,
        cause_id=row.pk,
        reason=decision.reason,
        note=decision.note,
        set_owner=True,
        owner_id=owner,
    )


def _check_reasons(decisions: Sequence[Decision]) -> None:
    needed = [(REASONS[d.verb], d.reason) for d in decisions if d.verb in REASONS]
    if needed:
        known = set(Reason.objects.filter(is_active=True).values_list("kind", "slug"))
        for kind, slug in needed:
            if (kind, slug) not in known:
                names = ", ".join(sorted(s for k, s in known if k == kind))
                raise ReasonRequired(f"Give a reason. Choose from: {names}.")


@transaction.atomic
def undo_decision(handover_id: int, *, by: int, now: datetime) -> Handover:
    """Take back one's own decision within the undo window: the offer is open again. Raises UndoNotPossible."""
    row = Handover.objects.get(pk=handover_id)
    lead = lock([row.lead_id])[row.lead_id]
    row = Handover.objects.select_for_update(of=("self",)).get(pk=handover_id)
    if row.state not in STATES.values() or row.decided_by_id != by:
        raise UndoNotPossible("Only the person who decided can take a decision back.")
    change = StageChange.objects.filter(lead_id=row.lead_id, cause=Cause.HANDOVER, cause_id=row.pk).latest("pk")
    undo([change.pk], by=by, now=now, decisions=True)
    row.state, row.decided_at, row.decided_by = HandoverState.OPEN, None, None
    row.reason, row.missing, row.note = "", [], ""
    row.save(update_fields=["state", "decided_at", "decided_by", "reason", "missing", "note"])
    lead.owner_id = row.owner_before_id
    lead.save(update_fields=["owner"])
    return row
