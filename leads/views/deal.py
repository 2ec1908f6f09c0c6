"""One opportunity: its terms, milestones, stakeholders and history; and its short form on the lead's page."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.access import leads_for_user
from leads.access.deals import opportunities_for_user
from leads.forms.deals import MilestoneForm, StakeholderForm, TermsForm
from leads.handover.deals import (
    NewMilestone,
    Stake,
    add_milestones,
    amend,
    drop_milestones,
    edit_milestones,
    set_stakeholders,
    undo_amendment,
)
from leads.lifecycle.undo import UndoNotPossible
from leads.models import BuyingRole, Milestone, Opportunity, OpportunityChange
from leads.nudge import nudge
from leads.queries.committee import committee, engagement_of, gaps
from leads.queries.deal_page import cautions, clock_of, history, missing_of, particulars
from leads.queries.deals import today_of, whole
from leads.views.acts import say
from leads.views.reach import NOT_YOURS, readable_lead
from users.clock import database_now
from users.requests import PageRequest

COLLEAGUES = 100


def readable_deal(request: PageRequest, pk: int) -> Opportunity:
    """The deal, or 404 outside the user's reach."""
    return get_object_or_404(whole(opportunities_for_user(request.user)), pk=pk)


def may_write_deal(request: PageRequest, deal: Opportunity) -> bool:
    """Whether the user may change the deal."""
    return opportunities_for_user(request.user, "write").filter(pk=deal.pk).exists()


def writable_deal(request: PageRequest, pk: int) -> Opportunity:
    """The deal, 404 outside the user's reach, 403 where it may only be read."""
    deal = readable_deal(request, pk)
    if not may_write_deal(request, deal):
        raise PermissionDenied(NOT_YOURS)
    return deal


@require_safe
def deal_detail(request: PageRequest, pk: int) -> HttpResponse:
    """Everything agreed about a deal."""
    deal = readable_deal(request, pk)
    return _page(request, deal, _forms(request, deal))


def _forms(request: PageRequest, deal: Opportunity, **bound: Any) -> dict[str, Any]:
    people = _people(request, deal)
    return {
        "milestone_form": MilestoneForm(auto_id="step_%s"),
        "stakeholder_form": StakeholderForm(people=people, auto_id="stake_%s"),
        **bound,
    }


def _people(request: PageRequest, deal: Opportunity) -> Any:
    """Who may have a say: the people of the buyer whom the user sees."""
    mine = leads_for_user(request.user).filter(archived_at=None)
    buyer = deal.buyer
    found = mine.filter(company=buyer) if buyer is not None else mine.filter(pk__in=[deal.lead_id])
    return found.order_by("first_name", "last_name", "pk")


def _page(request: PageRequest, deal: Opportunity, forms: dict[str, Any], status: int = 200) -> HttpResponse:
    now = database_now()
    stakes = list(deal.stakeholders.all())
    seats = committee([stake.lead for stake in stakes], {stake.lead_id: stake.role for stake in stakes})
    lead = deal.lead
    sees_lead = lead is not None and leads_for_user(request.user).filter(pk=lead.pk).exists()
    context: dict[str, Any] = {
        "deal": deal,
        "lead": lead,
        "sees_lead": sees_lead,
        "now": now,
        "today": today_of(now),
        "may_write": may_write_deal(request, deal),
        "is_current": lead is not None and deal.state == "open" and not lead.outcome and lead.cycle == deal.cycle,
        "missing": missing_of(deal),
        "cautions": cautions(deal),
        "clock": clock_of(deal),
        "stakes": stakes,
        "seats": seats,
        "gaps": gaps(seats),
        "engagement": engagement_of([stake.lead_id for stake in stakes]),
        "history": history(deal),
        "particulars": particulars(deal),
        "roles": BuyingRole.choices,
        **forms,
    }
    return render(request, "leads/deal_detail.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def deal_edit(request: PageRequest, pk: int) -> HttpResponse:
    """Change the terms."""
    deal = writable_deal(request, pk)
    form = TermsForm(request.POST if request.method == "POST" else None, deal=deal)
    if not form.is_valid():
        context = {"deal": deal, "form": form, "title": _("Terms")}
        return render(request, "leads/deal_edit.html", context, status=422 if form.errors else 200)
    changes = amend({deal.pk: form.cleaned_data}, by=request.user.pk, now=database_now())
    nudge()
    undo = reverse("leads:deal_change_undo", args=[changes[deal.pk]]) if changes else ""
    say(request, _("Terms saved"), undo=undo)
    return redirect("leads:deal_detail", pk=deal.pk)


@require_POST
def deal_change_undo(request: PageRequest, pk: int) -> HttpResponse:
    """Take back one's own change of terms."""
    change = get_object_or_404(OpportunityChange, pk=pk)
    deal = writable_deal(request, change.opportunity_id)
    if change.by_id != request.user.pk:
        raise PermissionDenied("Only the person who changed the terms can take it back.")
    try:
        undo_amendment(change.pk, by=request.user.pk, now=database_now())
    except UndoNotPossible as refused:
        messages.error(request, str(refused))
    else:
        nudge()
        say(request, _("Taken back"))
    if set(change.after) == {"expected_close_on"}:
        return redirect("leads:deal_board")
    return redirect("leads:deal_detail", pk=deal.pk)


@require_POST
def milestone_add(request: PageRequest, pk: int) -> HttpResponse:
    """Agree on a step with the customer."""
    deal = writable_deal(request, pk)
    form = MilestoneForm(request.POST, auto_id="step_%s")
    if not form.is_valid():
        return _page(request, deal, _forms(request, deal, milestone_form=form), status=422)
    add_milestones([NewMilestone(deal_id=deal.pk, **form.cleaned_data)], by=request.user.pk, now=database_now())
    nudge()
    say(request, _("Milestone added"))
    return redirect("leads:deal_detail", pk=deal.pk)


def _milestone(request: PageRequest, pk: int, milestone: int) -> Milestone:
    return get_object_or_404(Milestone, opportunity=writable_deal(request, pk), pk=milestone)


@require_http_methods(["GET", "HEAD", "POST"])
def milestone_edit(request: PageRequest, pk: int, milestone: int) -> HttpResponse:
    """Change a step, or take it off."""
    step = _milestone(request, pk, milestone)
    form = MilestoneForm(request.POST if request.method == "POST" else None, instance=step)
    if form.is_valid():
        edit_milestones({step.pk: form.cleaned_data}, by=request.user.pk, now=database_now())
        nudge()
        say(request, _("Milestone saved"))
        return redirect("leads:deal_detail", pk=pk)
    context = {"deal": step.opportunity, "form": form, "title": _("Milestone"), "step": step}
    return render(request, "leads/deal_edit.html", context, status=422 if form.errors else 200)


@require_POST
def milestone_tick(request: PageRequest, pk: int, milestone: int) -> HttpResponse:
    """Mark a step as reached, or as open again: the same button takes it back."""
    step = _milestone(request, pk, milestone)
    is_done = request.POST.get("done") == "yes"
    edit_milestones({step.pk: {"is_done": is_done}}, by=request.user.pk, now=database_now())
    nudge()
    say(request, _("Milestone reached") if is_done else _("Milestone open again"))
    return redirect("leads:deal_detail", pk=pk)


@require_POST
def milestone_drop(request: PageRequest, pk: int, milestone: int) -> HttpResponse:
    """Take a step off; the history keeps it."""
    step = _milestone(request, pk, milestone)
    drop_milestones([step.pk], by=request.user.pk, now=database_now())
    nudge()
    say(request, _("Milestone taken off"))
    return redirect("leads:deal_detail", pk=pk)


@require_POST
def stakeholder_set(request: PageRequest, pk: int) -> HttpResponse:
    """Say who has which say in the deal."""
    deal = writable_deal(request, pk)
    form = StakeholderForm(request.POST, people=_people(request, deal), auto_id="stake_%s")
    if not form.is_valid():
        return _page(request, deal, _forms(request, deal, stakeholder_form=form), status=422)
    values = form.cleaned_data
    stake = Stake(role=BuyingRole(values["role"]), note=values["note"]) if values["role"] else None
    set_stakeholders({deal.pk: {values["person"].pk: stake}}, by=request.user.pk, now=database_now())
    nudge()
    say(request, _("Stakeholders saved"))
    return redirect("leads:deal_detail", pk=deal.pk)


@require_safe
def lead_deal(request: PageRequest, pk: int) -> HttpResponse:
    """The deal of the lead's present pass, for the side of its page; other passes' in one line each."""
    lead = readable_lead(request, pk)
    now = database_now()
    deals = list(whole(opportunities_for_user(request.user).filter(lead=lead)).order_by("-cycle"))
    current = next((deal for deal in deals if deal.cycle == lead.cycle), None)
    context: dict[str, Any] = {
        "lead": lead,
        "deal": current,
        "others": [deal for deal in deals if deal is not current],
        "now": now,
        "today": today_of(now),
        "missing": missing_of(current) if current else [],
        "clock": clock_of(current) if current else None,
        "partial": request.htmx,
    }
    return render(request, "leads/_lead_deal.html" if request.htmx else "leads/lead_deal.html", context)
