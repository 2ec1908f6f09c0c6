"""The inbox: offers to decide on, one after the other. The acts stand in leads.views.decisions."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from leads.forms.decisions import DuplicateForm, RejectForm, ReturnForm, SnoozeForm
from leads.models import AttributeDefinition, Handover, Realm, Stage, StageRole
from leads.queries.case import dealings, last_acts, routed, why
from leads.queries.facts import attribute_facts, bant_parts, latest_bant, people_of
from leads.queries.queue import Offer, Queue, qualifying_goal, queue, with_everything
from leads.queries.scripts import sayings
from leads.queries.standing import Goal, stations
from leads.views.reach import open_handovers, waiting_handovers
from users.access import Right, has_right
from users.calendars import Calendars
from users.clock import database_now
from users.models import User
from users.requests import PageRequest


def need_decider(user: User) -> None:
    """Refuse those who decide on nothing."""
    if not has_right(user, Right.DECIDE_HANDOVERS):
        raise PermissionDenied("Only sales decides on leads handed over.")


@require_safe
def inbox(request: PageRequest) -> HttpResponse:
    """The queue of open offers and the one at hand, named by `?handover=`; `?snoozed` shows those put aside."""
    need_decider(request.user)
    return inbox_page(request, request.GET.get("handover", ""))


@require_safe
def inbox_case(request: PageRequest, pk: int) -> HttpResponse:
    """One offer alone: what comes next is looked up while the one before it is read."""
    need_decider(request.user)
    now, at_hand = database_now(), with_everything(open_handovers(request), pk)
    if at_hand is None:
        raise Http404
    if not request.htmx:
        return redirect(f"{reverse('leads:inbox')}?handover={pk}")
    goal = qualifying_goal(now)
    found = queue(open_handovers(request).filter(pk=pk), goal, now, at_hand)
    return render(request, "leads/_inbox_case.html", _context(request, found, goal, now) | {"is_ahead": True})


def inbox_page(
    request: PageRequest, wanted: str, status: int = 200, boxes: dict[str, Any] | None = None
) -> HttpResponse:
    """The inbox with the wanted offer at hand; htmx gets what changes. `boxes` come back with what is wrong in them."""
    now = database_now()
    goal, within = qualifying_goal(now), open_handovers(request)
    snoozed = within.filter(snoozed_until__gt=now)
    shown = snoozed if "snoozed" in request.GET else waiting_handovers(request, now)
    # One named by address may have been put aside: it is shown all the same.
    at_hand = with_everything(within, wanted) if wanted.isdecimal() and len(wanted) < 19 else None
    found = queue(shown, goal, now, at_hand)
    context = _context(request, found, goal, now) | {"snoozed": snoozed[:100].count(), **(boxes or {})}
    if not request.htmx:
        return render(request, "leads/inbox.html", context, status=status)
    response = render(request, "leads/_inbox_step.html", context, status=status)
    place = f"?handover={found.offer.handover.pk}" if found.offer else ""
    response["HX-Replace-Url"] = reverse("leads:inbox") + place
    return response


def _context(request: PageRequest, found: Queue, goal: Goal | None, now: Any) -> dict[str, Any]:
    offer = found.offer
    calendar = Calendars().of(offer.handover.team_id if offer else request.user.team_id)
    context: dict[str, Any] = {"now": now, "queue": found, "goal": goal, "calendar": calendar}
    context["opens_at"] = None if calendar.open_at(now) else calendar.next_open(now)
    context["is_aside"] = "snoozed" in request.GET
    if offer is None:
        return context
    boxes = {
        "reject_form": RejectForm(auto_id="reject_%s"),
        "return_form": ReturnForm(auto_id="return_%s"),
        "duplicate_form": DuplicateForm(auto_id="duplicate_%s"),
        "snooze_form": SnoozeForm(auto_id="snooze_%s", calendar=calendar, now=now),
    }
    return context | boxes | _case(request, offer, goal, now)


def _case(request: PageRequest, offer: Offer, goal: Goal | None, now: Any) -> dict[str, Any]:
    """Everything known of the lead at hand."""
    handover, lead = offer.handover, offer.handover.lead
    bant = latest_bant(lead.pk).get(Realm.MARKETING)
    stages = list(Stage.objects.order_by("position"))
    colleagues = people_of(request.user, lead.company, besides=lead)
    accepted = next((stage for stage in stages if stage.role == StageRole.ACCEPTED), None)
    return {
        "offer": offer,
        "lead": lead,
        "card": why(lead.pk, goal),
        "acts": last_acts(lead.pk),
        "stations": stations(lead, stages, None, None, now),
        "bant": bant,
        "bant_parts": bant_parts(bant),
        "company_facts": _company_facts(offer.handover),
        "colleagues": colleagues,
        "dealings": dealings(lead, colleagues),
        "opener": next(iter(sayings(lead, accepted).points), None),
        "routed": routed(handover, request.user),
        "is_mine": handover.assignee_id == request.user.pk,
        "may_release": handover.assignee_id is not None and handover.team_id is not None,
    }


def _company_facts(handover: Handover) -> list[dict[str, Any]]:
    company = handover.lead.company
    return attribute_facts(company, AttributeDefinition.objects.all(), "company") if company else []
