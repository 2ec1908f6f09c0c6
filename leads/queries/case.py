"""The case of one offer: why the lead qualified, what it did last, and what we know of its company."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext as _

from leads.models import (
    Activity,
    Cause,
    Handover,
    HandoverState,
    Lead,
    Opportunity,
    OpportunityState,
    Outcome,
    Reason,
    Route,
    StageChange,
)
from leads.queries.score_card import Card, cards
from leads.queries.standing import Goal
from leads.queries.timeline import Entry, timeline
from users.models import User

ACTS = 3
DEALINGS = 6


def why(lead_id: int, goal: Goal | None) -> Card | None:
    """The score card that made the lead qualified."""
    found = cards(lead_id)
    return found.get(goal.model_slug) if goal else next(iter(found.values()), None)


def last_acts(lead_id: int) -> Sequence[Entry]:
    """The last three things the lead did, visits as one."""
    acts = timeline(lead_id, size=60, kinds={"activity"}).entries
    return [entry for entry in acts if isinstance(entry.row, Activity)][:ACTS]


@dataclass(frozen=True)
class Dealing:
    """Something that happened with the lead, or somebody of its company, before: a deal, a decision, an end."""

    at: datetime | date | None
    lead: Lead | None
    what: str
    why: str = ""
    amount: Decimal | None = None
    currency: str = ""
    by: User | None = None
    is_open: bool = False


def dealings(lead: Lead, others: Sequence[Lead]) -> list[Dealing]:
    """What we had to do with the lead and with the others before, open deals first, then the latest; four queries."""
    people = {person.pk: person for person in (lead, *others)}
    found = [*_deals(lead, people), *_ends(people), *_refusals(people)]
    labels = dict(Reason.objects.filter(slug__in={row.why for row in found}).values_list("slug", "label"))
    rows = [Dealing(**{**vars(row), "why": labels.get(row.why, row.why)}) for row in found]
    rows.sort(key=lambda row: (row.is_open, str(row.at or "")), reverse=True)
    return rows[:DEALINGS]


def _deals(lead: Lead, people: dict[int, Lead]) -> list[Dealing]:
    """The deals of the people, and those of the company that belong to nobody."""
    theirs = Q(lead__in=people)
    if lead.company_id is not None:
        theirs |= Q(company=lead.company_id, lead__isnull=True)
    rows = Opportunity.objects.filter(theirs).order_by("-closed_at", "-pk")[:DEALINGS]
    words = {OpportunityState.OPEN: _("Open deal"), OpportunityState.WON: _("Won"), OpportunityState.LOST: _("Lost")}
    return [
        Dealing(
            at=row.closed_at or row.expected_close_on,
            lead=people.get(row.lead_id or 0),
            what=words[OpportunityState(row.state)],
            why=row.reason,
            amount=row.amount,
            currency=row.currency,
            is_open=row.state == OpportunityState.OPEN,
        )
        for row in rows
    ]


def _ends(people: dict[int, Lead]) -> list[Dealing]:
    """Passes that ended without a deal and without a decision of ours on an offer."""
    rows = StageChange.objects.filter(lead__in=people, outcome__in=(Outcome.NURTURE, Outcome.DISQUALIFIED))
    rows = rows.filter(undone_by=None, undoes=None).exclude(cause=Cause.HANDOVER).select_related("by")
    return [
        Dealing(row.occurred_at, people[row.lead_id], str(Outcome(row.outcome).label), row.reason, by=row.by)
        for row in rows.order_by("-pk")[:DEALINGS]
    ]


def _refusals(people: dict[int, Lead]) -> list[Dealing]:
    """Offers that sales turned down."""
    states = (HandoverState.REJECTED, HandoverState.RETURNED, HandoverState.DUPLICATE)
    rows = Handover.objects.filter(lead__in=people, state__in=states).select_related("decided_by").order_by("-pk")
    return [
        Dealing(row.decided_at, people[row.lead_id], row.get_state_display(), row.reason, by=row.decided_by)
        for row in rows[:DEALINGS]
    ]


def routed(handover: Handover, user: User) -> str:
    """Why the offer came to whom it came, in words for this reader."""
    mine = handover.assignee_id == user.pk
    who = {"name": str(handover.assignee or ""), "team": str(handover.team or "")}
    if handover.route == Route.OWNER and handover.assignee is not None:
        who["company"] = str(handover.lead.company or "")
        return (_("Yours: you work with %(company)s") if mine else _("For %(name)s, who works with %(company)s")) % who
    to = _("you") if mine else str(handover.assignee or _("the team %(team)s") % who)
    if handover.route == Route.PERSON:
        return _("Passed on to %(who)s by a person") % {"who": to}
    if handover.route == Route.RULE and handover.rule is not None:
        return _("To %(who)s by the rule “%(rule)s”") % {"who": to, "rule": handover.rule}
    if handover.assignee is None and handover.team is None:
        return _("Offered to nobody: no rule matched")
    return _("To %(who)s: no rule matched") % {"who": to}
