"""The terms of deals on their way: amount, expected close, milestones, stakeholders. Every change is journaled."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from leads.activity.news import publish
from leads.lifecycle.locks import lock
from leads.lifecycle.undo import WINDOW, UndoNotPossible
from leads.models import BuyingRole, Lead, Milestone, Opportunity, OpportunityChange, Stakeholder
from users.rows import insert
from users.transactions import one_transaction

TERMS = frozenset({"name", "amount", "currency", "expected_close_on", "competitor", "data"})
STEP = frozenset({"title", "due_on", "agreed_with", "is_done"})


class OwnedElsewhere(Exception):
    """Another system owns these deals: here they are only read."""


class NoStakeholder(ValueError):
    """Only people of the company that buys have a say in its deal."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewMilestone:
    """A step agreed with the customer."""

    deal_id: int
    title: str
    due_on: date | None = None
    agreed_with: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stake:
    """What somebody is in a deal."""

    role: BuyingRole
    note: str = ""


@one_transaction()
def amend(edits: Mapping[int, Mapping[str, Any]], *, by: int | None, now: datetime) -> dict[int, int]:
    """Write terms of deals, by deal; those not named stay, `data` is merged key by key.

    Returns the line of the journal for each that changed. Raises OwnedElsewhere, ValueError for what is no term.
    """
    deals = lock_deals(edits)
    lines = []
    for pk, deal in deals.items():
        if unknown := edits[pk].keys() - TERMS:
            raise ValueError(f"{', '.join(sorted(unknown))}: no term of a deal")
        after = {name: value for name, value in _wanted(deal, edits[pk]).items() if getattr(deal, name) != value}
        if after:
            lines.append(journal_line(pk, {name: getattr(deal, name) for name in after}, after, by=by, now=now))
            for name, value in after.items():
                setattr(deal, name, value)
    if not lines:
        return {}
    written = [line["opportunity_id"] for line in lines]
    Opportunity.objects.bulk_update([deals[pk] for pk in written], sorted(TERMS))
    return dict(zip(written, _tell(lines, deals, now=now), strict=True))


def _wanted(deal: Opportunity, edit: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {**deal.data, **value} if name == "data" else value for name, value in edit.items()}


@one_transaction()
def undo_amendment(change_id: int, *, by: int, now: datetime) -> None:
    """Take one's own change of terms back within the undo window. Raises UndoNotPossible."""
    change = OpportunityChange.objects.filter(pk=change_id, after__has_any_keys=sorted(TERMS)).first()
    if change is None or change.by_id != by:
        raise UndoNotPossible("There is no such change of yours.")
    if now - change.recorded_at > WINDOW:
        raise UndoNotPossible("The time to undo has passed. Change it by hand instead.")
    deal = lock_deals([change.opportunity_id])[change.opportunity_id]
    if any(plain(getattr(deal, name)) != value for name, value in change.after.items()):
        raise UndoNotPossible("Somebody has changed it since. Change it by hand instead.")
    amend({deal.pk: {name: _read(name, value) for name, value in change.before.items()}}, by=by, now=now)


@one_transaction()
def add_milestones(rows: Sequence[NewMilestone], *, by: int | None, now: datetime) -> list[int]:
    """Agree on steps; returns their ids. Raises OwnedElsewhere."""
    deals = lock_deals(row.deal_id for row in rows)
    ids = insert(
        Milestone,
        [
            {
                "opportunity_id": row.deal_id,
                "title": row.title,
                "due_on": row.due_on,
                "agreed_with": row.agreed_with,
                "done_at": None,
            }
            for row in rows
            if row.deal_id in deals
        ],
    )
    made = Milestone.objects.in_bulk(ids)
    lines = [_step_line(made[pk].opportunity_id, pk, None, _step(made[pk]), by=by, now=now) for pk in ids]
    _tell(lines, deals, now=now)
    return ids


@one_transaction()
def edit_milestones(edits: Mapping[int, Mapping[str, Any]], *, by: int | None, now: datetime) -> set[int]:
    """Change steps, by their ids: title, due_on, agreed_with, is_done. Returns those changed. Raises OwnedElsewhere."""
    deals, steps = _lock_milestones(edits)
    lines = []
    for pk, step in steps.items():
        if unknown := edits[pk].keys() - STEP:
            raise ValueError(f"{', '.join(sorted(unknown))}: not of a milestone")
        before = _step(step)
        for name, value in edits[pk].items():
            if name != "is_done":
                setattr(step, name, value)
            elif value != (step.done_at is not None):
                step.done_at = now if value else None
        if (after := _step(step)) != before:
            lines.append(_step_line(step.opportunity_id, pk, before, after, by=by, now=now))
    changed = {int(pk) for line in lines for pk in line["after"]["milestones"]}
    if changed:
        Milestone.objects.bulk_update([steps[pk] for pk in changed], ["title", "due_on", "agreed_with", "done_at"])
    _tell(lines, deals, now=now)
    return changed


@one_transaction()
def drop_milestones(milestone_ids: Collection[int], *, by: int | None, now: datetime) -> None:
    """Take steps off; the journal keeps them. Raises OwnedElsewhere."""
    deals, steps = _lock_milestones(milestone_ids)
    lines = [_step_line(step.opportunity_id, pk, _step(step), None, by=by, now=now) for pk, step in steps.items()]
    Milestone.objects.filter(pk__in=steps).delete()
    _tell(lines, deals, now=now)


@one_transaction()
def set_stakeholders(wanted: Mapping[int, Mapping[int, Stake | None]], *, by: int | None, now: datetime) -> None:
    """Say who has which say in a deal: by deal and lead, None for no say. Raises OwnedElsewhere, NoStakeholder."""
    deals = lock_deals(wanted)
    _check_people(deals, wanted)
    known = {(row.opportunity_id, row.lead_id): row for row in Stakeholder.objects.filter(opportunity__in=list(deals))}
    kept: list[Stakeholder] = []
    gone: list[int] = []
    lines = []
    for deal_id, people in wanted.items():
        before, after = {}, {}
        for lead_id, stake in people.items():
            row = known.get((deal_id, lead_id))
            was = [row.role, row.note] if row else None
            said = [str(stake.role), stake.note] if stake else None
            if was == said:
                continue
            before[str(lead_id)], after[str(lead_id)] = was, said
            if stake is None:
                gone += [row.pk] if row else []
            else:
                kept.append(Stakeholder(opportunity_id=deal_id, lead_id=lead_id, role=str(stake.role), note=stake.note))
        if after:
            lines.append(journal_line(deal_id, {"stakeholders": before}, {"stakeholders": after}, by=by, now=now))
    Stakeholder.objects.filter(pk__in=gone).delete()
    Stakeholder.objects.bulk_create(
        kept, update_conflicts=True, unique_fields=["opportunity", "lead"], update_fields=["role", "note"]
    )
    _tell(lines, deals, now=now)


def _check_people(deals: Mapping[int, Opportunity], wanted: Mapping[int, Mapping[int, Stake | None]]) -> None:
    ids = {pk for people in wanted.values() for pk, stake in people.items() if stake is not None}
    works_at = dict(Lead.objects.filter(pk__in=ids).values_list("pk", "company_id"))
    own = dict(Lead.objects.filter(opportunities__in=list(deals)).values_list("opportunities", "company_id"))
    for deal_id, people in wanted.items():
        company_id = own.get(deal_id) or deals[deal_id].company_id
        for lead_id, stake in people.items():
            is_own = lead_id == deals[deal_id].lead_id
            if stake is not None and not is_own and (company_id is None or works_at.get(lead_id) != company_id):
                raise NoStakeholder("Only people of the company that buys have a say in its deal.")


def lock_deals(deal_ids: Iterable[int]) -> dict[int, Opportunity]:
    """Lock deals after their leads and read them. Raises OwnedElsewhere."""
    ids = set(deal_ids)
    lock(Opportunity.objects.filter(pk__in=ids, lead__isnull=False).values_list("lead_id", flat=True))
    deals = {deal.pk: deal for deal in Opportunity.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    if owned := sorted({deal.system for deal in deals.values() if deal.system}):
        raise OwnedElsewhere(f"{', '.join(owned)} owns this deal: change it there and import it again.")
    return deals


def _lock_milestones(milestone_ids: Iterable[int]) -> tuple[dict[int, Opportunity], dict[int, Milestone]]:
    ids = set(milestone_ids)
    deals = lock_deals(Milestone.objects.filter(pk__in=ids).values_list("opportunity_id", flat=True))
    return deals, {step.pk: step for step in Milestone.objects.filter(pk__in=ids).order_by("pk")}


def journal_line(
    deal_id: int, before: Mapping[str, Any], after: Mapping[str, Any], *, by: int | None, now: datetime
) -> dict[str, Any]:
    """One line of the journal of deals."""
    was, said = ({name: plain(value) for name, value in side.items()} for side in (before, after))
    return {"opportunity_id": deal_id, "before": was, "after": said, "by_id": by, "recorded_at": now}


def _step(step: Milestone) -> dict[str, Any]:
    return {
        "title": step.title,
        "due_on": plain(step.due_on),
        "agreed_with": step.agreed_with,
        "is_done": step.done_at is not None,
    }


def _step_line(deal_id: int, pk: int, before: Any, after: Any, *, by: int | None, now: datetime) -> dict[str, Any]:
    was, said = {"milestones": {str(pk): before}}, {"milestones": {str(pk): after}}
    return journal_line(deal_id, was, said, by=by, now=now)


def _tell(lines: Sequence[Mapping[str, Any]], deals: Mapping[int, Opportunity], *, now: datetime) -> list[int]:
    ids = insert(OpportunityChange, lines)
    leads = (deals[line["opportunity_id"]].lead_id for line in lines)
    publish("deal_amended", (pk for pk in leads if pk is not None), now=now)
    return ids


def plain(value: Any) -> Any:
    """A term as JSON holds it."""
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def _read(name: str, value: Any) -> Any:
    """A term as the journal holds it, as the deal holds it."""
    if value is None:
        return None
    if name == "amount":
        return Decimal(value)
    return date.fromisoformat(value) if name == "expected_close_on" else value
