"""The leads list."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from leads.access import leads_for_user
from leads.forms.filters import LeadFilters, tidy
from leads.lifecycle.criteria import main_models
from leads.queries.lead_rows import DEFAULT_SORT, filtered, rows_of, sorted_by
from leads.queries.pages import page_of
from users.clock import database_now
from users.requests import PageRequest


@require_safe
def lead_list(request: PageRequest) -> HttpResponse:
    """Leads within the user's reach, filtered and sorted by the address."""
    form = LeadFilters(request.GET)
    mine = leads_for_user(request.user)
    now = database_now()
    mains = main_models(now)
    leads = filtered(mine, form.wanted()).select_related("company", "stage", "owner", "channel")
    page = page_of(sorted_by(leads, request.GET.get("sort", DEFAULT_SORT), mains), request.GET.get("page"))
    context: dict[str, Any] = {
        "form": form,
        "chips": list(form.chips(request.GET)),
        "page": page,
        "rows": rows_of(list(page.object_list), mains),
        "sort": DEFAULT_SORT,
        "now": now,
        "list_url": reverse("leads:lead_list"),
    }
    if not context["rows"]:
        context["is_empty"] = not mine.exists()
    return answer(request, "leads/lead_list.html", "leads/_lead_results.html", context)


def answer(request: PageRequest, template: str, fragment: str, context: dict[str, Any]) -> HttpResponse:
    """The whole page, or for htmx its changing part, with the tidied address for the browser's bar."""
    partial = request.htmx and not request.htmx.history_restore_request
    response = render(request, fragment if partial else template, context)
    patch_vary_headers(response, ["HX-Request"])
    if partial and not request.htmx.boosted:
        query = tidy(request.GET)
        response["HX-Push-Url"] = f"{request.path}?{query}" if query else request.path
    return response
