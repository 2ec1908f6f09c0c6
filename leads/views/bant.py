"""BANT by hand: the sheet of one realm, one part by one click, and sales' own beside what the next stage wants."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leads.activity.assess import amend
from leads.forms.acts import BantForm
from leads.models import BantAssessment, BantState, Realm, Stage
from leads.nudge import nudge
from leads.queries.bant import panel
from leads.queries.facts import latest_bant
from leads.queries.standing import demands, is_worked_by_sales, next_criterion, ways
from leads.views.acts import LeadAct, say
from leads.views.reach import writable_lead
from users.access import assesses
from users.clock import database_now
from users.requests import PageRequest

NOT_YOURS = gettext_lazy("This assessment belongs to the other realm.")


class AssessBant(LeadAct):
    """Say what one realm knows of budget, authority, need and timeline."""

    form_class, title, template = BantForm, gettext_lazy("BANT"), "leads/lead_bant.html"

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.realm = Realm(kwargs.get("realm", Realm.SALES))
        return super().dispatch(request, *args, **kwargs)

    def judge(self) -> None:
        if self.realm not in assesses(self.request.user):
            raise PermissionDenied(NOT_YOURS)

    def form(self, data: Any = None) -> forms.Form:
        return BantForm(data, initial=BantForm.initial_of(latest_bant(self.lead.pk).get(self.realm)))

    def perform(self, values: dict[str, Any]) -> None:
        amend(self.lead.pk, self.realm, BantForm.said_of(values), by=self.by, now=self.now)
        say(self.request, _("BANT saved"))

    def extra(self) -> dict[str, Any]:
        return {"subtitle": self.realm.label}


class Qualify(AssessBant):
    """Sales' own BANT, beside what the next stage still wants."""

    title, template = gettext_lazy("Qualify"), "leads/lead_qualify.html"

    def extra(self) -> dict[str, Any]:
        stages = list(Stage.objects.order_by("position"))
        criterion = next_criterion(self.lead, stages, self.now)
        legal = [way for way in ways(self.lead, stages, self.request.user) if way.kind == "forward" and not way.refused]
        return {
            "criterion": criterion,
            "demands": demands(self.lead, criterion, self.now) if criterion else [],
            "next_way": legal[0] if legal and is_worked_by_sales(self.lead) else None,
            "move_url": reverse("leads:lead_move", args=[self.lead.pk]),
        }


@require_POST
def bant_state(request: PageRequest, pk: int, realm: str) -> HttpResponse:
    """Say one part of one realm's BANT: the panel anew, or the lead's page."""
    lead = writable_lead(request, pk)
    if realm not in assesses(request.user):
        raise PermissionDenied(NOT_YOURS)
    states = {part: request.POST[part] for part in BantAssessment.PARTS if part in request.POST}
    known = {str(state.value): state for state in BantState}
    said = {part: known[value] for part, value in states.items() if value in known}
    if said:
        amend(lead.pk, Realm(realm), said, by=request.user.pk, now=database_now())
        nudge()
    if not request.htmx:
        return redirect("leads:lead_detail", pk)
    bants = panel(lead.pk, assesses(request.user))
    context = {"lead": lead, "bants": bants, "states": BantState.choices, "now": database_now()}
    return render(request, "leads/_bant_panel.html", context)
