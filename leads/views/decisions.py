"""What is done with an offer in the inbox: decided, put aside, claimed; each act opens what comes next."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.http import require_POST

from leads.access import handovers_for_user, handovers_to_decide
from leads.forms.decisions import AcceptForm, RejectForm, ReturnForm
from leads.handover.claim import ClaimNotPossible, claim, release
from leads.handover.decide import AlreadyDecided, Decision, Incomplete, Verb, decide, undo_decision
from leads.lifecycle.undo import UndoNotPossible
from leads.models import Handover, HandoverState
from leads.nudge import nudge
from leads.queries.local import local
from leads.views.acts import say
from leads.views.inbox import inbox_page, need_decider
from users.clock import database_now
from users.requests import PageRequest

SHOWN = ("lead__company", "lead__stage", "decided_by", "assignee")


class HandoverAct(View):
    """One act on an open offer: POST does it and opens what comes next, GET shows the form on a page of its own."""

    http_method_names = ("get", "head", "post")
    form_class: type[forms.Form] = forms.Form
    box = ""  # the form's name in the inbox
    title: str | Promise
    request: PageRequest

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        need_decider(request.user)
        self.now = database_now()
        mine = handovers_to_decide(request.user).select_related(*SHOWN).filter(pk=kwargs["pk"]).first()
        if mine is None:
            seen = get_object_or_404(handovers_for_user(request.user).select_related(*SHOWN), pk=kwargs["pk"])
            if not faster(seen, request.user.pk):
                raise PermissionDenied("This offer is for somebody else.")
            return self.overtaken(seen)
        self.handover: Handover = mine
        return super().dispatch(request, *args, **kwargs)

    def form(self, data: Any = None) -> forms.Form:
        """The form, bound when there is data."""
        return self.form_class(data)

    def perform(self, values: dict[str, Any]) -> None:
        """Call the flow and say what was done. May raise AlreadyDecided, ClaimNotPossible, Incomplete."""
        raise NotImplementedError

    def get(self, request: PageRequest, **kwargs: Any) -> HttpResponse:
        return self.page(self.form())

    def post(self, request: PageRequest, **kwargs: Any) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid():
            return self.page(form, status=422)
        try:
            self.perform(form.cleaned_data)
        except (AlreadyDecided, ClaimNotPossible) as refused:
            return self.overtaken(_now(self.handover), str(refused))
        except Incomplete as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
            return self.page(form, status=422)
        nudge()
        return step(request, self.onward())

    def onward(self) -> str:
        """The offer that opens when it is done."""
        return self.request.POST.get("next", "")

    def page(self, form: forms.Form, status: int = 200) -> HttpResponse:
        """The form with what was typed and what is wrong: in its box, or on a page of its own."""
        if self.request.htmx and self.box:
            form.auto_id = f"{self.box}_%s"
            shown: dict[str, Any] = {f"{self.box}_form": form, "open_box": f"{self.box}-box"}
            return inbox_page(self.request, str(self.handover.pk), status=status, boxes=shown)
        lead = self.handover.lead
        context = {"form": form, "lead": lead, "title": self.title, "submit": self.title, "handover": self.handover}
        return render(self.request, "leads/lead_act.html", context, status=status)

    def overtaken(self, handover: Handover, why: str = "") -> HttpResponse:
        """Somebody was faster: who, what, when; and the next offer opens."""
        messages.error(self.request, faster(handover, self.request.user.pk) or why)
        return inbox_page(self.request, self.request.POST.get("next", ""), status=409)


def _now(handover: Handover) -> Handover:
    return Handover.objects.select_related("lead", "decided_by", "assignee").get(pk=handover.pk)


def faster(handover: Handover, user_id: int) -> str:
    """Who took the decision away, and when; empty where nobody did."""
    lead = handover.lead.name
    if handover.state == HandoverState.OPEN:
        if handover.assignee_id in (None, user_id):
            return ""
        return _("%(who)s has claimed %(lead)s. Nothing of yours was saved.") % {
            "who": handover.assignee,
            "lead": lead,
        }
    said = {
        "lead": lead,
        "who": handover.decided_by or _("the system"),
        "what": handover.get_state_display().lower(),
        "when": date_format(local(handover.decided_at), "j M, H:i") if handover.decided_at else "",
    }
    return _("%(who)s was faster: %(lead)s %(what)s, %(when)s. Nothing of yours was saved.") % said


def step(request: PageRequest, wanted: str) -> HttpResponse:
    """On to the wanted offer, or the first: in place for htmx, else by its address."""
    if request.htmx:
        return inbox_page(request, wanted)
    url = reverse("leads:inbox")
    return redirect(f"{url}?handover={wanted}" if wanted.isdecimal() else url)


class Decide(HandoverAct):
    """A decision, which one may take back for ten seconds."""

    verb: ClassVar[Verb]
    done: str | Promise

    def decision(self, values: dict[str, Any]) -> Decision:
        """What is decided."""
        return Decision(
            handover_id=self.handover.pk,
            verb=self.verb,
            reason=values.get("reason", ""),
            missing=values.get("missing", ()),
            note=values["note"],
        )

    def perform(self, values: dict[str, Any]) -> None:
        decide([self.decision(values)], by=self.request.user.pk, now=self.now)
        undo = reverse("leads:handover_undo", args=[self.handover.pk])
        say(self.request, str(self.done) % {"name": self.handover.lead.name}, undo=undo, **self.links())

    def links(self) -> dict[str, str]:
        """Where the toast leads besides."""
        return {}


class Accept(Decide):
    """Sales takes the lead."""

    verb, form_class, title = Verb.ACCEPT, AcceptForm, gettext_lazy("Accept")
    done = gettext_lazy("%(name)s accepted, now yours")

    def links(self) -> dict[str, str]:
        return {"prepare": reverse("leads:lead_package", args=[self.handover.lead_id])}


class Reject(Decide):
    """Sales turns the lead down."""

    verb, form_class, title, box = Verb.REJECT, RejectForm, gettext_lazy("Reject"), "reject"
    done = gettext_lazy("%(name)s rejected")


class Return(Decide):
    """Sales sends the lead back to marketing."""

    verb, form_class, title, box = Verb.RETURN, ReturnForm, gettext_lazy("Return to marketing"), "return"
    done = gettext_lazy("%(name)s returned to marketing")


class Stay(HandoverAct):
    """An act after which the offer stays at hand."""

    def onward(self) -> str:
        return str(self.handover.pk)


class Claim(Stay):
    """Be the one expected to decide."""

    title = gettext_lazy("Claim")

    def perform(self, values: dict[str, Any]) -> None:
        claim([self.handover.pk], by=self.request.user.pk, now=self.now)
        say(self.request, _("%(name)s claimed") % {"name": self.handover.lead.name})


class Release(Stay):
    """Give the offer back to the team."""

    title = gettext_lazy("Release")

    def perform(self, values: dict[str, Any]) -> None:
        release([self.handover.pk], now=self.now)
        say(self.request, _("%(name)s is the team’s again") % {"name": self.handover.lead.name})


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
    return step(request, str(pk))
