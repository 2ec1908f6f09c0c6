"""POST activities/: facts about leads."""

from typing import Any
from urllib.parse import urlsplit

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from leads.api.serializers.captures import ExternalIdIn
from leads.api.serializers.fields import Address, Id, Moment, Slug, Strict, Text, Values, Whole
from leads.models import Evidence, Kind, Medium

DAY_SECONDS = 86_400
BIGGEST_SMALLINT = 2**15 - 1
SPOKEN = ("note", "call")


class LeadRef(Strict):
    """Which lead: exactly one of its number, address or external id."""

    id = Id(required=False)
    email = Address()
    external_id = ExternalIdIn(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One way to name it, not two that might differ."""
        if len([name for name in attrs if attrs[name]]) != 1:
            raise ValidationError("Name the lead by one of id, email, external_id.")
        return attrs


class ActivityIn(Strict):
    """One fact. Notes and calls carry their words in data.text."""

    lead = LeadRef()
    kind = serializers.ChoiceField(Kind.slugs())
    occurred_at = Moment(required=False)
    url = Text(2000)
    dwell_seconds = Whole(required=False, max_value=DAY_SECONDS)
    visit = Text(200)
    medium = serializers.ChoiceField(Medium.slugs(), required=False)
    campaign = Slug(80)
    channel = Slug(50)
    document = Slug(100)
    mail_number = Whole(required=False, min_value=1, max_value=BIGGEST_SMALLINT)
    evidence = serializers.ChoiceField(Evidence.slugs(), required=False)
    external_id = Text(200)
    data = Values(limit=10_000)  # type: ignore[assignment]

    def validate_url(self, url: str) -> str:
        """An address that can be read."""
        try:
            urlsplit(url)
        except ValueError:
            raise ValidationError("This is no address.") from None
        return url

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A note without words says nothing."""
        text = attrs.get("data", {}).get("text", "")
        if not isinstance(text, str):
            raise ValidationError({"data.text": ["Give a text."]})
        if attrs["kind"] in SPOKEN and not text.strip():
            raise ValidationError({"data.text": ["Say what was noted or spoken about."]})
        return attrs
