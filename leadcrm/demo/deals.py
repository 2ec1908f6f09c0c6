"""What the demo's sales people agree on with those about to buy, and how customers fare."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from leads.handover.deals import NewMilestone, Stake, add_milestones, amend, edit_milestones, set_stakeholders
from leads.models import BuyingRole, Lead, Milestone, Opportunity

# What a title says of somebody's part in the decision; the first that fits counts.
ROLES = [
    (("CFO", "Chief Financial"), BuyingRole.DECISION_MAKER),
    (("VP Finance", "Finance Director"), BuyingRole.FINANCE),
    (("IT Manager",), BuyingRole.TECHNICAL),
    (("Controller", "Head of Accounting", "Accounting Manager"), BuyingRole.INFLUENCER),
    (("Billing Lead", "Senior Accountant", "Accounts Receivable"), BuyingRole.USER),
]
STEPS = [("Security questions answered", 5), ("Trial with their own invoices", 12), ("Contract agreed", 20)]
COMPETITORS = ["", "Ledgerly", "", "BillFox", "their ERP's own module"]
MONTHLY_PRICE = Decimal(8)  # a user and month; a year is sold


def role_of(job_title: str) -> str:
    """Somebody's part in the decision, as far as the title says it."""
    return next((role for words, role in ROLES if any(word in job_title for word in words)), "")


def agree(lead_ids: Sequence[int], *, by: int, now: datetime) -> None:
    """Terms, steps and people of new deals: what it is worth, by when, who has a say."""
    leads = Lead.objects.select_related("company").in_bulk(lead_ids)
    deals = list(Opportunity.objects.filter(lead__in=leads, state="open"))
    amend({deal.pk: _terms(deal.pk, leads[deal.lead_id], now) for deal in deals if deal.lead_id}, by=by, now=now)
    steps = [
        NewMilestone(
            deal_id=deal.pk,
            title=title,
            due_on=(now + timedelta(days=days)).date(),
            agreed_with=leads[deal.lead_id].name,
        )
        for deal in deals
        if deal.lead_id
        for title, days in STEPS
    ]
    made = add_milestones(steps, by=by, now=now)
    edit_milestones({pk: {"is_done": True} for pk in made[:: len(STEPS)]}, by=by, now=now)
    people = {deal.pk: _people(leads[deal.lead_id]) for deal in deals if deal.lead_id}
    set_stakeholders(people, by=by, now=now)


def _terms(deal_id: int, lead: Lead, now: datetime) -> dict[str, object]:
    company = lead.company
    users = (company.employees or 100) // 4 if company else 25
    return {
        "name": f"Invoicing for {company.name if company else lead.name}",
        "amount": (users * 12 * MONTHLY_PRICE).quantize(Decimal("0.01")),
        "currency": "USD",
        "expected_close_on": (now + timedelta(days=14 + 9 * (deal_id % 6))).date(),
        "competitor": COMPETITORS[deal_id % len(COMPETITORS)],
    }


def _people(lead: Lead) -> dict[int, Stake | None]:
    """The lead, and colleagues who are known by now."""
    known = Lead.objects.filter(company=lead.company).order_by("pk") if lead.company else [lead]
    return {person.pk: Stake(role=BuyingRole(person.buying_role or BuyingRole.INFLUENCER)) for person in known}


def finish(lead_id: int, *, by: int, now: datetime) -> None:
    """All steps of a deal that is about to be won are done."""
    left = Milestone.objects.filter(opportunity__lead=lead_id, opportunity__state="open", done_at=None)
    edit_milestones({step.pk: {"is_done": True} for step in left}, by=by, now=now)
