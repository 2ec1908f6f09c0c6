"""The journal of one lead as a table."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leads.queries.journal import journal
from leads.views.reach import readable_lead
from users.access import Right, has_right
from users.clock import database_now
from users.requests import PageRequest


@require_safe
def lead_journal(request: PageRequest, pk: int) -> HttpResponse:
    """Every line of every pass: from, to, when, who, why, how long."""
    lead, now = readable_lead(request, pk), database_now()
    rights = (Right.BUILD_RULES, Right.BUILD_SALES_MODELS)
    context = {
        "lead": lead,
        "lines": journal(lead, now),
        "may_build": any(has_right(request.user, right) for right in rights),
        "now": now,
    }
    template = "leads/_journal.html" if request.htmx and not request.htmx.boosted else "leads/lead_journal.html"
    return render(request, template, context)
