"""Importing opportunities: deals under the ids of another system, with their companies, without leads."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from capture.imports.presets import OpportunityFacts
from capture.imports.run import Fate, Read, Result
from leads.handover.named import Kept, NamedDeal, keep_deals
from leads.models import OpportunityState
from leads.people.companies import CompanyFacts, upsert_companies

Rows = Sequence[Read[OpportunityFacts]]
_NOTHING = CompanyFacts()


@transaction.atomic
def import_opportunities(rows: Rows, *, system: str, by: int | None, now: datetime) -> list[Result]:
    """Keep the deals of these rows. A deal named again waits until its first row is stored."""
    results: dict[int, Result] = {}
    waiting: list[Read[OpportunityFacts]] = []
    for row in rows:
        if row.facts.state != OpportunityState.OPEN and row.facts.closed_at is None:
            results[row.line] = Result(Fate.REFUSED, row.facts.moment, "A closed deal needs the day it was closed.")
        else:
            waiting.append(row)
    companies = upsert_companies([row.facts.company or _NOTHING for row in waiting], by=by, now=now, wakes=False)
    ids = dict(zip((row.line for row in waiting), companies, strict=True))
    while waiting:
        first = {row.facts.external_id: row for row in reversed(waiting)}
        kept = keep_deals(system, [_deal(row.facts, ids[row.line]) for row in first.values()])
        for row, done in zip(first.values(), kept, strict=True):
            results[row.line] = Result(Fate(done), flag="" if done == Kept.UNCHANGED else _odd(row.facts, now))
        waiting = [row for row in waiting if first[row.facts.external_id] is not row]
    return [results[row.line] for row in rows]


def _deal(facts: OpportunityFacts, company_id: int | None) -> NamedDeal:
    return NamedDeal(
        external_id=facts.external_id,
        state=facts.state,
        company_id=company_id,
        amount=facts.amount,
        currency=facts.currency,
        opened_at=facts.opened_at,
        closed_at=facts.closed_at,
        data=facts.data,
    )


def _odd(facts: OpportunityFacts, now: datetime) -> str:
    """What is odd about the order of times; it is told, never refused."""
    if facts.opened_at and facts.closed_at and facts.closed_at < facts.opened_at:
        return "closed before it was opened"
    return "closed in the future" if facts.closed_at and facts.closed_at > now else ""
