"""Customers: people whose deals were won, with what they have said of us and what is open with them again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, DateTimeField, Exists, Min, OuterRef, QuerySet, Subquery, Sum

from leads.models import Lead, Opportunity, OpportunityState, Pass
from leads.people.customers import REFERRED_BY
from leads.queries.search import search_leads

OPEN, ENDED = "open", "ended"


def customers(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """The leads of whom a deal was won, with the day of the last win."""
    won = Opportunity.objects.filter(lead=OuterRef("pk"), state=OpportunityState.WON)
    last = won.order_by("-closed_at").values("closed_at")[:1]
    return leads.filter(Exists(won)).annotate(won_at=Subquery(last, output_field=DateTimeField()))


def filtered(leads: QuerySet[Lead], wanted: Mapping[str, Any]) -> QuerySet[Lead]:
    """Narrow customers by the cleaned filters; empty values narrow nothing."""
    if passes := wanted.get("passes"):
        leads = leads.filter(outcome="") if passes == OPEN else leads.exclude(outcome="")
    if wanted.get("advocates"):
        leads = leads.filter(attributes__is_advocate=True)
    if onboarded := wanted.get("onboarded"):
        reached = leads.filter(company__attributes__has_key="onboarded_on")
        leads = reached if onboarded == "yes" else leads.exclude(company__attributes__has_key="onboarded_on")
    if rating := wanted.get("rating"):
        low = {"attributes__experience_rating__lte": 6}
        leads = leads.filter(**low) if rating == "low" else leads.filter(attributes__experience_rating__gte=9)
    return search_leads(leads, wanted.get("q") or "")


SORTS = {"won": "won_at", "name": "first_name", "company": "company__name"}
DEFAULT_SORT = "-won"


@dataclass(frozen=True)
class Customer:
    """One customer as the list shows it."""

    lead: Lead
    won: Sequence[tuple[str, Decimal]]  # by currency
    deals: int
    since: Any
    onboarded_on: date | None
    rating: Any
    is_advocate: bool
    running: Pass | None
    referred: int


def rows_of(leads: Sequence[Lead]) -> list[Customer]:
    """The rows of one page: deals, open passes and referrals in one query each."""
    ids = [lead.pk for lead in leads]
    won = Opportunity.objects.filter(lead__in=ids, state=OpportunityState.WON)
    sums: dict[int, list[tuple[str, Decimal]]] = {}
    counts: dict[int, tuple[int, Any]] = {}
    rows = won.order_by().values_list("lead", "currency").annotate(Sum("amount"), Count("pk"), Min("closed_at"))
    for pk, currency, amount, count, since in rows.order_by("lead", "currency"):
        before, first = counts.get(pk, (0, since))
        counts[pk] = (before + count, min(first, since))
        if amount is not None:
            sums.setdefault(pk, []).append((currency, amount))
    open_ids = {lead.pk: lead.cycle for lead in leads if not lead.outcome}
    running = {row.lead_id: row for row in Pass.objects.filter(lead__in=open_ids) if row.cycle == open_ids[row.lead_id]}
    referred = _referred(ids)
    return [
        Customer(
            lead=lead,
            won=sums.get(lead.pk, []),
            deals=counts[lead.pk][0],
            since=counts[lead.pk][1],
            onboarded_on=_day(lead.company.attributes.get("onboarded_on")) if lead.company else None,
            rating=lead.attributes.get("experience_rating"),
            is_advocate=lead.attributes.get("is_advocate") is True,
            running=running.get(lead.pk),
            referred=referred.get(lead.pk, 0),
        )
        for lead in leads
    ]


def _referred(ids: Sequence[int]) -> dict[int, int]:
    """How many leads each has named: few passes begin so."""
    rows = Pass.objects.filter(kind="referral", **{f"capture__payload__{REFERRED_BY}__in": list(ids)})
    found: dict[int, int] = {}
    for pk in rows.values_list(f"capture__payload__{REFERRED_BY}", flat=True):
        found[pk] = found.get(pk, 0) + 1
    return found


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None
