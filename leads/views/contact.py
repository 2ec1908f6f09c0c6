"""Whether we may write to a lead, said by hand."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leads.models import Suppression
from leads.nudge import nudge
from leads.people.contact import lift_suppression, suppress
from leads.views.acts import say
from leads.views.reach import writable_lead
from users.clock import database_now
from users.requests import PageRequest


@require_POST
def lead_suppress(request: PageRequest, pk: int) -> HttpResponse:
    """Send this lead nothing more, whatever it consented to."""
    lead = writable_lead(request, pk)
    suppress([lead.pk], Suppression.BY_HAND, by=request.user.pk, now=database_now())
    nudge()
    say(request, _("%(name)s gets no more mail") % {"name": lead.name})
    return redirect("leads:lead_detail", pk=lead.pk)


@require_POST
def lead_lift(request: PageRequest, pk: int) -> HttpResponse:
    """Let mail go to this lead again, as far as it consented."""
    lead = writable_lead(request, pk)
    lift_suppression([lead.pk], by=request.user.pk, now=database_now())
    nudge()
    say(request, _("%(name)s is no longer suppressed") % {"name": lead.name})
    return redirect("leads:lead_detail", pk=lead.pk)
