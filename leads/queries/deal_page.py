"""What the page of one deal says beside its columns: what is missing, what to be careful of, what was changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from leads.models import BuyingRole, Deadline, DeadlineKind, Lead, Opportunity, OpportunityState
from users.models import User

# Names of what the systems we import from say of their deals; keys of the installation itself are left out.
PARTICULARS = {
    "sales_agent": "Sales agent",
    "product": "Product",
    "deal_stage": "Stage there",
    "manager": "Manager",
    "regional_office": "Regional office",
    "seller_id": "Seller",
    "sdr_id": "SDR",
    "sr_id": "Sales rep",
}
HIDDEN = frozenset({"import"})
CHANGES = 100


def missing_of(deal: Opportunity) -> list[str]:
    """What an open deal ought to name and does not yet."""
    if deal.state != OpportunityState.OPEN or deal.system:
        return []
    wanted = [
        (deal.amount is None, _("the amount")),
        (deal.expected_close_on is None, _("when it is expected to close")),
        (not deal.milestones.all(), _("milestones agreed with the customer")),
        (not deal.stakeholders.all(), _("who has a say")),
    ]
    return [name for is_missing, name in wanted if is_missing]


def cautions(deal: Opportunity) -> list[str]:
    """Why winning now may be rushed (R65): told, never refused."""
    if deal.state != OpportunityState.OPEN or deal.system:
        return []
    open_steps = [step.title for step in deal.milestones.all() if step.done_at is None]
    people = len(deal.stakeholders.all())
    found = []
    if open_steps:
        found.append(_("Milestones still open: %(names)s.") % {"names": ", ".join(open_steps)})
    if people == 1:
        found.append(_("Only one person there is known to have a say."))
    if people == 0:
        found.append(_("Nobody there is known to have a say."))
    return found


def clock_of(deal: Opportunity) -> Deadline | None:
    """The clock from sales qualified to opportunity, where it runs or ran."""
    if deal.lead_id is None or deal.cycle is None:
        return None
    clocks = Deadline.objects.filter(lead=deal.lead_id, cycle=deal.cycle, kind=DeadlineKind.OPPORTUNITY)
    return clocks.filter(dropped_at=None).order_by("-started_at").first()


def particulars(deal: Opportunity) -> list[dict[str, str]]:
    """What another system says of its deal, in words."""
    return [
        {"label": _(PARTICULARS.get(key, key.replace("_", " ").capitalize())), "value": str(value)}
        for key, value in sorted(deal.data.items())
        if key not in HIDDEN and isinstance(value, str | int | float) and str(value)
    ]


@dataclass(frozen=True)
class Change:
    """One line of the history."""

    at: datetime
    by: User | None
    words: list[str]


def history(deal: Opportunity) -> list[Change]:
    """Who changed what, newest first."""
    rows = list(deal.changes.select_related("by").order_by("-recorded_at", "-pk")[:CHANGES])
    ids = {int(pk) for row in rows for pk in row.after.get("stakeholders", {})}
    names = {lead.pk: lead.name for lead in Lead.objects.filter(pk__in=ids)}
    return [Change(row.recorded_at, row.by, _words(row.before, row.after, names)) for row in rows]


def _words(before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[int, str]) -> list[str]:
    found = []
    for key, value in after.items():
        if key == "milestones":
            found += [_step_words(before[key].get(pk), said) for pk, said in value.items()]
        elif key == "stakeholders":
            found += [_stake_words(names.get(int(pk), _("somebody erased")), said) for pk, said in value.items()]
        elif key in _LABELS:
            found.append(_term_words(key, before.get(key), value))
    return found


_LABELS = {
    "name": lambda: _("Name"),
    "amount": lambda: _("Amount"),
    "currency": lambda: _("Currency"),
    "expected_close_on": lambda: _("Expected close"),
    "competitor": lambda: _("Competitor"),
}


def _term_words(key: str, before: Any, after: Any) -> str:
    said = {"label": _LABELS[key](), "before": _shown(key, before), "after": _shown(key, after)}
    if before in (None, ""):
        return _("%(label)s: %(after)s") % said
    if after in (None, ""):
        return _("%(label)s taken off, it was %(before)s") % said
    return _("%(label)s from %(before)s to %(after)s") % said


def _shown(key: str, value: Any) -> str:
    if value in (None, ""):
        return ""
    if key == "expected_close_on":
        return date_format(date.fromisoformat(value), "j M Y")
    if key == "amount":
        return number_format(value, decimal_pos=0 if float(value).is_integer() else 2, force_grouping=True)
    return str(value)


def _step_words(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    title = (after or before or {}).get("title", "")
    if before is None:
        return _("Milestone added: %(title)s") % {"title": title}
    if after is None:
        return _("Milestone taken off: %(title)s") % {"title": title}
    if after["is_done"] != before["is_done"]:
        return (_("Milestone reached: %(title)s") if after["is_done"] else _("Milestone open again: %(title)s")) % {
            "title": title
        }
    return _("Milestone changed: %(title)s") % {"title": title}


def _stake_words(name: str, said: list[str] | None) -> str:
    if said is None:
        return _("%(name)s: no say any more") % {"name": name}
    return _("%(name)s: %(role)s") % {"name": name, "role": BuyingRole(said[0]).label}
