"""The page of one lead."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leads.forms.acts import CallForm, NoteForm
from leads.lifecycle.criteria import in_force, main_models
from leads.models import (
    AttributeDefinition,
    BantState,
    Capture,
    Consent,
    Contactability,
    Lead,
    Realm,
    Stage,
    StageRole,
)
from leads.queries.bant import panel
from leads.queries.company_score import company_score
from leads.queries.facts import attribute_facts, people_of
from leads.queries.journal import stood
from leads.queries.lead_rows import model_ids
from leads.queries.nurture import set_aside
from leads.queries.score_card import cards
from leads.queries.standing import next_goal, stations
from leads.queries.suggestions import suggestion, told
from leads.queries.timeline import BadCursor, Slice, timeline
from leads.views.reach import may_write, open_handovers, readable_lead
from users.access import assesses
from users.clock import database_now
from users.requests import PageRequest


@require_safe
def lead_detail(request: PageRequest, pk: int) -> HttpResponse:
    """Everything known of a lead: stages, timeline, score with reasons, company, consent, BANT."""
    lead = readable_lead(request, pk)
    now = database_now()
    writes = may_write(request, lead)
    definitions = list(AttributeDefinition.objects.all())
    context: dict[str, Any] = {
        "lead": lead,
        "now": now,
        "may_write": writes,
        "slice": _slice(request, lead),
        "handover": open_handovers(request).filter(lead=lead).first(),
        "opportunity": lead.opportunities.filter(cycle=lead.cycle).first(),
        "consent": Consent.objects.filter(lead=lead).order_by("-occurred_at", "-pk").first(),
        "contact": Contactability.objects.get(lead=lead),
        "captures": Capture.objects.filter(lead=lead).select_related("channel", "campaign", "document")[:5],
        "bants": panel(lead.pk, assesses(request.user) if writes else ()),
        "states": BantState.choices,
        "aside": set_aside(lead),
        "colleagues": people_of(request.user, lead.company, besides=lead),
        "company_facts": attribute_facts(lead.company, definitions, "company") if lead.company else [],
        "facts": attribute_facts(lead, definitions, "lead"),
        "external_ids": list(lead.external_ids.all()),
        "call_form": CallForm(auto_id="call_%s"),
        "note_form": NoteForm(auto_id="note_%s"),
        "suggestion": suggestion(lead, request.user, now) if writes else None,
        "stage_told": told(lead.stage),
        **_standing(lead, now),
    }
    context["action"] = primary_action(lead, may_write=writes, may_decide=context["handover"] is not None)
    return render(request, "leads/lead_detail.html", context)


@require_safe
def lead_timeline(request: PageRequest, pk: int) -> HttpResponse:
    """An earlier slice of the timeline, for "show earlier"."""
    lead = readable_lead(request, pk)
    context = {"lead": lead, "now": database_now(), "slice": _slice(request, lead), "last_day": request.GET.get("day")}
    if not request.htmx:
        return render(request, "leads/lead_timeline.html", context)
    return render(request, "leads/_timeline.html", context)


def _slice(request: PageRequest, lead: Lead) -> Slice:
    try:
        return timeline(lead.pk, request.GET.get("before", ""))
    except BadCursor:
        raise Http404 from None


def _standing(lead: Lead, now: Any) -> dict[str, Any]:
    """The stage line and the score the page opens with."""
    stages = list(Stage.objects.order_by("position"))
    goal = next_goal(lead, stages, in_force(now))
    found = cards(lead.pk)
    main = main_models(now).get(lead.stage_id, "")
    card = found.get(main) or next(iter(found.values()), None)
    goal_card = found.get(goal.model_slug) if goal else None
    asked = goal if goal and card and goal.model_slug == card.score.model.slug else None
    return {
        "stood": stood(lead, now),
        "stations": stations(lead, stages, goal, goal_card.score if goal_card else None, now),
        "card": card,
        "company_score": company_score(lead, card.score.model) if card else None,
        "goal": asked,
        "missing": asked.missing(card.score) if asked and card else 0,
        "has_models": bool(found) or bool(model_ids({0: main})),
    }


def primary_action(lead: Lead, *, may_write: bool, may_decide: bool) -> str:
    """The one thing to do next with this lead, by stage and right; empty when there is none."""
    if lead.outcome or lead.archived_at is not None:
        return ""
    if lead.stage.role == StageRole.QUALIFIED and may_decide:
        return "decide"
    if not may_write:
        return ""
    return {
        StageRole.ACCEPTED: "qualify",
        StageRole.SALES_QUALIFIED: "proof",
        StageRole.OPPORTUNITY: "close",
        "": "qualify" if lead.stage.realm == Realm.SALES else "",
    }.get(lead.stage.role, "")
