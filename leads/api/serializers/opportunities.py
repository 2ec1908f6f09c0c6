"""Opportunities: what is agreed, by when, with whom."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from leads.api.serializers.fields import Moment, Strict, Text, Values

MAX_AMOUNT = Decimal("999999999999.99")


class MilestoneOut(serializers.Serializer):
    """A step agreed with the customer."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    agreed_with = serializers.CharField()
    done_at = Moment(allow_null=True)


class StakeholderOut(serializers.Serializer):
    """Somebody with a say."""

    lead = serializers.IntegerField(source="lead_id")
    role = serializers.CharField()
    note = serializers.CharField()


class OpportunityOut(serializers.Serializer):
    """A deal: of a pass of a lead, or known by another system's id."""

    id = serializers.IntegerField()
    lead = serializers.IntegerField(source="lead_id", allow_null=True)
    cycle = serializers.IntegerField(allow_null=True)
    company = serializers.IntegerField(source="buyer.id", default=None, allow_null=True)
    system = serializers.CharField()
    external_id = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    state = serializers.CharField()
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    currency = serializers.CharField()
    expected_close_on = serializers.DateField(allow_null=True)
    competitor = serializers.CharField()
    reason = serializers.CharField()
    owner = serializers.CharField(source="lead.owner.email", default=None, allow_null=True)
    opened_at = Moment(allow_null=True)
    closed_at = Moment(allow_null=True)
    milestones = MilestoneOut(source="milestones.all", many=True)
    stakeholders = StakeholderOut(source="stakeholders.all", many=True)
    data = Values()  # type: ignore[assignment]


class OpportunityEdit(Strict):
    """PATCH opportunities/{id}/: only the terms that are given change; null takes an amount or a day off."""

    name = Text(200)
    amount = serializers.DecimalField(
        max_digits=14, decimal_places=2, min_value=Decimal(0), max_value=MAX_AMOUNT, allow_null=True, required=False
    )
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    expected_close_on = serializers.DateField(allow_null=True, required=False)
    competitor = Text(150)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Taking the amount off takes its currency too."""
        if "amount" in attrs and attrs["amount"] is None:
            attrs["currency"] = ""
        return attrs
