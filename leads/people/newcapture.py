"""What one capture says of a person, and by what the person is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leads.models import PassKind
from leads.people.companies import CompanyFacts
from leads.people.identity import Identity

PERSONAL = ("first_name", "last_name", "job_title", "buying_role", "phone")


@dataclass(frozen=True, kw_only=True, slots=True)
class NewCapture:
    """One capture, normalised by its door. At least one of email, phone, external_ids names the person."""

    occurred_at: datetime
    email: str = ""
    phone: str = ""
    external_ids: Sequence[tuple[str, str]] = ()
    first_name: str = ""
    last_name: str = ""
    job_title: str = ""
    buying_role: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    company: CompanyFacts | None = None
    channel_id: int | None = None
    campaign_id: int | None = None
    document: str = ""
    audience: str = ""
    medium: str = ""
    utm: Mapping[str, str] = field(default_factory=dict)
    referrer: str = ""
    landing_page: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    consent: bool | None = None
    consent_text: str = ""
    consent_source: str = ""
    consent_ip: str | None = None
    date_only: bool = False
    kind: PassKind = PassKind.NEW


class IdentityMissing(ValueError):
    """A capture names nobody: no e-mail, no phone, no external id."""


def identities(row: NewCapture) -> list[Identity]:
    """Everything that names the person. A phone does so only alone: a switchboard serves many."""
    found: list[Identity] = [("email", row.email)] if row.email else []
    found += [(system, value) for system, value in row.external_ids]
    if not found and row.phone:
        found = [("phone", row.phone)]
    if not found:
        raise IdentityMissing("Give an e-mail address, a phone number or an external id.")
    return found
