"""What every page of one lead begins with: is it within reach, and may it be written."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from leads.access import companies_for_user, handovers_to_decide, leads_for_user, waiting
from leads.models import Company, Handover, HandoverState, Lead
from users.requests import PageRequest

NOT_YOURS = "Your role may read this, not change it."


def readable_lead(request: PageRequest, pk: int) -> Lead:
    """The lead, or 404 outside the user's reach."""
    rows = leads_for_user(request.user).select_related("company", "stage", "owner", "channel", "campaign")
    return get_object_or_404(rows, pk=pk)


def may_write(request: PageRequest, lead: Lead) -> bool:
    """Whether the user may change the lead."""
    return leads_for_user(request.user, "write").filter(pk=lead.pk).exists()


def writable_lead(request: PageRequest, pk: int) -> Lead:
    """The lead, 404 outside the user's reach, 403 where it may only be read."""
    lead = readable_lead(request, pk)
    if not may_write(request, lead):
        raise PermissionDenied(NOT_YOURS)
    return lead


def readable_company(request: PageRequest, pk: int) -> Company:
    """The company, or 404 outside the user's reach."""
    return get_object_or_404(companies_for_user(request.user), pk=pk)


def writable_company(request: PageRequest, pk: int) -> Company:
    """The company, 404 outside the user's reach, 403 where it may only be read."""
    company = readable_company(request, pk)
    if not companies_for_user(request.user, "write").filter(pk=pk).exists():
        raise PermissionDenied(NOT_YOURS)
    return company


def open_handovers(request: PageRequest) -> QuerySet[Handover]:
    """Open offers the user may decide on, put aside or not."""
    return handovers_to_decide(request.user).filter(state=HandoverState.OPEN, lead__archived_at=None)


def waiting_handovers(request: PageRequest, now: datetime) -> QuerySet[Handover]:
    """The user's queue: open offers that are not put aside until later."""
    return waiting(handovers_to_decide(request.user), now)
