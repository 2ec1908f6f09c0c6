"""Leads by hand: add and edit."""

from typing import Any

from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from leads.access import leads_for_user
from leads.forms.people import LeadAddForm, LeadEditForm
from leads.nudge import nudge
from leads.people.capture import Captured, NewCapture, capture
from leads.people.companies import CompanyFacts, upsert_companies
from leads.people.edit import edit_leads
from leads.views.acts import say
from leads.views.reach import writable_lead
from users.clock import database_now
from users.requests import PageRequest


@require_http_methods(["GET", "HEAD", "POST"])
def lead_add(request: PageRequest) -> HttpResponse:
    """Enter a lead by hand: a capture like any other."""
    form = LeadAddForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        now = database_now()
        (done,) = capture([_capture(form.cleaned_data, now)], by=request.user.pk, now=now)
        if not done.refused:
            nudge()
            return _after(request, done)
        form.add_error(None, done.refused)
    return render(request, "leads/lead_add.html", {"form": form}, status=422 if form.errors else 200)


def _capture(values: dict[str, Any], now: Any) -> NewCapture:
    names = ("email", "phone", "first_name", "last_name", "job_title", "buying_role", "consent")
    return NewCapture(
        occurred_at=now,
        attributes={key: value for key, value in values["attributes"].items() if value is not None},
        company=CompanyFacts(name=values["company"], employees=values["employees"]) if values["company"] else None,
        channel_id=values["channel"].pk,
        campaign_id=values["campaign"].pk if values["campaign"] else None,
        consent_source=values["consent_source"],
        **{name: values[name] for name in names},
    )


def _after(request: PageRequest, done: Captured) -> HttpResponse:
    """To the lead, or to the list where the user may not follow it."""
    say(request, _("Lead added") if done.is_new else _("This person was known: what is new was added"))
    if leads_for_user(request.user).filter(pk__in=[done.lead_id]).exists():
        return redirect("leads:lead_detail", pk=done.lead_id)
    return redirect("leads:lead_list")


@require_http_methods(["GET", "HEAD", "POST"])
def lead_edit(request: PageRequest, pk: int) -> HttpResponse:
    """Change what is known of a person."""
    lead = writable_lead(request, pk)
    form = LeadEditForm(request.POST if request.method == "POST" else None, lead=lead)
    if form.is_valid():
        values, now = form.cleaned_data, database_now()
        names = ("first_name", "last_name", "phone", "job_title", "buying_role", "attributes")
        edit = {name: values[name] for name in names} | {"email": values["email"] or None}
        if values["company"] != (lead.company.name if lead.company else ""):
            (company_id,) = upsert_companies([CompanyFacts(name=values["company"])], by=request.user.pk, now=now)
            edit["company_id"] = company_id
        try:
            edit_leads({lead.pk: edit}, by=request.user.pk, now=now)
        except IntegrityError:  # somebody took the address since the form looked
            form.add_error("email", _("Another lead has this address."))
        else:
            nudge()
            say(request, _("Saved"))
            return redirect("leads:lead_detail", pk=lead.pk)
    return render(request, "leads/lead_edit.html", {"form": form, "lead": lead}, status=422 if form.errors else 200)
