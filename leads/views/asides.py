"""Taking an offer out of the way: put aside for a while, or because the person is known already."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.access import leads_for_user
from leads.forms.decisions import DuplicateForm, SnoozeForm
from leads.handover.decide import Decision, DuplicateNotPossible, Verb
from leads.handover.snooze import SnoozeNotPossible, snooze, unsnooze
from leads.models import Lead
from leads.queries.local import local
from leads.queries.search import search_leads
from leads.views.acts import say
from leads.views.decisions import Decide, HandoverAct, Stay
from users.calendars import Calendars
from users.models import User
from users.requests import PageRequest

TWINS = 8


def twins(user: User, lead: Lead, text: str) -> QuerySet[Lead]:
    """Leads that may be the same person: those of that name or address; without a search, of the lead's own name."""
    rows = leads_for_user(user).filter(archived_at=None).exclude(pk=lead.pk).select_related("stage", "company", "owner")
    name = f"{lead.first_name} {lead.last_name}".strip() or (lead.email or "").partition("@")[0]
    return search_leads(rows, text.strip() or name).order_by("-captured_at", "-pk")[:TWINS]


class Duplicate(Decide):
    """Sales knows the person already, by another lead."""

    verb, form_class, title, box = Verb.DUPLICATE, DuplicateForm, gettext_lazy("Duplicate"), "duplicate"
    done = gettext_lazy("%(name)s set down as a duplicate")

    def get(self, request: PageRequest, **kwargs: Any) -> HttpResponse:
        if request.htmx:
            return render(request, "leads/_twins.html", self.found())
        return self.page(self.form())

    def found(self) -> dict[str, Any]:
        """Who might be the same person, by what was typed."""
        text = self.request.GET.get("q", "")[:200]
        return {"twins": list(twins(self.request.user, self.handover.lead, text)), "query": text}

    def page(self, form: forms.Form, status: int = 200) -> HttpResponse:
        if self.request.htmx:
            return super().page(form, status)
        context = {"form": form, "lead": self.handover.lead, "title": self.title, "handover": self.handover}
        return render(self.request, "leads/handover_duplicate.html", {**context, **self.found()}, status=status)

    def decision(self, values: dict[str, Any]) -> Decision:
        original = values["duplicate_of"]
        if not leads_for_user(self.request.user).filter(pk=original).exists():
            raise DuplicateNotPossible(_("There is no such lead within your reach."))
        return Decision(handover_id=self.handover.pk, verb=self.verb, duplicate_of=original, note=values["note"])


class Snooze(HandoverAct):
    """Put an offer aside until a day; the clock goes on."""

    form_class, title, box = SnoozeForm, gettext_lazy("Snooze"), "snooze"

    def form(self, data: Any = None) -> forms.Form:
        return SnoozeForm(data, calendar=Calendars().of(self.handover.team_id), now=self.now)

    def perform(self, values: dict[str, Any]) -> None:
        until = values["until"]
        snooze([self.handover.pk], until=until, by=self.request.user.pk, now=self.now)
        said = {"name": self.handover.lead.name, "day": date_format(local(until), "j M, H:i")}
        text = _("%(name)s comes back on %(day)s") % said
        say(self.request, text, undo=reverse("leads:handover_unsnooze", args=[self.handover.pk]))

    def post(self, request: PageRequest, **kwargs: Any) -> HttpResponse:
        try:
            return super().post(request, **kwargs)
        except SnoozeNotPossible as refused:
            form = self.form(request.POST)
            form.is_valid()
            form.add_error("on", str(refused))
            return self.page(form, status=422)


class Unsnooze(Stay):
    """Bring an offer back now."""

    title = gettext_lazy("Bring back")

    def perform(self, values: dict[str, Any]) -> None:
        unsnooze([self.handover.pk], by=self.request.user.pk, now=self.now)
        say(self.request, _("%(name)s is back") % {"name": self.handover.lead.name})
