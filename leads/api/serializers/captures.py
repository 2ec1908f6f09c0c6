"""POST leads/: what may be said about a person who left contact details."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from leads.api.serializers.fields import (
    Address,
    Country,
    Domain,
    Moment,
    Phone,
    Slug,
    Strict,
    Text,
    Values,
    Whole,
    YesNo,
)
from leads.conditions.catalog import Catalog
from leads.models import BuyingRole, Medium
from leads.people.attributes import attribute_errors

MAX_IDS = 20
MAX_UTM = 20
# Names of identities that a lead has as columns: another system called like this would be mistaken for them.
OWN_IDENTITIES = frozenset({"email", "phone"})


class CompanyIn(Strict):
    """What was said about the company; at least its name or domain."""

    name = Text(200)
    domain = Domain()
    employees = Whole(required=False)
    industry = Text(100)
    country = Country()
    region = Slug(40)
    attributes = Values()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A company has a name or a domain; its attributes are defined ones."""
        if not attrs.get("name") and not attrs.get("domain"):
            raise ValidationError({"name": ["Name the company or give its domain."]})
        refuse_attributes("company", attrs, self.context["catalog"])
        return attrs


class SourceIn(Strict):
    """Where the capture came from."""

    channel = Slug(50)
    campaign = Slug(80)
    audience = Text(100)
    document = Slug(100)
    medium = serializers.ChoiceField(Medium.slugs(), required=False)
    utm = serializers.DictField(child=Text(500), required=False)
    referrer = Text(2000)
    landing_page = Text(2000)

    def validate_utm(self, utm: dict[str, str]) -> dict[str, str]:
        """A handful of short keys."""
        if len(utm) > MAX_UTM or any(not 0 < len(key) <= 40 for key in utm):
            raise ValidationError(f"Give at most {MAX_UTM} keys of at most 40 characters.")
        return utm


class ConsentIn(Strict):
    """Whether the person agreed to receive mail, with the text they saw (R20)."""

    granted = YesNo()
    text = Text(5000)
    source = Text(100)  # type: ignore[assignment]
    ip = serializers.IPAddressField(required=False)


class ExternalIdIn(Strict):
    """What another system calls this person."""

    system = Slug(40, required=True)
    id = Text(200, required=True)

    def validate_system(self, system: str) -> str:
        """Any name but those of our own identities."""
        if system in OWN_IDENTITIES:
            raise ValidationError("Name the other system; this word is taken.")
        return system


class CaptureIn(Strict):
    """A person who left contact details. At least one of email, phone, external_ids."""

    email = Address()
    phone = Phone()
    first_name = Text(100)
    last_name = Text(100)
    job_title = Text(150)
    buying_role = serializers.ChoiceField(choices=BuyingRole.choices, required=False, allow_blank=True)
    company = CompanyIn(required=False)
    source = SourceIn(required=False)  # type: ignore[assignment]
    consent = ConsentIn(required=False)
    external_ids = serializers.ListField(child=ExternalIdIn(), required=False, max_length=MAX_IDS)
    attributes = Values()
    captured_at = Moment(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Somebody is named; attributes are defined ones."""
        if not any(attrs.get(name) for name in ("email", "phone", "external_ids")):
            raise ValidationError({"email": ["Give an e-mail address, a phone number or an external id."]})
        refuse_attributes("lead", attrs, self.context["catalog"])
        return attrs


def refuse_attributes(subject: str, attrs: Mapping[str, Any], catalog: Catalog) -> None:
    """Raise ValidationError naming each attribute that is unknown or has a wrong value."""
    if errors := attribute_errors(subject, attrs.get("attributes", {}), catalog):
        raise ValidationError({"attributes": {key: [reason] for key, reason in errors.items()}})
