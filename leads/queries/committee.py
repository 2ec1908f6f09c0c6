"""Who decides at a company: its people by their role in the decision, and the roles nobody is known in (R10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leads.models import BuyingRole, Lead, LeadScore

# Whom a purchase needs. Users, influencers and blockers are good to know; without these four nothing is decided.
NEEDED = (BuyingRole.DECISION_MAKER, BuyingRole.TECHNICAL, BuyingRole.FINANCE, BuyingRole.CHAMPION)


@dataclass(frozen=True)
class Seat:
    """A role in the decision with those who have it."""

    role: BuyingRole
    people: Sequence[Lead]
    is_needed: bool

    @property
    def is_gap(self) -> bool:
        """Whether the purchase needs somebody nobody knows."""
        return self.is_needed and not self.people


def committee(people: Sequence[Lead], roles: Mapping[int, str] | None = None) -> list[Seat]:
    """The seats of a buying committee: needed ones first, others where taken. `roles` stand instead of people's own."""
    found: dict[str, list[Lead]] = {}
    for person in people:
        role = (roles or {}).get(person.pk, "" if roles is not None else person.buying_role)
        if role:
            found.setdefault(role, []).append(person)
    others = [role for role in BuyingRole if role not in NEEDED and role in found]
    return [Seat(role, found.get(role, []), role in NEEDED) for role in (*NEEDED, *others)]


def gaps(seats: Sequence[Seat]) -> list[Seat]:
    """The roles nobody is known in."""
    return [seat for seat in seats if seat.is_gap]


def engagement_of(lead_ids: Sequence[int]) -> dict[int, int]:
    """The highest engagement of each person over the models."""
    found: dict[int, int] = {}
    for lead_id, points in LeadScore.objects.filter(lead__in=lead_ids).values_list("lead_id", "engagement"):
        found[lead_id] = max(points, found.get(lead_id, points))
    return found
