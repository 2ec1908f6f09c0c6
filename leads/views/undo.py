"""Taking things back: moves within ten seconds, the archive at any time."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leads.lifecycle.undo import UndoNotPossible, undo
from leads.models import StageChange
from leads.nudge import nudge
from leads.people.edit import archive_leads
from leads.views.acts import say
from leads.views.reach import readable_lead, writable_lead
from users.clock import database_now
from users.requests import PageRequest


@require_POST
def move_undo(request: PageRequest, pk: int) -> HttpResponse:
    """Take back one's own move; too late or overtaken is said on the lead's page."""
    change = get_object_or_404(StageChange, pk=pk)
    lead = readable_lead(request, change.lead_id)
    if change.by_id != request.user.pk:
        raise PermissionDenied("Only the person who moved a lead can take the move back.")
    try:
        undo([change.pk], by=request.user.pk, now=database_now())
    except UndoNotPossible as refused:
        messages.error(request, str(refused))
    else:
        nudge()
        say(request, _("Taken back"))
    if request.GET.get("next") == "desk":
        return redirect(f"{reverse('leads:desk')}?lead={lead.pk}")
    return redirect("leads:lead_detail", pk=lead.pk)


@require_POST
def lead_archive(request: PageRequest, pk: int) -> HttpResponse:
    """Take a lead out of lists and promotion."""
    lead = writable_lead(request, pk)
    archive_leads([lead.pk], now=database_now())
    nudge()
    say(request, _("%(name)s archived") % {"name": lead.name}, undo=reverse("leads:lead_restore", args=[lead.pk]))
    return redirect("leads:lead_detail", pk=lead.pk)


@require_POST
def lead_restore(request: PageRequest, pk: int) -> HttpResponse:
    """Bring an archived lead back."""
    lead = writable_lead(request, pk)
    archive_leads([lead.pk], now=database_now(), restore=True)
    nudge()
    say(request, _("%(name)s is back") % {"name": lead.name})
    return redirect("leads:lead_detail", pk=lead.pk)
