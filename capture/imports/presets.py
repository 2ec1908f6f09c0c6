"""What every preset offers: which columns a file has, and what a row of it says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from capture.imports.columns import Column
from leads.handover.close import Deal
from leads.models import OpportunityState
from leads.people.attributes import NewAttribute
from leads.people.companies import CompanyFacts
from leads.people.identity import Identity

Values = Mapping[str, Any]
Facts = TypeVar("Facts")


@dataclass(frozen=True, kw_only=True)
class Preset(Generic[Facts]):
    """A kind of file. `facts` reads the values of one row; `attributes` are defined where they are missing.

    `slug` names what was read and how: the same cells under the same name say the same.
    """

    slug: str
    columns: Sequence[Column]
    facts: Callable[[Values], Facts]
    attributes: Sequence[NewAttribute] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LeadFacts:
    """What a row says about a person: `capture` as a NewCapture is given it, without what the import adds.

    `channel` is the key and name of the source, None where not given. `bounced`: mail to the address came back.
    `flag`: what is odd about the row, though it is taken.
    """

    capture: Mapping[str, Any]
    channel: tuple[str, str] | None = None
    bounced: bool = False
    flag: str = ""


@dataclass(frozen=True, kw_only=True)
class DealFacts:
    """What a row says about a closed deal. `deal` gets its lead when the person is found.

    `key` and `moment` are the columns that name the person and the time of closing: refusals point there.
    """

    person: Identity
    deal: Deal
    attributes: Mapping[str, Any] = field(default_factory=dict)
    key: str
    moment: str


@dataclass(frozen=True, kw_only=True)
class OpportunityFacts:
    """What a row says about a deal that another system knows by its own id. `moment` is the column of its closing."""

    external_id: str
    state: OpportunityState
    company: CompanyFacts | None = None
    amount: Decimal | None = None
    currency: str = ""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    moment: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CompanyRow:
    """What a row says about a company."""

    company: CompanyFacts
