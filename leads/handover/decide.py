"""Deciding on handovers: accept, reject, return, duplicate. Exactly one decision wins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from leads.activity.news import publish
from leads.lifecycle.locks import lock
from leads.lifecycle.move import Move, move
from leads.lifecycle.undo import UndoNotPossible, undo
from leads.models import (
    Cause,
    Handover,
    HandoverState,
    Lead,
    Outcome,
    Reason,
    ReasonKind,
    Stage,
    StageChange,
    StageRole,
)


class Verb(StrEnum):
    """What sales may say to an offer."""

    ACCEPT = "accept"
    REJECT = "reject"
    RETURN = "return"
    DUPLICATE = "duplicate"


STATES: Mapping[Verb, HandoverState] = {
    Verb.ACCEPT: HandoverState.ACCEPTED,
    Verb.REJECT: HandoverState.REJECTED,
    Verb.RETURN: HandoverState.RETURNED,
    Verb.DUPLICATE: HandoverState.DUPLICATE,
}
REASONS: Mapping[Verb, ReasonKind] = {Verb.REJECT: ReasonKind.REJECT, Verb.RETURN: ReasonKind.RETURN}
DUPLICATE = "duplicate"  # the reason of the kind "disqualified" that a duplicate is given
SAID = ["state", "decided_at", "decided_by", "reason", "missing", "note", "duplicate_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """One decision. A reason's slug is required to reject or return; `missing` says what a returned lead lacks.

    `duplicate_of` is the id of the lead that is the same person; the door makes sure that the caller may read it.
    """

    handover_id: int
    verb: Verb
    reason: str = ""
    missing: Sequence[str] = field(default_factory=tuple)
    note: str = ""
    duplicate_of: int | None = None


class AlreadyDecided(Exception):
    """Somebody was faster. `handover` says who, what and when."""

    def __init__(self, handover: Handover) -> None:
        self.handover = handover
        who = str(handover.decided_by or "the system")
        super().__init__(f"{handover.get_state_display()} by {who} at {handover.decided_at:%Y-%m-%d %H:%M} UTC.")


class Incomplete(Exception):
    """A decision that does not say enough. `field` is the part of it that is at fault."""

    def __init__(self, why: str, field_name: str = "reason") -> None:
        super().__init__(why)
        self.field = field_name


class ReasonRequired(Incomplete):
    """To reject or return, one of the administered reasons must be given; what is missing comes from a list, too."""


class DuplicateNotPossible(Incomplete):
    """No lead, an archived one or the same one was named as the original."""

    def __init__(self, why: str) -> None:
        super().__init__(why, "duplicate_of")


@transaction.atomic
def decide(decisions: Sequence[Decision], *, by: int, now: datetime) -> list[Handover]:
    """Decide on handovers, all or nothing; `by` is the sales user's id.

    Accepted leads enter the accepted stage and belong to `by`; rejected ones and duplicates are disqualified; returned
    ones go back to the engaged stage and their former owner, and rest until something new happens (R3, R61).
    Raises AlreadyDecided for the first that is no longer open, ReasonRequired and DuplicateNotPossible.
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
    _check_originals(rows, wanted)
    for row in rows:
        decision = wanted[row.pk]
        row.state, row.decided_at, row.decided_by_id = STATES[decision.verb], now, by
        row.reason, row.missing, row.note = _reason(decision), list(decision.missing), decision.note
        row.duplicate_of_id = decision.duplicate_of if decision.verb == Verb.DUPLICATE else None
    Handover.objects.bulk_update(rows, SAID)
    stages = _destinations()
    move([_move(wanted[row.pk], row, stages, by) for row in rows], by=by, now=now)
    publish("handover_decided", (row.lead_id for row in rows), now=now)
    return rows


def _destinations() -> dict[str, str]:
    """Stage slugs by role. Without an engaged stage leads are returned to the one before the qualified stage."""
    rows = list(Stage.objects.order_by("position"))
    by_role = {stage.role: stage.slug for stage in rows if stage.role}
    if StageRole.ENGAGED not in by_role:
        qualified = next(place for place, stage in enumerate(rows) if stage.role == StageRole.QUALIFIED)
        by_role[StageRole.ENGAGED] = rows[qualified - 1].slug
    return by_role


def _move(decision: Decision, row: Handover, stages: Mapping[str, str], by: int) -> Move:
    to, owner = {
        Verb.ACCEPT: (stages[StageRole.ACCEPTED], by),
        Verb.REJECT: (Outcome.DISQUALIFIED.value, row.owner_before_id),
        Verb.RETURN: (stages[StageRole.ENGAGED], row.owner_before_id),
        Verb.DUPLICATE: (Outcome.DISQUALIFIED.value, row.owner_before_id),
    }[decision.verb]
    return Move(
        lead_id=row.lead_id,
        to=to,
        cause=Cause.HANDOVER,
        cause_id=row.pk,
        reason=_reason(decision),
        note=decision.note,
        set_owner=True,
        owner_id=owner,
    )


def _reason(decision: Decision) -> str:
    return DUPLICATE if decision.verb == Verb.DUPLICATE else decision.reason


def _check_reasons(decisions: Sequence[Decision]) -> None:
    needed = [(REASONS[d.verb], d.reason, "reason") for d in decisions if d.verb in REASONS]
    needed += [(ReasonKind.MISSING, slug, "missing") for d in decisions for slug in d.missing]
    if needed:
        known = set(Reason.objects.filter(is_active=True).values_list("kind", "slug"))
        for kind, slug, part in needed:
            if (kind, slug) not in known:
                names = ", ".join(sorted(s for k, s in known if k == kind))
                what = "Give a reason." if part == "reason" else f"{slug[:60]!r} is not on the list."
                raise ReasonRequired(f"{what} Choose from: {names}.", part)


def _check_originals(rows: Sequence[Handover], wanted: Mapping[int, Decision]) -> None:
    """The other lead of a duplicate stands, and is another."""
    pairs = [(row.lead_id, wanted[row.pk].duplicate_of) for row in rows if wanted[row.pk].verb == Verb.DUPLICATE]
    if not pairs:
        return
    named = {original for _lead, original in pairs if original is not None}
    standing = set(Lead.objects.filter(pk__in=named, archived_at=None).values_list("pk", flat=True))
    for lead_id, original in pairs:
        if original == lead_id:
            raise DuplicateNotPossible("A lead is no duplicate of itself. Choose the other one.")
        if original not in standing:
            raise DuplicateNotPossible("Choose the lead that it duplicates: one that is not archived.")


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
    row.reason, row.missing, row.note, row.duplicate_of = "", [], "", None
    row.save(update_fields=SAID)
    lead.owner_id = row.owner_before_id
    lead.save(update_fields=["owner"])
    return row
