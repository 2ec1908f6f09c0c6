"""Companies: the list, one company, add, edit, archive."""

from typing import Any

from django.db import IntegrityError
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.access import companies_for_user, leads_for_user, may_add_companies
from leads.conditions.select import ids_matching
from leads.forms.attribute_filters import AttributeFilters
from leads.forms.deals import RoleForm
from leads.forms.people import CompanyForm
from leads.lifecycle.criteria import main_models
from leads.models import AttributeDefinition, Company, ScoreModel
from leads.nudge import nudge
from leads.people.companies import CompanyFacts, upsert_companies
from leads.people.edit import archive_companies, edit_companies, edit_leads
from leads.queries.account import deals_of, past_passes
from leads.queries.committee import committee, engagement_of, gaps
from leads.queries.company_order import ByScore
from leads.queries.company_score import band_at, bands_of, company_scores, main_model, scores_of
from leads.queries.deals import today_of
from leads.queries.facts import attribute_facts
from leads.queries.icp import grades
from leads.queries.lead_rows import rows_of
from leads.queries.pages import page_of
from leads.queries.queue import qualifying_goal
from leads.queries.search import search_companies
from leads.views.acts import say
from leads.views.leads import answer
from leads.views.reach import readable_company, writable_company, writable_lead
from users.clock import database_now
from users.requests import PageRequest

SORTS = {"name": "name", "employees": "employees", "region": "region"}
LEADS_SHOWN = 50


@require_safe
def company_list(request: PageRequest) -> HttpResponse:
    """Companies within the user's reach."""
    mine, model = companies_for_user(request.user), main_model(qualifying_goal(database_now()))
    rows = search_companies(mine, request.GET.get("q", ""))
    rows = rows.filter(archived_at__isnull="archived" not in request.GET)
    attributes = AttributeFilters(request.GET, subjects=("company",))
    if attributes.tree:
        rows = rows.filter(pk__in=ids_matching(attributes.tree, now=database_now(), subject="company"))
    page = page_of(_sorted(rows, request.GET.get("sort", "name"), model), request.GET.get("page"))
    companies = _with_counts(request, list(page.object_list))
    for company in companies:
        company.cells = attributes.cells(None, company)
    context: dict[str, Any] = {
        "page": page,
        "rows": companies,
        "attributes": attributes,
        "chips": list(attributes.chips()),
        "errors": attributes.refused,
        "query": request.GET.get("q", ""),
        "sort": "name",
        "list_url": reverse("leads:company_list"),
        "may_add": may_add(request),
        "score_model": _with_scores(companies, model),
    }
    if not context["rows"]:
        context["is_empty"] = not mine.exists()
    return answer(request, "leads/company_list.html", "leads/_company_results.html", context)


def may_add(request: PageRequest) -> bool:
    """Whether the user may add companies: those whose reach does not hang on leads."""
    return may_add_companies(request.user)


def _with_counts(request: PageRequest, companies: list[Any]) -> list[Any]:
    """Give each company the number of its leads the user may see, and how many of them are open."""
    rows = leads_for_user(request.user).filter(company__in=companies, archived_at=None).order_by()
    counts = rows.values("company_id").annotate(leads=Count("pk"), open=Count("pk", filter=Q(outcome="")))
    found = {row["company_id"]: (row["leads"], row["open"]) for row in counts}
    for company in companies:
        company.lead_count, company.open_count = found.get(company.pk, (0, 0))
    return companies


def _sorted(rows: QuerySet[Company], key: str, model: ScoreModel | None) -> QuerySet[Company] | ByScore:
    """Companies in the asked order, in that of their names where nobody knows it."""
    name, is_falling = key.removeprefix("-"), key.startswith("-")
    if name == "score" and model is not None:
        return ByScore(rows, model, is_falling)
    order = F(SORTS.get(name, "name"))
    return rows.order_by(order.desc(nulls_last=True) if is_falling else order.asc(nulls_last=True), "pk")


def _with_scores(companies: list[Any], model: ScoreModel | None) -> ScoreModel | None:
    """Give each company its score in the model that lists show; returns the model where there is something to show."""
    if model is None or not companies:
        return None
    points, bands = scores_of([company.pk for company in companies], model), bands_of([model]).get(model.pk, [])
    for company in companies:
        company.points = points.get(company.pk)
        company.band = "" if company.points is None else band_at(company.points, bands)
    return model


@require_safe
def company_detail(request: PageRequest, pk: int) -> HttpResponse:
    """One company with its people."""
    company = readable_company(request, pk)
    now = database_now()
    people = leads_for_user(request.user).filter(company=company, archived_at=None)
    people = people.select_related("stage", "owner", "channel").order_by("-stage__position", "-captured_at")
    shown = list(people[:LEADS_SHOWN])
    seats = committee(shown)
    context = {
        "company": company,
        "now": now,
        "today": today_of(now),
        "facts": attribute_facts(company, AttributeDefinition.objects.all(), "company"),
        "rows": rows_of(shown, main_models(now)),
        "seats": seats,
        "gaps": gaps(seats),
        "engagement": engagement_of([lead.pk for lead in shown]),
        "fits": grades([lead.pk for lead in shown], now),
        "writable": set(
            leads_for_user(request.user, "write").filter(company=company).order_by().values_list("pk", flat=True)
        ),
        "roles": RoleForm.base_fields["role"].choices,  # type: ignore[attr-defined]
        "scores": company_scores(company.pk, people),
        "deals": deals_of(request.user, company),
        "passes": past_passes([lead.pk for lead in shown]),
        "may_write": companies_for_user(request.user, "write").filter(pk=pk).exists(),
        "leads_url": f"{reverse('leads:lead_list')}?company={company.pk}",
    }
    return render(request, "leads/company_detail.html", context)


@require_POST
def company_role(request: PageRequest, pk: int, person: int) -> HttpResponse:
    """Say what a person is in the decisions of the company."""
    company = readable_company(request, pk)
    lead = writable_lead(request, person)
    form = RoleForm(request.POST)
    if lead.company_id != company.pk or not form.is_valid():
        return render(request, "400.html", status=400)
    edit_leads({lead.pk: {"buying_role": form.cleaned_data["role"]}}, by=request.user.pk, now=database_now())
    nudge()
    say(request, _("Role of %(name)s saved") % {"name": lead.name})
    return redirect("leads:company_detail", pk=company.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def company_add(request: PageRequest) -> HttpResponse:
    """Enter a company by hand."""
    if not may_add(request):
        return render(request, "403.html", status=403)
    form = CompanyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        values = form.cleaned_data
        facts = CompanyFacts(
            attributes={key: value for key, value in values["attributes"].items() if value is not None},
            domain=values["domain"] or "",
            **{name: values[name] for name in ("name", "employees", "industry", "country", "region")},
        )
        (pk,) = upsert_companies([facts], by=request.user.pk, now=database_now())
        nudge()
        say(request, _("Company added"))
        return redirect("leads:company_detail", pk=pk)
    return render(request, "leads/company_edit.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def company_edit(request: PageRequest, pk: int) -> HttpResponse:
    """Change what is known of a company."""
    company = writable_company(request, pk)
    form = CompanyForm(request.POST if request.method == "POST" else None, company=company)
    if form.is_valid():
        try:
            edit_companies({company.pk: form.cleaned_data}, by=request.user.pk, now=database_now())
        except IntegrityError:  # somebody took the name or domain since the form looked
            form.add_error("domain", _("Another company has this domain or name."))
        else:
            nudge()
            say(request, _("Saved"))
            return redirect("leads:company_detail", pk=company.pk)
    context = {"form": form, "company": company}
    return render(request, "leads/company_edit.html", context, status=422 if form.errors else 200)


@require_POST
def company_archive(request: PageRequest, pk: int) -> HttpResponse:
    """Take a company out of lists; its leads stay."""
    company = writable_company(request, pk)
    archive_companies([company.pk], now=database_now())
    nudge()
    undo = reverse("leads:company_restore", args=[company.pk])
    say(request, _("%(name)s archived") % {"name": company.name}, undo=undo)
    return redirect("leads:company_detail", pk=company.pk)


@require_POST
def company_restore(request: PageRequest, pk: int) -> HttpResponse:
    """Bring an archived company back."""
    company = writable_company(request, pk)
    archive_companies([company.pk], now=database_now(), restore=True)
    nudge()
    say(request, _("%(name)s is back") % {"name": company.name})
    return redirect("leads:company_detail", pk=company.pk)
