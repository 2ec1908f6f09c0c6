"""The sequences of a lead: the panel of the lead's page."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from leads.models import Lead
from leads.views.reach import may_write, readable_lead, writable_lead
from nurturing.enroll import enroll, running, stop
from nurturing.models import Enrollment
from nurturing.queries.people import REASONS, why_not
from nurturing.views.people import placed
from users.access import Right, has_right
from users.clock import database_now
from users.requests import PageRequest


@require_safe
def lead_sequences(request: PageRequest, pk: int) -> HttpResponse:
    """In which sequences a lead is and was, where it stands and why it left."""
    return _panel(request, readable_lead(request, pk))


def _panel(request: PageRequest, lead: Lead, note: str = "") -> HttpResponse:
    writes = may_write(request, lead)
    rows = list(Enrollment.objects.filter(lead=lead).select_related("sequence", "version").order_by("-pk"))
    inside = {row.sequence_id for row in rows if row.cycle == lead.cycle}
    context: dict[str, Any] = {
        "lead": lead,
        "rows": placed(rows),
        "may_write": writes,
        "may_open": has_right(request.user, Right.BUILD_RULES),
        "open_to": [v.sequence for v in running() if v.sequence_id not in inside] if writes else [],
        "note": note,
        "now": database_now(),
    }
    template = "nurturing/_lead_sequences.html" if request.htmx else "nurturing/lead_sequences.html"
    return render(request, template, context)


@require_POST
def lead_enroll(request: PageRequest, pk: int) -> HttpResponse:
    """Put a lead into a running sequence."""
    lead = writable_lead(request, pk)
    slug = request.POST.get("sequence", "")
    sequence = next((version.sequence for version in running() if version.sequence.slug == slug), None)
    if sequence is None:
        return _answer(request, lead, _("Choose a running sequence."))
    reason = why_not(sequence, [lead.pk]).get(lead.pk, "")
    if enroll(sequence, [lead.pk], by=request.user.pk, now=database_now()):
        return _answer(request, lead)
    why = REASONS.get(reason, "")
    return _answer(request, lead, _("%(name)s did not take the lead in: %(why)s.") % {"name": sequence, "why": why})


@require_POST
def lead_stop(request: PageRequest, pk: int, enrollment: int) -> HttpResponse:
    """Take a lead out of a sequence."""
    lead = writable_lead(request, pk)
    row = get_object_or_404(Enrollment, pk=enrollment, lead=lead)
    stop([row.pk], by=request.user.pk, now=database_now())
    return _answer(request, lead)


def _answer(request: PageRequest, lead: Lead, note: str = "") -> HttpResponse:
    """The panel anew; without scripts, the lead's page."""
    if request.htmx:
        return _panel(request, lead, note)
    if note:
        messages.error(request, note)
    return redirect("leads:lead_detail", lead.pk)
