"""The leads list."""

import json
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from leads.access import leads_for_user
from leads.conditions.select import ids_matching
from leads.forms.attribute_filters import AttributeFilters
from leads.forms.drill import NAMES, OF_THE_PASS, DrillForm
from leads.forms.filters import LeadFilters, tidy
from leads.forms.saved import as_condition
from leads.lifecycle.criteria import main_models
from leads.models import Lead
from leads.queries.lead_rows import DEFAULT_SORT, filtered, rows_of, sorted_by
from leads.queries.nurture import coming_back
from leads.queries.pages import page_of
from leads.views.criteria import writes_rules
from users.clock import database_now
from users.models import Organisation
from users.requests import PageRequest


@require_safe
def lead_list(request: PageRequest) -> HttpResponse:
    """Leads within the user's reach, filtered and sorted by the address; or those behind a number of a report."""
    form = LeadFilters(request.GET)
    mine = leads_for_user(request.user)
    now = database_now()
    mains = main_models(now)
    leads, chips, errors = _narrowed(request, mine, form)
    attributes = AttributeFilters(request.GET, subjects=("lead", "company"))
    if attributes.tree:
        leads = leads.filter(pk__in=ids_matching(attributes.tree, now=now))
    leads = leads.select_related("company", "stage", "owner", "channel")
    page = page_of(sorted_by(leads, request.GET.get("sort", DEFAULT_SORT), mains), request.GET.get("page"))
    rows = rows_of(list(page.object_list), mains)
    for row in rows:
        row.cells = attributes.cells(row.lead, row.lead.company)
    context: dict[str, Any] = {
        "form": form,
        "kept": [(name, request.GET[name]) for name in NAMES if "mode" in request.GET and name in request.GET],
        "attributes": attributes,
        "segment_url": _segment_url(request, form, attributes),
        "chips": [*chips, *attributes.chips()],
        "errors": [*errors, *attributes.refused],
        "page": page,
        "rows": rows,
        "sort": DEFAULT_SORT,
        "now": now,
        "list_url": reverse("leads:lead_list"),
    }
    if not context["rows"]:
        context["is_empty"] = not mine.exists()
    return answer(request, "leads/lead_list.html", "leads/_lead_results.html", context)


def _narrowed(
    request: PageRequest, mine: QuerySet[Lead], form: LeadFilters
) -> tuple[QuerySet[Lead], list[dict[str, str]], list[str]]:
    """The leads asked for, the chips that say so, and what was not understood."""
    wanted, chips = form.wanted(), list(form.chips(request.GET))
    drill = DrillForm(request.GET) if "mode" in request.GET else None
    if drill is None:
        return _filtered(mine, wanted), chips, _errors(form)
    if not drill.is_valid():
        return mine.none(), chips, _errors(drill)
    rest = {name: value for name, value in wanted.items() if name not in (*OF_THE_PASS, "outcome")}
    shown = [chip for chip in chips if chip["name"] != "outcome"]
    # A report counts archived leads too: the list behind its number shows as many.
    behind = _filtered(mine.filter(pk__in=drill.leads().values("pk")), rest, archived=None)
    return behind, [drill.chip(request.GET), *shown], []


def _filtered(leads: QuerySet[Lead], wanted: dict[str, Any], *, archived: bool | None = False) -> QuerySet[Lead]:
    """What the form narrows; the day that leads come back on is one of the organisation's calendar."""
    leads = filtered(leads, wanted, archived=archived)
    if icp := wanted.get("icp"):
        realm, _dash, grade = icp.partition("-")
        tree = {"leaf": "icp", "realm": realm, "op": "is", "value": grade}
        leads = leads.filter(pk__in=ids_matching(tree, now=database_now()))
    if segment := wanted.get("segment"):
        leads = leads.filter(pk__in=ids_matching(segment.condition, now=database_now()))
    if again := wanted.get("again"):
        return coming_back(leads, again, database_now().astimezone(Organisation.load().zone).date())
    return leads


def _segment_url(request: PageRequest, form: LeadFilters, attributes: AttributeFilters) -> str:
    """Where the filters at work may be saved as a segment, for those who write rules."""
    if "mode" in request.GET or not writes_rules(request.user):
        return ""
    tree = as_condition(form.wanted(), attributes.tree)
    return f"{reverse('leads:segment_add')}?{urlencode({'tree': json.dumps(tree)})}" if tree else ""


def _errors(form: Any) -> list[str]:
    return [f"{form.fields[name].label or name}: {errors[0]}" for name, errors in form.errors.items()]


def answer(request: PageRequest, template: str, fragment: str, context: dict[str, Any]) -> HttpResponse:
    """The whole page, or for htmx its changing part, with the tidied address for the browser's bar."""
    partial = request.htmx and not request.htmx.history_restore_request
    response = render(request, fragment if partial else template, context)
    patch_vary_headers(response, ["HX-Request"])
    if partial and not request.htmx.boosted:
        query = tidy(request.GET)
        response["HX-Push-Url"] = f"{request.path}?{query}" if query else request.path
    return response
