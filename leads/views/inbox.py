"""The inbox: decide on offered leads, one after the other."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.http import require_POST, require_safe

from leads.access import handovers_for_user, handovers_to_decide
from leads.forms.decisions import AcceptForm, RejectForm, ReturnForm
from leads.handover.decide import AlreadyDecided, Decision, Incomplete, Verb, decide, undo_decision
from leads.lifecycle.undo import UndoNotPossible
from leads.models import AttributeDefinition, Handover, HandoverState, Realm, Stage
from leads.nudge import nudge
from leads.queries.facts import attribute_facts, bant_parts, latest_bant, people_of
from leads.queries.queue import Offer, last_acts, offers, qualifying_goal, why
from leads.queries.standing import Goal, stations
from leads.views.acts import say
from leads.views.reach import waiting_handovers
from users.access import Right, has_right
from users.clock import database_now
from users.requests import PageRequest


@require_safe
def inbox(request: PageRequest) -> HttpResponse:
    """The queue of open offers and the one at hand, named by `?handover=`."""
    if not has_right(request.user, Right.DECIDE_HANDOVERS):
        raise PermissionDenied("Only sales decides on leads handed over.")
    return _page(request, request.GET.get("handover", ""))


def _page(request: PageRequest, wanted: str, status: int = 200) -> HttpResponse:
    now = database_now()
    goal = qualifying_goal(now)
    queue = offers(waiting_handovers(request, now), goal)
    place = next((at for at, offer in enumerate(queue) if str(offer.handover.pk) == wanted), 0)
    context: dict[str, Any] = {"now": now, "queue": queue, "goal": goal}
    if queue:
        context |= {
            "late": sum(1 for offer in queue if offer.handover.due_at and offer.handover.due_at < now),
            "place": place + 1,
            "before": queue[place - 1] if place else None,
            "after": queue[place + 1] if place + 1 < len(queue) else None,
            "reject_form": RejectForm(auto_id="reject_%s"),
            "return_form": ReturnForm(auto_id="return_%s"),
            **_case(request, queue[place], goal, now),
        }
    return render(request, "leads/inbox.html", context, status=status)


def _case(request: PageRequest, offer: Offer, goal: Goal | None, now: Any) -> dict[str, Any]:
    """Everything known of the lead at hand."""
    lead = offer.handover.lead
    bant = latest_bant(lead.pk).get(Realm.MARKETING)
    definitions = AttributeDefinition.objects.all()
    return {
        "offer": offer,
        "lead": lead,
        "card": why(lead.pk, goal),
        "acts": last_acts(lead.pk),
        "stations": stations(lead, list(Stage.objects.order_by("position")), None, None, now),
        "bant": bant,
        "bant_parts": bant_parts(bant),
        "company_facts": attribute_facts(lead.company, definitions, "company") if lead.company else [],
        "colleagues": people_of(request.user, lead.company, besides=lead),
    }


class Decide(View):
    """One decision: POST decides, GET shows the form on a page of its own."""

    http_method_names = ("get", "head", "post")
    verb: Verb
    form_class: type[forms.Form]
    title: str | Promise
    done: str | Promise
    request: PageRequest

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not has_right(request.user, Right.DECIDE_HANDOVERS):
            raise PermissionDenied("Only sales decides on leads handed over.")
        rows = handovers_to_decide(request.user).select_related("lead__company", "lead__stage", "decided_by")
        self.handover = get_object_or_404(rows, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: PageRequest, **kwargs: Any) -> HttpResponse:
        return self.page(self.form_class())

    def post(self, request: PageRequest, **kwargs: Any) -> HttpResponse:
        form = self.form_class(request.POST)
        if not form.is_valid():
            return self.page(form, status=422)
        values = form.cleaned_data
        decision = Decision(
            handover_id=self.handover.pk,
            verb=self.verb,
            reason=values.get("reason", ""),
            missing=values.get("missing", ()),
            note=values["note"],
        )
        try:
            decide([decision], by=request.user.pk, now=database_now())
        except AlreadyDecided as faster:
            messages.error(request, _("%(name)s: %(said)s") % {"name": self.handover.lead.name, "said": faster})
            return _page(request, request.POST.get("next", ""), status=409)
        except Incomplete as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
            return self.page(form, status=422)
        nudge()
        undo = reverse("leads:handover_undo", args=[self.handover.pk])
        say(request, str(self.done) % {"name": self.handover.lead.name}, undo=undo)
        return _on(request.POST.get("next", ""))

    def page(self, form: forms.Form, status: int = 200) -> HttpResponse:
        """The decision as a page, with what was typed and what is wrong."""
        lead = self.handover.lead
        context = {"form": form, "lead": lead, "title": self.title, "submit": self.title, "handover": self.handover}
        return render(self.request, "leads/lead_act.html", context, status=status)


def _on(handover: str) -> HttpResponse:
    """To the next offer."""
    url = reverse("leads:inbox")
    return redirect(f"{url}?handover={handover}" if handover.isdigit() else url)


class Accept(Decide):
    """Sales takes the lead."""

    verb, form_class, title = Verb.ACCEPT, AcceptForm, gettext_lazy("Accept")
    done = gettext_lazy("%(name)s accepted, now yours")


class Reject(Decide):
    """Sales turns the lead down."""

    verb, form_class, title = Verb.REJECT, RejectForm, gettext_lazy("Reject")
    done = gettext_lazy("%(name)s rejected")


class Return(Decide):
    """Sales sends the lead back to marketing."""

    verb, form_class, title = Verb.RETURN, ReturnForm, gettext_lazy("Return to marketing")
    done = gettext_lazy("%(name)s returned to marketing")


@require_POST
def handover_undo(request: PageRequest, pk: int) -> HttpResponse:
    """Take back one's own decision; the offer is open again and at hand."""
    handover: Handover = get_object_or_404(handovers_for_user(request.user).exclude(state=HandoverState.OPEN), pk=pk)
    if handover.decided_by_id != request.user.pk:
        raise PermissionDenied("Only the person who decided can take a decision back.")
    try:
        undo_decision(pk, by=request.user.pk, now=database_now())
    except UndoNotPossible as refused:
        messages.error(request, str(refused))
        return redirect("leads:inbox")
    nudge()
    say(request, _("Taken back"))
    return _on(str(pk))
