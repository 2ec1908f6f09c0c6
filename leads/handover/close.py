"""What sales records after acceptance: proof of intent, won, lost."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from leads.handover.deals import journal_line
from leads.lifecycle.hooks import Moved
from leads.lifecycle.locks import lock
from leads.lifecycle.move import Move, MoveNotAllowed, move
from leads.models import (
    Cause,
    Opportunity,
    OpportunityChange,
    Outcome,
    Proof,
    Realm,
    Reason,
    ReasonKind,
    Stage,
    StageRole,
)
from users.rows import insert


@dataclass(frozen=True, kw_only=True, slots=True)
class Deal:
    """How the pass of a lead closed: won or lost, for how much. `closed_at` None means now."""

    lead_id: int
    outcome: Outcome
    amount: Decimal | None = None
    currency: str = ""
    reason: str = ""
    note: str = ""
    closed_at: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def record_proof(lead_id: int, *, form: str, text: str, by: int, now: datetime) -> Moved:
    """Record explicit proof of intent: the lead becomes an opportunity. Raises MoveNotAllowed, ValueError."""
    if form not in Proof.Form.values or not text.strip():
        raise ValueError("Say how the intent was shown and what was said or done.")
    lead = lock([lead_id])[lead_id]
    if lead.stage.realm != Realm.SALES or lead.stage.role == StageRole.OPPORTUNITY or lead.outcome:
        raise MoveNotAllowed({lead_id: "Proof is recorded for leads that sales works on."})
    proof = Proof.objects.create(
        lead=lead, cycle=lead.cycle, form=form, text=text.strip(), occurred_at=now, recorded_at=now, by_id=by
    )
    stage = Stage.objects.get(role=StageRole.OPPORTUNITY)
    (moved,) = move([Move(lead_id=lead_id, to=stage.slug, cause=Cause.PROOF, cause_id=proof.pk)], by=by, now=now)
    Opportunity.objects.get_or_create(lead_id=lead_id, cycle=lead.cycle, defaults={"opened_at": now})
    return moved


def close_won(lead_id: int, *, amount: Decimal | None, currency: str, by: int, now: datetime, note: str = "") -> Moved:
    """Close the pass of one lead as won, with its amount. Raises MoveNotAllowed."""
    deal = Deal(lead_id=lead_id, outcome=Outcome.WON, amount=amount, currency=currency, note=note)
    return close([deal], by=by, now=now)[0]


def close_lost(lead_id: int, *, reason: str, by: int, now: datetime, note: str = "") -> Moved:
    """Close the pass of one lead as lost, with its reason. Raises MoveNotAllowed, ValueError."""
    return close([Deal(lead_id=lead_id, outcome=Outcome.LOST, reason=reason, note=note)], by=by, now=now)[0]


@transaction.atomic
def close(deals: Sequence[Deal], *, by: int | None, now: datetime, cause: Cause = Cause.PERSON) -> list[Moved]:
    """Close passes, one deal a lead, all or none. An import closes from any stage: those between are passed through.

    An amount that is not given says nothing: what was agreed on the way stands; one that differs is journaled.

    Raises MoveNotAllowed naming every refused lead, ValueError for a person's loss without an administered reason.
    """
    if cause == Cause.PERSON:
        _check_reasons(deals)
    wishes = [
        Move(
            lead_id=deal.lead_id,
            to=deal.outcome,
            cause=cause,
            occurred_at=deal.closed_at,
            reason=deal.reason,
            note=deal.note,
        )
        for deal in deals
    ]
    moved = move(wishes, by=by, now=now)
    _journal_amounts(moved, deals, by=by, now=now)
    rows = [
        (
            m.lead_id,
            m.cycle,
            str(deal.outcome),
            deal.amount,
            deal.currency,
            deal.reason,
            deal.closed_at or now,
            json.dumps(dict(deal.data)),
        )
        for m, deal in zip(moved, deals, strict=True)
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_STORE, [*map(list, zip(*rows, strict=True))])
    return moved


def _journal_amounts(moved: Sequence[Moved], deals: Sequence[Deal], *, by: int | None, now: datetime) -> None:
    """Keep what amounts were before the closing named others."""
    said = {(m.lead_id, m.cycle): deal for m, deal in zip(moved, deals, strict=True) if deal.amount is not None}
    lines = []
    for row in Opportunity.objects.filter(lead__in={lead_id for lead_id, _cycle in said}):
        deal = said.get((row.lead_id or 0, row.cycle or 0))
        if deal is not None and row.amount is not None and (row.amount, row.currency) != (deal.amount, deal.currency):
            before = {"amount": row.amount, "currency": row.currency}
            after = {"amount": deal.amount, "currency": deal.currency}
            lines.append(journal_line(row.pk, before, after, by=by, now=now))
    insert(OpportunityChange, lines)


_STORE = """
INSERT INTO leads_opportunity (lead_id, cycle, state, amount, currency, reason, closed_at, data)
SELECT lead_id, cycle, state, amount, currency, reason, closed_at, data::jsonb
FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::numeric[], %s::text[], %s::text[], %s::timestamptz[], %s::text[])
     AS d (lead_id, cycle, state, amount, currency, reason, closed_at, data)
ON CONFLICT (lead_id, cycle) DO UPDATE SET state = excluded.state,
    amount = coalesce(excluded.amount, leads_opportunity.amount),
    currency = CASE WHEN excluded.amount IS NULL AND leads_opportunity.amount IS NOT NULL
                    THEN leads_opportunity.currency ELSE excluded.currency END,
    reason = excluded.reason, closed_at = excluded.closed_at,
    data = leads_opportunity.data || excluded.data
"""


def sync_opportunities(moved: Sequence[Moved], now: datetime) -> None:
    """After a move was taken back: its deal is open again, or gone where the lead is no opportunity any more."""
    open_again = [m for m in moved if m.cause == Cause.UNDO and not m.outcome]
    if not open_again:
        return
    with connection.cursor() as cursor:
        pairs = [[m.lead_id for m in open_again], [m.cycle for m in open_again]]
        cursor.execute(_DROP, pairs)
        cursor.execute(_REOPEN, pairs)


_DROP = """
DELETE FROM leads_opportunity o USING unnest(%s::bigint[], %s::int[]) AS u (lead_id, cycle)
WHERE o.lead_id = u.lead_id AND o.cycle = u.cycle AND NOT EXISTS (
    SELECT FROM leads_stagechange h JOIN leads_stage st ON st.id = h.to_stage_id
    WHERE h.lead_id = o.lead_id AND h.cycle = o.cycle AND st.role = 'opportunity' AND h.outcome = ''
      AND h.undoes_id IS NULL AND NOT EXISTS (SELECT FROM leads_stagechange t WHERE t.undoes_id = h.id))
"""
_REOPEN = """
UPDATE leads_opportunity o SET state = 'open', reason = '', closed_at = NULL
FROM unnest(%s::bigint[], %s::int[]) AS u (lead_id, cycle)
WHERE o.lead_id = u.lead_id AND o.cycle = u.cycle AND o.state <> 'open'
"""


def _check_reasons(deals: Sequence[Deal]) -> None:
    given = {deal.reason for deal in deals if deal.outcome == Outcome.LOST}
    if given and given - set(
        Reason.objects.filter(kind=ReasonKind.LOST, is_active=True).values_list("slug", flat=True)
    ):
        raise ValueError("Give one of the administered reasons.")
