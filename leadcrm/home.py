"""The first page after the door: where this person's work lies."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from users.models import Role


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Sales reps begin with the inbox, everybody else with the funnel."""
    if request.user.is_authenticated and request.user.role == Role.SALES_REP:
        return redirect("leads:inbox")
    try:
        return redirect(reverse("reports:funnel"))
    except NoReverseMatch:  # an installation without reports
        return redirect("leads:lead_list")
