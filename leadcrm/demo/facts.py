"""What can happen in the demo. Facts only: where a lead stands comes out of the flows that are told of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from leadcrm.demo.people import Person
from leads.handover.decide import Verb
from leads.models import Kind, Medium, Outcome, Realm


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something about the person with this address.

    `alone`: it is recorded at its own moment; facts that are not share calls of the flows with others of their day.
    `decides`: a criterion may hold by it, so it is judged at once; the rest is judged at the next such moment or at
    midnight, as by a worker that looks once a day.
    """

    who: str
    at: datetime
    alone: bool = False
    decides: bool = False


@dataclass(frozen=True, kw_only=True)
class Arrival(Fact):
    """Somebody leaves their details for the report."""

    person: Person
    campaign: str
    channel: str
    medium: Medium


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One activity; `at` is its own time."""

    kind: Kind
    at: datetime
    url: str = ""
    visit: str = ""
    dwell_seconds: int | None = None
    medium: Medium | None = None
    document: str = ""
    campaign: str = ""
    channel: str = ""
    source: str = "tracker"
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Deeds(Fact):
    """Activities that become known together, for example the pages of a visit. `role` names who of us recorded them."""

    deeds: Sequence[Deed]
    role: str = ""


@dataclass(frozen=True, kw_only=True)
class MailRead(Fact):
    """Somebody's program loaded the picture of a campaign's mail, or followed its link. Empty `agent`: a browser."""

    campaign: str
    number: int
    link: int | None = None
    agent: str = ""


@dataclass(frozen=True, kw_only=True)
class Learned(Fact):
    """What somebody found out about the person and the company."""

    role: str
    lead: Mapping[str, Any] = field(default_factory=dict)
    company: Mapping[str, Any] = field(default_factory=dict)
    industry: str = ""
    buying_role: str = ""
    phone: str = ""


@dataclass(frozen=True, kw_only=True)
class Assessed(Fact):
    """A BANT worksheet: one letter for budget, authority, need and timeline each, of "u n p y"."""

    role: str
    realm: Realm
    parts: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Called(Fact):
    """Sales development called, and is to call again."""

    again_at: datetime
    text: str


@dataclass(frozen=True, kw_only=True)
class Recommended(Fact):
    """Sales development recommends the lead to sales."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Decided(Fact):
    """What sales says to the offer."""

    role: str
    verb: Verb
    reason: str = ""
    missing: Sequence[str] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Proven(Fact):
    """Proof of the intent to buy."""

    form: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Closed(Fact):
    """The end of a pass."""

    outcome: Outcome
    reason: str = ""
    amount: Decimal | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class CampaignEnded(Fact):
    """The last moment of a campaign; `who` is its key."""
