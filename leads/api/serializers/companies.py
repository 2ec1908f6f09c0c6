"""Companies."""

from typing import Any

from rest_framework import serializers

from leads.api.serializers.captures import CompanyIn, refuse_attributes
from leads.api.serializers.fields import Moment, Values


class CompanyOut(serializers.Serializer):
    """A company with what is known of it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    domain = serializers.CharField(allow_null=True)
    employees = serializers.IntegerField(allow_null=True)
    industry = serializers.CharField()
    country = serializers.CharField()
    region = serializers.CharField()
    attributes = Values()
    created_at = Moment()
    archived_at = Moment(allow_null=True)


class CompanyEdit(CompanyIn):
    """PATCH companies/{id}/: only the fields that are given change."""

    def validate_name(self, name: str) -> str:
        """A company keeps a name."""
        if not name:
            raise serializers.ValidationError("A company needs a name.")
        return name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Attributes are defined ones."""
        refuse_attributes("company", attrs, self.context["catalog"])
        return attrs
