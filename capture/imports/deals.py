"""Importing closed deals: the lead passes through all stages to its outcome, flagged, and rests there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from capture.imports.presets import DealFacts
from capture.imports.run import Fate, Read, Result
from leads.handover.close import Deal, close
from leads.handover.deals import amend
from leads.lifecycle.move import MoveNotAllowed, StageRetired
from leads.models import Cause, Lead, Opportunity, StageChange
from leads.people.edit import edit_leads
from leads.people.identity import known_people

EARLY = "dated before the capture of its lead"
Rows = Sequence[Read[DealFacts]]


@dataclass(frozen=True)
class _Known:
    """Where the leads of a batch stand: their deals of this import and their attributes."""

    deals: Mapping[int, Opportunity]
    attributes: Mapping[int, Mapping[str, Any]]


@transaction.atomic
def import_deals(rows: Rows, *, preset: str, by: int | None, now: datetime) -> list[Result]:
    """Close the passes of these rows' leads as the file says.

    A deal that came before by this preset is corrected where amount, attributes or particulars differ, and refused
    where it closed at another time: the journal is not rewritten.
    """
    people = known_people([[row.facts.person] for row in rows])
    results: dict[int, Result] = {}
    waiting: list[tuple[int, Read[DealFacts]]] = []
    for row in rows:
        lead_id = people.get(row.facts.person)
        if lead_id is None:
            reason = f"No lead is known as {':'.join(row.facts.person)}. Import the leads first."
            results[row.line] = Result(Fate.REFUSED, row.facts.key, reason)
        else:
            waiting.append((lead_id, row))
    while waiting:
        # A lead named again waits until its first row is done.
        first = dict(reversed(waiting))
        results |= _settle(first, preset, by=by, now=now)
        waiting = [(lead_id, row) for lead_id, row in waiting if first[lead_id] is not row]
    return [results[row.line] for row in rows]


def _settle(wanted: Mapping[int, Read[DealFacts]], preset: str, *, by: int | None, now: datetime) -> dict[int, Result]:
    """Close, correct or leave alone one deal a lead; results by line."""
    known = _known(wanted, preset)
    results: dict[int, Result] = {}
    fresh: dict[int, Read[DealFacts]] = {}
    changed: dict[int, Read[DealFacts]] = {}
    for lead_id, row in wanted.items():
        stored = known.deals.get(lead_id)
        if stored is None:
            fresh[lead_id] = row
        elif stored.closed_at != row.facts.deal.closed_at:
            reason = f"Imported before as closed on {stored.closed_at:%Y-%m-%d %H:%M} UTC; that stands in the journal."
            results[row.line] = Result(Fate.REFUSED, row.facts.moment, reason)
        elif _differs(row.facts, stored, known.attributes[lead_id]):
            changed[lead_id] = row
            results[row.line] = Result(Fate.UPDATED)
        else:
            results[row.line] = Result(Fate.UNCHANGED)
    results |= _close(fresh, preset, by=by, now=now)
    if changed:
        terms = {known.deals[pk].pk: _terms(row.facts.deal) for pk, row in changed.items()}
        amend(terms, by=by, now=now)
        _describe(changed, by=by, now=now)
    return results


def _known(lead_ids: Iterable[int], preset: str) -> _Known:
    stored = Opportunity.objects.filter(lead_id__in=list(lead_ids), data__import=preset).order_by("cycle")
    deals = {deal.lead_id: deal for deal in stored if deal.lead_id is not None}
    return _Known(deals, dict(Lead.objects.filter(pk__in=deals).values_list("pk", "attributes")))


def _differs(said: DealFacts, stored: Opportunity, attributes: Mapping[str, Any]) -> bool:
    terms = _terms(said.deal)
    data = terms.pop("data")
    return (
        any(getattr(stored, name) != value for name, value in terms.items())
        or not data.items() <= stored.data.items()
        or not said.attributes.items() <= attributes.items()
    )


def _terms(deal: Deal) -> dict[str, Any]:
    """What the file says of the deal: an amount that is not given says nothing."""
    terms: dict[str, Any] = {"data": dict(deal.data)}
    return terms if deal.amount is None else {**terms, "amount": deal.amount, "currency": deal.currency}


def _close(wanted: dict[int, Read[DealFacts]], preset: str, *, by: int | None, now: datetime) -> dict[int, Result]:
    """Close passes; those that the line refuses are told, the others stand."""
    results: dict[int, Result] = {}
    while wanted:
        deals = [
            replace(row.facts.deal, lead_id=lead_id, data={**row.facts.deal.data, "import": preset})
            for lead_id, row in wanted.items()
        ]
        try:
            moved = close(deals, by=by, now=now, cause=Cause.IMPORT)
        except StageRetired:  # says nothing about the deals: whoever imports tries again
            raise
        except MoveNotAllowed as error:
            for lead_id, reason in error.reasons.items():
                row = wanted.pop(lead_id)
                results[row.line] = Result(Fate.REFUSED, row.facts.key, reason)
            continue
        _describe(wanted, by=by, now=now)
        changes = [m.change_id for m in moved]
        early = set(StageChange.objects.filter(pk__in=changes, out_of_order=True).values_list("lead_id", flat=True))
        return results | {row.line: Result(Fate.NEW, flag=EARLY if pk in early else "") for pk, row in wanted.items()}
    return results


def _describe(rows: Mapping[int, Read[DealFacts]], *, by: int | None, now: datetime) -> None:
    """What the deals say about their leads; blanks say nothing."""
    edits = {pk: {"attributes": row.facts.attributes} for pk, row in rows.items() if row.facts.attributes}
    edit_leads(edits, by=by, now=now, wakes=False)
