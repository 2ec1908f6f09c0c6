"""What people do with a lead: short forms that each call one flow."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from leads.access.moves import need_mover
from leads.activity.assess import ConsentFact, record_consents
from leads.activity.record import NewActivity, record
from leads.forms.acts import CallForm, ConsentForm, LostForm, MoveForm, NoteForm, ProofForm, WonForm
from leads.handover.close import close_lost, close_won, record_proof
from leads.lifecycle.move import Move, MoveNotAllowed, move
from leads.models import Cause, Kind, Lead, Outcome, Stage, StageRole
from leads.nudge import nudge
from leads.people.calls import log_call
from leads.queries.standing import is_worked_by_sales, ways
from leads.views.reach import writable_lead
from users.clock import database_now
from users.requests import PageRequest


def say(request: PageRequest, text: str, *, undo: str = "", prepare: str = "") -> None:
    """A toast; `undo` is an address that takes the act back for ten seconds, `prepare` leads to what to say next."""
    tags = [f"{name}={url}" for name, url in (("undo", undo), ("prepare", prepare)) if url]
    messages.success(request, text, extra_tags=" ".join(tags))


def why_not(refused: MoveNotAllowed) -> str:
    """The reason of a single refused move."""
    return next(iter(refused.reasons.values()))


class LeadAct(View):
    """A form about one lead: GET shows it on a page of its own, POST checks it and calls a flow."""

    http_method_names = ("get", "head", "post")
    form_class: type[forms.Form]
    title: str | Promise
    submit: str | Promise = gettext_lazy("Save")
    template = "leads/lead_act.html"
    lead: Lead
    request: PageRequest

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.lead = writable_lead(request, kwargs["pk"])
        self.now = database_now()
        self.judge()
        return super().dispatch(request, *args, **kwargs)

    def judge(self) -> None:
        """Refuse those who may write the lead, but not this. Raises PermissionDenied."""

    def form(self, data: Any = None) -> forms.Form:
        """The form, bound when there is data."""
        return self.form_class(data)

    def perform(self, values: dict[str, Any]) -> None:
        """Call the flow and say what was done. May raise MoveNotAllowed or ValueError with the reason."""
        raise NotImplementedError

    def extra(self) -> dict[str, Any]:
        """What the page shows beside the form."""
        return {}

    def get(self, request: PageRequest, **kwargs: Any) -> HttpResponse:
        return self.page(self.form())

    def post(self, request: PageRequest, **kwargs: Any) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid():
            return self.page(form, status=422)
        try:
            self.perform(form.cleaned_data)
        except MoveNotAllowed as refused:
            form.add_error(None, why_not(refused))
            return self.page(form, status=409)
        nudge()
        return redirect(self.lead_url)

    def page(self, form: forms.Form, status: int = 200) -> HttpResponse:
        """The form on its own page, with what was typed and what is wrong."""
        context = {"lead": self.lead, "form": form, "title": self.title, "submit": self.submit, "now": self.now}
        return render(self.request, self.template, {**context, **self.extra()}, status=status)

    @property
    def lead_url(self) -> str:
        """Where the act leads back to."""
        return reverse("leads:lead_detail", args=[self.lead.pk])

    @property
    def by(self) -> int:
        """The id of who acts."""
        return self.request.user.pk


class LogNote(LeadAct):
    """Write a note."""

    form_class, title, submit = NoteForm, gettext_lazy("Note"), gettext_lazy("Save note")

    def perform(self, values: dict[str, Any]) -> None:
        fact = NewActivity(
            lead_id=self.lead.pk, kind=Kind.NOTE, occurred_at=self.now, source="crm", data={"text": values["text"]}
        )
        record([fact], by=self.by, now=self.now)
        say(self.request, _("Note saved"))


class LogCall(LeadAct):
    """Log a call."""

    form_class, title, submit = CallForm, gettext_lazy("Log call"), gettext_lazy("Save call")

    def perform(self, values: dict[str, Any]) -> None:
        aside = log_call([CallForm.call_of(self.lead.pk, values)], by=self.by, now=self.now)
        undo = [reverse("leads:move_undo", args=[moved.change_id]) for moved in aside]
        say(self.request, _("Call saved, set aside") if aside else _("Call saved"), undo="".join(undo))

    def extra(self) -> dict[str, Any]:
        return {"fields": "leads/_call_fields.html"}


class RecordConsent(LeadAct):
    """Record a consent given or withdrawn to one of us."""

    form_class, title = ConsentForm, gettext_lazy("Consent")

    def perform(self, values: dict[str, Any]) -> None:
        fact = ConsentFact(
            lead_id=self.lead.pk,
            granted=values["granted"],
            text=values["text"],
            source=values["source"],
            occurred_at=self.now,
        )
        record_consents([fact], by=self.by, now=self.now)
        say(self.request, _("Consent recorded") if values["granted"] else _("Withdrawal recorded"))


class RecordProof(LeadAct):
    """Record proof of the intent to buy: the lead becomes an opportunity."""

    form_class, title, submit = ProofForm, gettext_lazy("Record proof"), gettext_lazy("Record, make it an opportunity")

    def judge(self) -> None:
        need_mover(self.request.user, role=StageRole.OPPORTUNITY)

    def perform(self, values: dict[str, Any]) -> None:
        moved = record_proof(self.lead.pk, form=values["form"], text=values["text"], by=self.by, now=self.now)
        text = _("%(name)s is an opportunity now") % {"name": self.lead.name}
        say(self.request, text, undo=reverse("leads:move_undo", args=[moved.change_id]))


class CloseWon(LeadAct):
    """Close the pass as won."""

    form_class, title, submit = WonForm, gettext_lazy("Won"), gettext_lazy("Close as won")

    def perform(self, values: dict[str, Any]) -> None:
        moved = close_won(
            self.lead.pk,
            amount=values["amount"],
            currency=values["currency"],
            note=values["note"],
            by=self.by,
            now=self.now,
        )
        text = _("%(name)s won") % {"name": self.lead.name}
        say(self.request, text, undo=reverse("leads:move_undo", args=[moved.change_id]))


class CloseLost(LeadAct):
    """Close the pass as lost, with the reason."""

    form_class, title, submit = LostForm, gettext_lazy("Lost"), gettext_lazy("Close as lost")

    def perform(self, values: dict[str, Any]) -> None:
        moved = close_lost(self.lead.pk, reason=values["reason"], note=values["note"], by=self.by, now=self.now)
        text = _("%(name)s lost") % {"name": self.lead.name}
        say(self.request, text, undo=reverse("leads:move_undo", args=[moved.change_id]))


class MoveByHand(LeadAct):
    """Move a lead by hand, where the rules allow it."""

    form_class, title, submit = MoveForm, gettext_lazy("Move by hand"), gettext_lazy("Move")
    template = "leads/lead_move.html"

    def form(self, data: Any = None) -> forms.Form:
        stages = list(Stage.objects.order_by("position"))
        self.ways = ways(self.lead, stages, self.request.user)
        return MoveForm(data, ways=self.ways, initial={"expect": self.lead.stage_id, "to": self.request.GET.get("to")})

    def perform(self, values: dict[str, Any]) -> None:
        wish = Move(
            lead_id=self.lead.pk,
            to=values["to"],
            cause=Cause.PERSON,
            reason=values["reason"],
            note=values["note"],
            expect_stage_id=values["expect"],
            until=values["until"],
        )
        (moved,) = move([wish], by=self.by, now=self.now)
        where = Outcome(moved.outcome).label if moved.outcome else moved.to_stage.label
        text = _("%(name)s moved to %(where)s") % {"name": self.lead.name, "where": where}
        say(self.request, text, undo=reverse("leads:move_undo", args=[moved.change_id]))

    def extra(self) -> dict[str, Any]:
        return {
            "refused": [way for way in self.ways if way.refused],
            "can_close": self.lead.stage.role == StageRole.OPPORTUNITY and not self.lead.outcome,
            "can_lose": is_worked_by_sales(self.lead),
        }
