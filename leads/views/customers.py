"""Customers: the list, what they say of us, and how they come again."""

from typing import Any

from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from leads.access import companies_for_user, leads_for_user
from leads.forms.customers import AgainForm, CustomerFilters, CustomerForm
from leads.lifecycle.move import MoveNotAllowed
from leads.models import Lead, PassKind, StageChange
from leads.nudge import nudge
from leads.people.companies import CompanyFacts
from leads.people.customers import begin_passes, inquire, refer
from leads.people.edit import edit_companies, edit_leads
from leads.people.newcapture import NewCapture
from leads.queries.customers import DEFAULT_SORT, SORTS, customers, filtered, rows_of
from leads.queries.pages import page_of
from leads.views.acts import say, why_not
from leads.views.leads import answer
from leads.views.reach import may_write, writable_lead
from users.clock import database_now
from users.requests import PageRequest
from users.transactions import one_transaction


@require_safe
def customer_list(request: PageRequest) -> HttpResponse:
    """Everybody of whom a deal was won, within the user's reach."""
    form = CustomerFilters(request.GET)
    mine = customers(leads_for_user(request.user).filter(archived_at=None))
    key = request.GET.get("sort", DEFAULT_SORT)
    order = F(SORTS.get(key.removeprefix("-"), "won_at"))
    found = filtered(mine, form.wanted()).select_related("company", "owner", "stage")
    found = found.order_by(order.desc(nulls_last=True) if key.startswith("-") else order.asc(nulls_last=True), "pk")
    page = page_of(found, request.GET.get("page"))
    rows = list(page.object_list)
    writable = leads_for_user(request.user, "write").filter(pk__in=[lead.pk for lead in rows])
    context: dict[str, Any] = {
        "form": form,
        "page": page,
        "rows": rows_of(rows),
        "writable": set(writable.order_by().values_list("pk", flat=True)),
        "chips": form.chips(request.GET),
        "sort": DEFAULT_SORT,
        "now": database_now(),
        "list_url": reverse("leads:customer_list"),
    }
    if not rows:
        context["is_empty"] = not mine.exists()
    return answer(request, "leads/customer_list.html", "leads/_customer_results.html", context)


def _customer(request: PageRequest, pk: int) -> Lead:
    """A lead the user may write that is a customer."""
    lead = writable_lead(request, pk)
    if not customers(Lead.objects.filter(pk=lead.pk)).exists():
        raise Http404
    return lead


@require_http_methods(["GET", "HEAD", "POST"])
def customer_edit(request: PageRequest, pk: int) -> HttpResponse:
    """Record onboarding, experience and advocacy."""
    lead = _customer(request, pk)
    form = CustomerForm(request.POST if request.method == "POST" else None, lead=lead)
    if not form.is_valid():
        context = {"lead": lead, "form": form, "title": _("As a customer"), "submit": _("Save")}
        return render(request, "leads/lead_act.html", context, status=422 if form.errors else 200)
    now, by = database_now(), request.user.pk
    with one_transaction():
        edit_leads({lead.pk: {"attributes": form.of_lead()}}, by=by, now=now)
        if lead.company_id and companies_for_user(request.user, "write").filter(pk=lead.company_id).exists():
            edit_companies({lead.company_id: {"attributes": form.of_company()}}, by=by, now=now)
    nudge()
    say(request, _("Saved"))
    return redirect("leads:customer_list")


@require_http_methods(["GET", "HEAD", "POST"])
def customer_again(request: PageRequest, pk: int) -> HttpResponse:
    """Begin what a customer wants next: a new pass, or a new lead they named."""
    lead = _customer(request, pk)
    initial = {"kind": request.GET.get("kind", PassKind.RENEWAL)}
    form = AgainForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            answered = _begin(request, lead, form.cleaned_data)
        except MoveNotAllowed as refused:
            form.add_error(None, why_not(refused))
            status = 409
        else:
            nudge()
            return answered
    return render(request, "leads/customer_again.html", {"lead": lead, "form": form}, status=status)


def _begin(request: PageRequest, lead: Lead, said: dict[str, Any]) -> HttpResponse:
    kind, now, by = PassKind(said["kind"]), database_now(), request.user.pk
    if kind == PassKind.REFERRAL:
        return _named(request, lead, said)
    if kind == PassKind.SERVICE:
        inquire({lead.pk: said["note"]}, by=by, now=now)
        change_id = StageChange.objects.filter(lead=lead).latest("pk").pk
    else:
        (moved,) = begin_passes([lead.pk], kind=kind, by=by, now=now, note=said["note"])
        change_id = moved.change_id
    text = _("%(kind)s: a new pass of %(name)s has begun") % {"kind": kind.label, "name": lead.name}
    say(request, text, undo=reverse("leads:move_undo", args=[change_id]))
    return redirect("leads:lead_detail", pk=lead.pk)


def _named(request: PageRequest, lead: Lead, said: dict[str, Any]) -> HttpResponse:
    now = database_now()
    company = CompanyFacts(name=said["company"]) if said["company"] else None
    person = NewCapture(
        occurred_at=now,
        company=company,
        payload={"note": said["note"]} if said["note"] else {},
        **{name: said[name] for name in ("first_name", "last_name", "email", "phone")},
    )
    (done,) = refer({lead.pk: [person]}, by=request.user.pk, now=now)
    named = Lead.objects.get(pk__in=[done.lead_id])
    text = _("%(name)s, named by %(by)s, is a lead now") if done.is_new else _("%(name)s was known; %(by)s named them")
    undo = reverse("leads:lead_archive", args=[named.pk]) if done.is_new and may_write(request, named) else ""
    say(request, text % {"name": named.name, "by": lead.name}, undo=undo)
    if leads_for_user(request.user).filter(pk=named.pk).exists():
        return redirect("leads:lead_detail", pk=named.pk)
    return redirect("leads:customer_list")
