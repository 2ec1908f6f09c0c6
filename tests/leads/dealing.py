"""Deals and customers that tests of several folders need."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from leads.handover.close import close_won, record_proof
from leads.handover.deals import amend
from leads.handover.decide import Decision, Verb, decide
from leads.models import Handover, Lead, Opportunity
from leads.people.companies import CompanyFacts
from tests.factories import NOW, make_handover, make_lead, make_user
from users.models import User

ACME = CompanyFacts(name="Acme", domain="acme.example")


def make_deal(user: User | None = None, *, company: CompanyFacts = ACME, now: Any = NOW, **terms: Any) -> Opportunity:
    """An open deal of a lead that sales works on."""
    user = user or make_user()
    offer = make_handover(make_lead(company=company, now=now), now=now)
    accept(offer, user, now=now)
    deal = Opportunity.objects.get(lead=offer.lead_id)
    if terms:
        amend({deal.pk: terms}, by=user.pk, now=now - timedelta(hours=1))
        deal.refresh_from_db()
    return deal


def accept(offer: Handover, user: User, *, now: Any = NOW) -> None:
    """Take the lead and record the proof: it is an opportunity."""
    decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=user.pk, now=now)
    record_proof(offer.lead_id, form="oral", text="They want it.", by=user.pk, now=now)


def make_customer(user: User | None = None, *, amount: int = 100, now: Any = NOW, **fields: Any) -> Lead:
    """A lead that was won."""
    user = user or make_user()
    offer = make_handover(make_lead(**{"company": ACME, "now": now, **fields}), now=now)
    accept(offer, user, now=now)
    close_won(offer.lead_id, amount=Decimal(amount), currency="EUR", by=user.pk, now=now)
    return Lead.objects.select_related("stage").get(pk=offer.lead_id)
