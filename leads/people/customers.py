"""Customers come again (R1): renewal, up-sell, cross-sell, a referral, a service or training inquiry."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from leads.lifecycle.hooks import Moved
from leads.lifecycle.locks import lock
from leads.lifecycle.move import FIRST, Move, MoveNotAllowed, PassStart, move
from leads.models import Cause, Channel, Lead, Opportunity, OpportunityState, PassKind
from leads.people.capture import Captured, capture
from leads.people.newcapture import NewCapture
from users.rows import ids_by_slug
from users.transactions import one_transaction

# What we begin with a customer; the other kinds begin with a capture.
BEGUN = frozenset({PassKind.RENEWAL, PassKind.UPSELL, PassKind.CROSS_SELL})
REFERRALS, BY_HAND = "referrals", "manual"
REFERRED_BY = "referred_by"


@one_transaction()
def begin_passes(
    lead_ids: Collection[int], *, kind: PassKind, by: int | None, now: datetime, note: str = ""
) -> list[Moved]:
    """Begin the next pass of customers; who looks after them keeps them. Past deals stay as they are.

    Raises MoveNotAllowed naming everybody who is no customer or whose pass is still open, ValueError for other kinds.
    """
    if kind not in BEGUN:
        raise ValueError(f"{kind} does not begin by itself.")
    _need_customers(lock(lead_ids))
    moves = [
        Move(lead_id=pk, to=FIRST, cause=Cause.PERSON, note=note, begins=PassStart(kind=kind))
        for pk in sorted(lead_ids)
    ]
    return move(moves, by=by, now=now)


@one_transaction()
def inquire(said: Mapping[int, str], *, by: int | None, now: datetime) -> list[Captured]:
    """Customers inquired about service or training: a capture, and a pass of that kind. Raises MoveNotAllowed."""
    leads = lock(said)
    _need_customers(leads)
    channels = ids_by_slug(Channel, [BY_HAND])
    names = {pk: _named(lead) for pk, lead in leads.items()}
    rows = [
        replace(
            names[pk],
            occurred_at=now,
            channel_id=channels.get(BY_HAND),
            payload={"inquiry": text},
            kind=PassKind.SERVICE,
        )
        for pk, text in sorted(said.items())
    ]
    return capture(rows, by=by, now=now, cause=Cause.PERSON)


@one_transaction()
def refer(said: Mapping[int, Sequence[NewCapture]], *, by: int | None, now: datetime) -> list[Captured]:
    """Customers name others: each is captured, with who named them. Raises MoveNotAllowed, IdentityMissing.

    Who named them is not locked: nothing of theirs changes, and new people are made before known ones are locked.
    """
    _need_customers(Lead.objects.in_bulk(said), may_be_open=True)
    channels = ids_by_slug(Channel, [REFERRALS])
    rows = [
        replace(
            row,
            channel_id=channels.get(REFERRALS),
            payload={**row.payload, REFERRED_BY: pk},
            kind=PassKind.REFERRAL,
        )
        for pk, named in sorted(said.items())
        for row in named
    ]
    return capture(rows, by=by, now=now)


def _need_customers(leads: Mapping[int, Lead], *, may_be_open: bool = False) -> None:
    won = set(
        Opportunity.objects.filter(lead__in=leads.keys(), state=OpportunityState.WON).values_list("lead_id", flat=True)
    )
    refused = {pk: "This is no customer yet: nothing has been won." for pk in leads if pk not in won}
    if not may_be_open:
        refused |= {
            pk: "Its pass is still open. It ends before another begins."
            for pk, lead in leads.items()
            if not lead.outcome
        }
    if refused:
        raise MoveNotAllowed(refused)


def _named(lead: Lead) -> NewCapture:
    """The capture that names this lead and nobody else."""
    ids = [(row.system, row.value) for row in lead.external_ids.all()[:1]] if not lead.email else []
    phone = lead.phone if not lead.email and not ids else ""
    return NewCapture(occurred_at=lead.captured_at, email=lead.email or "", external_ids=ids, phone=phone)
