"""The enablement package: everything for the first conversation with a lead that sales accepted (R60, R64)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leads.lifecycle.criteria import main_models
from leads.models import AttributeDefinition, Handover, HandoverState, Lead, Realm, Stage
from leads.queries.bant import panel
from leads.queries.case import dealings
from leads.queries.facts import attribute_facts, people_of
from leads.queries.icp import card as icp_cards
from leads.queries.package import diet, first_contact
from leads.queries.score_card import Card, cards
from leads.queries.scripts import pains_of, sayings
from leads.queries.standing import stations
from leads.queries.timeline import timeline
from leads.views.reach import may_write, readable_lead
from users.calendars import Calendars
from users.clock import database_now
from users.requests import PageRequest

LAST = 8


@require_safe
def lead_package(request: PageRequest, pk: int) -> HttpResponse:
    """What to know and what to say, on one page that prints."""
    lead, now = readable_lead(request, pk), database_now()
    colleagues = people_of(request.user, lead.company, besides=lead)
    company = lead.company
    handover = Handover.objects.filter(lead=lead, cycle=lead.cycle, state=HandoverState.ACCEPTED).last()
    context: dict[str, Any] = {
        "lead": lead,
        "now": now,
        "may_write": may_write(request, lead),
        "calendar": Calendars().of(handover.team_id if handover else request.user.team_id),
        "contact": first_contact(lead),
        "says": sayings(lead),
        "pains": pains_of(lead),
        "stations": stations(lead, list(Stage.objects.order_by("position")), None, None, now),
        "card": _score(lead, now),
        "bants": panel(lead.pk, ()),
        "cards": icp_cards(lead, now),
        "first": Realm.SALES if lead.stage.realm == Realm.SALES else Realm.MARKETING,
        "diet": diet(lead.pk),
        "entries": timeline(lead.pk, size=60, kinds={"activity"}).entries[:LAST],
        "handover": handover,
        "colleagues": colleagues,
        "dealings": dealings(lead, colleagues),
        "company_facts": attribute_facts(company, AttributeDefinition.objects.all(), "company") if company else [],
    }
    return render(request, "leads/package.html", context)


def _score(lead: Lead, now: Any) -> Card | None:
    """The score that counts where the lead stands."""
    found = cards(lead.pk)
    return found.get(main_models(now).get(lead.stage_id, "")) or next(iter(found.values()), None)
