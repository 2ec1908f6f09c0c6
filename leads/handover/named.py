"""Deals that another system knows by its own id, with or without a lead here."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import connection

from leads.models import OpportunityState
from users.transactions import one_transaction


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedDeal:
    """A deal as the other system holds it. None says nothing and overwrites nothing."""

    external_id: str
    state: OpportunityState
    company_id: int | None = None
    amount: Decimal | None = None
    currency: str = ""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


class Kept(StrEnum):
    """What keeping a deal did."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@one_transaction()
def keep_deals(system: str, deals: Sequence[NamedDeal]) -> list[Kept]:
    """Store deals under their ids, one a deal; a closed one is never opened again. Returns what each became."""
    if len({deal.external_id for deal in deals}) < len(deals):
        raise ValueError("One row a deal: the second would change what the first has just stored.")
    rows = [
        (
            deal.external_id,
            str(deal.state),
            deal.company_id,
            deal.amount,
            deal.currency,
            deal.opened_at,
            deal.closed_at,
            json.dumps(dict(deal.data)),
        )
        for deal in deals
    ]
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [system, *map(list, zip(*rows, strict=True))])
        done = {name: Kept.NEW if is_new else Kept.UPDATED for name, is_new in cursor.fetchall()}
    return [done.get(deal.external_id, Kept.UNCHANGED) for deal in deals]


_KEEP = """
INSERT INTO leads_opportunity AS o
       (system, external_id, state, company_id, amount, currency, reason, opened_at, closed_at, data)
SELECT %s, external_id, state, company_id, amount, currency, '', opened_at, closed_at, data::jsonb
FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::numeric[], %s::text[], %s::timestamptz[], %s::timestamptz[],
            %s::text[]) AS d (external_id, state, company_id, amount, currency, opened_at, closed_at, data)
ON CONFLICT (system, external_id) DO UPDATE SET
    state = CASE WHEN excluded.state = 'open' THEN o.state ELSE excluded.state END,
    closed_at = CASE WHEN excluded.state = 'open' THEN o.closed_at ELSE excluded.closed_at END,
    company_id = coalesce(excluded.company_id, o.company_id),
    amount = coalesce(excluded.amount, o.amount),
    currency = CASE WHEN excluded.amount IS NULL THEN o.currency ELSE excluded.currency END,
    opened_at = coalesce(excluded.opened_at, o.opened_at),
    data = o.data || excluded.data
WHERE NOT (
    (excluded.state = 'open' OR (excluded.state, excluded.closed_at) IS NOT DISTINCT FROM (o.state, o.closed_at))
    AND (excluded.company_id IS NULL OR excluded.company_id IS NOT DISTINCT FROM o.company_id)
    AND (excluded.amount IS NULL OR (excluded.amount, excluded.currency) IS NOT DISTINCT FROM (o.amount, o.currency))
    AND (excluded.opened_at IS NULL OR excluded.opened_at IS NOT DISTINCT FROM o.opened_at)
    AND o.data @> excluded.data)
RETURNING external_id, xmax = 0
"""
