"""A company as one account: its deals of all passes and systems, and the passes of its people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from leads.access.deals import opportunities_for_user
from leads.models import Company, Opportunity, Pass, StageChange
from users.models import User

SHOWN = 50


def deals_of(user: User, company: Company) -> list[Opportunity]:
    """The deals of a company that the user may see, open ones first, then the latest closed."""
    mine = opportunities_for_user(user).filter(Q(lead__company=company) | Q(lead__isnull=True, company=company))
    mine = mine.select_related("lead__owner", "lead__stage", "lead__company", "company")
    return list(mine.order_by(F("closed_at").desc(nulls_first=True), "expected_close_on", "-pk")[:SHOWN])


@dataclass(frozen=True)
class PastPass:
    """One pass of one person that has ended, and how."""

    row: Pass
    outcome: str
    ended_at: datetime


def past_passes(lead_ids: Sequence[int]) -> list[PastPass]:
    """The passes of these people that have ended, the latest first; those taken back are not told."""
    ends = StageChange.objects.filter(lead__in=lead_ids, undoes=None, undone_by=None).exclude(outcome="")
    found = {
        (pk, cycle): (outcome, at)
        for pk, cycle, outcome, at in ends.order_by("pk").values_list("lead", "cycle", "outcome", "occurred_at")
    }
    rows = Pass.objects.filter(lead__in=lead_ids).select_related("lead", "channel", "campaign")
    past = [PastPass(row, *found[row.lead_id, row.cycle]) for row in rows if (row.lead_id, row.cycle) in found]
    return sorted(past, key=lambda one: one.ended_at, reverse=True)[:SHOWN]
