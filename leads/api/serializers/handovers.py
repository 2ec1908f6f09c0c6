"""Handovers and what sales says to them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from leads.api.serializers.fields import Address, Id, Moment, MomentAhead, Slug, Strict, Text
from leads.models import Handover

MAX_MISSING = 20


class RecommendationOut(serializers.Serializer):
    """What somebody in sales development says of an offer."""

    by = serializers.CharField(source="recommended_by.email", default=None, allow_null=True)
    at = Moment(source="recommended_at")
    text = serializers.CharField(source="recommendation")


class HandoverOut(serializers.Serializer):
    """An offer of a lead to sales."""

    id = serializers.IntegerField()
    lead = serializers.IntegerField(source="lead_id")
    cycle = serializers.IntegerField()
    state = serializers.CharField()
    offered_at = Moment()
    due_at = Moment(allow_null=True)
    snoozed_until = Moment(allow_null=True)
    route = serializers.CharField()
    rule = serializers.CharField(source="rule.name", default=None, allow_null=True)
    recommended = serializers.SerializerMethodField()
    assignee = serializers.CharField(source="assignee.email", default=None, allow_null=True)
    team = serializers.CharField(source="team.slug", default=None, allow_null=True)
    why = serializers.SerializerMethodField()
    decided_by = serializers.CharField(source="decided_by.email", default=None, allow_null=True)
    decided_at = Moment(allow_null=True)
    reason = serializers.CharField()
    missing = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField()
    duplicate_of = serializers.IntegerField(source="duplicate_of_id", allow_null=True)

    @extend_schema_field(RecommendationOut(allow_null=True))
    def get_recommended(self, handover: Handover) -> Any:
        """Who recommends it, when, and why; null where nobody does."""
        return RecommendationOut(handover).data if handover.recommended_at else None

    def get_why(self, handover: Handover) -> list[str]:
        """What gave points, best first."""
        return [f"{line['text']} ({line['points']:+d})" for line in handover.why]


class AcceptIn(Strict):
    """Sales takes responsibility."""

    note = Text(5000)


class RejectIn(Strict):
    """The lead is disqualified; one of the administered reasons says why."""

    reason = Slug(60, required=True)
    note = Text(5000)


class ReturnIn(RejectIn):
    """Back to marketing, with the reason and what is missing."""

    missing = serializers.ListField(child=Text(40, required=True), required=False, max_length=MAX_MISSING)


class DuplicateIn(Strict):
    """The lead is a person known already."""

    duplicate_of = Id()
    note = Text(5000)


class SnoozeIn(Strict):
    """Out of the queue until then; 90 days at most."""

    until = MomentAhead()


class AssignIn(Strict):
    """On to somebody of the team, by their e-mail."""

    to = Address(required=True)


class Nothing(Strict):
    """No body, or an empty object."""

    def to_internal_value(self, data: Any) -> Any:
        """An empty body reads as an empty object."""
        return super().to_internal_value(data or {})
