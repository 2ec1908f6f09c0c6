"""Leads: list, capture, one lead, edit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from leads.access import leads_for_user
from leads.api.door import Door
from leads.api.filters import LeadFilter
from leads.api.lists import ListDoor
from leads.api.serializers.captures import CaptureIn
from leads.api.serializers.leads import LeadDetailOut, LeadIn, LeadOut, lead_out, shown
from leads.api.serializers.received import Received
from leads.api.slugs import slug_ids
from leads.idempotency import idempotent
from leads.models import Campaign, Channel, Lead
from leads.nudge import nudge
from leads.people.capture import Captured, NewCapture, capture
from leads.people.companies import CompanyFacts
from leads.people.edit import edit_leads
from leads.people.newcapture import PERSONAL
from users.access import Right, token_allows
from users.problems import Conflict
from users.transactions import one_transaction

RECEIVED = {"received": True}


class LeadList(ListDoor):
    """GET a page of leads; POST one that left contact details."""

    needs: ClassVar = {"GET": "read", "POST": Right.CAPTURE}
    filterset_class = LeadFilter
    orders = ("-captured_at", "email", "id")

    def rows(self):
        """Leads the caller may see, archived ones left out."""
        return shown(leads_for_user(self.user).filter(archived_at=None))

    @extend_schema(responses=LeadOut(many=True))
    def get(self, request: Request) -> Response:
        """Leads by page."""
        return self.page(request, LeadOut)

    @extend_schema(
        request=CaptureIn,
        responses={
            201: LeadOut,
            200: OpenApiResponse(LeadOut, description="The person was known and has been completed."),
            202: OpenApiResponse(Received, description="Taken; the caller may not read the lead."),
        },
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Capture a person: found or made, never doubled."""
        said = self.read(CaptureIn)
        row = new_capture(said, request.data, now=self.now)
        with one_transaction():
            (captured,) = capture([row], by=self.user.pk, now=self.now)
            if captured.refused or captured.lead_id is None:
                raise Conflict(captured.refused, "identity-clash", "Two different leads")
            nudge()
        return self.answer(captured, captured.lead_id)

    def answer(self, captured: Captured, lead_id: int) -> Response:
        """The lead, or no more than a receipt where the caller may not read it."""
        if not token_allows(self.token, "read"):
            return Response(RECEIVED, status=202)
        # Whoever brings a person in may read the answer; whether a known one is theirs is another matter.
        if not captured.is_new and not leads_for_user(self.user).filter(pk=lead_id).exists():
            return Response(RECEIVED, status=202)
        return Response(lead_out(lead_id), status=201 if captured.is_new else 200)


class LeadDetail(Door):
    """One lead."""

    needs: ClassVar = {"GET": "read", "PATCH": "write"}

    @extend_schema(responses=LeadDetailOut)
    def get(self, request: Request, lead_id: int) -> Response:
        """The lead as it stands."""
        return lead_answer(get_object_or_404(leads_for_user(self.user), pk=lead_id).pk)

    @extend_schema(request=LeadIn, responses=LeadDetailOut)
    def patch(self, request: Request, lead_id: int) -> Response:
        """Change the fields that are given."""
        writable_lead(self, lead_id)
        edit = self.read(LeadIn, partial=True)
        if "company" in edit:
            edit["company_id"] = edit.pop("company")
        if "email" in edit:
            edit["email"] = edit["email"] or None
        try:
            with one_transaction():
                edit_leads({lead_id: edit}, by=self.user.pk, now=self.now)
                refuse_nobody(lead_id)
                nudge()
        except IntegrityError:
            reason = "Another lead has this address."
            raise ValidationError({"email": [ErrorDetail(reason, code="unique")]}) from None
        return lead_answer(lead_id)


def lead_answer(lead_id: int, status: int = 200) -> Response:
    """The lead's own page, for callers already let in."""
    lead = get_object_or_404(shown(Lead.objects.prefetch_related("external_ids")), pk=lead_id)
    return Response(LeadDetailOut(lead).data, status=status)


def readable_lead(door: Door, lead_id: int) -> Lead:
    """A lead the caller may see; raises Http404 for any other."""
    return get_object_or_404(leads_for_user(door.user).select_related("stage"), pk=lead_id)


def writable_lead(door: Door, lead_id: int) -> Lead:
    """A lead the caller may write. Raises Http404 outside their sight, PermissionDenied where they only read."""
    lead = readable_lead(door, lead_id)
    if not leads_for_user(door.user, "write").filter(pk=lead_id).exists():
        raise PermissionDenied
    return lead


def refuse_nobody(lead_id: int) -> None:
    """Raise ValidationError when nothing names the person any more."""
    lead = Lead.objects.get(pk=lead_id)
    if not lead.email and not lead.phone and not lead.external_ids.exists():
        raise ValidationError({"email": ["Leave an e-mail address, a phone number or an external id."]})


def new_capture(said: Mapping[str, Any], payload: Any, *, now: datetime) -> NewCapture:
    """A validated body in the words of the flow."""
    source, consent = said.get("source", {}), said.get("consent", {})
    channels = slug_ids(Channel, _given(source, "channel"))
    campaigns = slug_ids(Campaign, _given(source, "campaign"))
    return NewCapture(
        occurred_at=said.get("captured_at", now),
        **{name: said.get(name, "") for name in ("email", *PERSONAL)},
        **{name: source.get(name, "") for name in ("document", "audience", "medium", "referrer", "landing_page")},
        external_ids=[(row["system"], row["id"]) for row in said.get("external_ids", ())],
        attributes=said.get("attributes", {}),
        company=CompanyFacts(**said["company"]) if "company" in said else None,
        channel_id=channels.get(source.get("channel", "")),
        campaign_id=campaigns.get(source.get("campaign", "")),
        utm=source.get("utm", {}),
        payload=payload,
        consent=consent.get("granted"),
        consent_text=consent.get("text", ""),
        consent_source=consent.get("source", ""),
        consent_ip=consent.get("ip"),
    )


def _given(source: Mapping[str, str], name: str) -> dict[str, str]:
    return {f"source.{name}": source[name]} if source.get(name) else {}
