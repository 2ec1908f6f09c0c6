"""Changing what is known of leads and companies: one way, journaled, touching whom it concerns."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from leads.activity.news import publish, touch
from leads.lifecycle.locks import lock
from leads.models import AttributeChange, Company, Lead
from leads.people.normalise import company_key
from users.rows import insert
from users.transactions import one_transaction

LEAD_FIELDS = frozenset(
    {"email", "phone", "first_name", "last_name", "job_title", "buying_role", "company_id", "attributes"}
)
COMPANY_FIELDS = frozenset({"name", "domain", "employees", "industry", "country", "region", "attributes"})


@one_transaction()
def edit_leads(
    edits: Mapping[int, Mapping[str, Any]],
    *,
    by: int | None,
    now: datetime,
    wakes: bool = True,
    locked: Mapping[int, Lead] | None = None,
) -> set[int]:
    """Write columns of leads, by id; `attributes` are merged key by key, null removes one. Returns who changed.

    Values are taken as normalised and checked by the doors. Without `wakes` (imports) resting leads go on resting.
    `locked` are the leads where the caller holds them already.
    """
    leads = lock(edits) if locked is None else {pk: locked[pk] for pk in edits}
    written = _write(Lead, leads, edits, LEAD_FIELDS, by=by, now=now)
    touch(written, fact_at=now if wakes else None)
    publish("lead_edited", written, now=now)
    return written


@one_transaction()
def edit_companies(
    edits: Mapping[int, Mapping[str, Any]], *, by: int | None, now: datetime, wakes: bool = True
) -> set[int]:
    """Write columns of companies, by id; their leads are touched. Returns which changed."""
    # Not their keys: whoever makes leads at these companies meanwhile need not wait.
    rows = Company.objects.select_for_update(no_key=True).filter(pk__in=edits).order_by("pk")
    companies = {company.pk: company for company in rows}
    written = _write(Company, companies, edits, COMPANY_FIELDS, by=by, now=now)
    if written:
        lead_ids = list(Lead.objects.filter(company_id__in=written).values_list("pk", flat=True))
        touch(lead_ids, fact_at=now if wakes else None)
        publish("company_edited", lead_ids, now=now)
    return written


def changed(row: Lead | Company, edit: Mapping[str, Any]) -> dict[str, Any]:
    """What of an edit really differs from the row: the new values by column."""
    wanted = {name: _merged(row.attributes, value) if name == "attributes" else value for name, value in edit.items()}
    return {name: value for name, value in wanted.items() if getattr(row, name) != value}


@one_transaction()
def set_owner(lead_ids: Mapping[int, int | None], *, now: datetime) -> None:
    """Give leads to owners (user ids) or to nobody."""
    leads = lock(lead_ids)
    for pk, lead in leads.items():
        lead.owner_id = lead_ids[pk]
    Lead.objects.bulk_update(leads.values(), ["owner"])
    touch(leads, fact_at=None)
    publish("owner_changed", leads, now=now)


@one_transaction()
def archive_leads(lead_ids: list[int], *, now: datetime, restore: bool = False) -> None:
    """Take leads out of lists and promotion, or bring them back; nothing is lost."""
    leads = lock(lead_ids)
    Lead.objects.filter(pk__in=leads).update(archived_at=None if restore else now)
    touch(leads, fact_at=None)
    publish("lead_restored" if restore else "lead_archived", leads, now=now)


@one_transaction()
def archive_companies(company_ids: list[int], *, now: datetime, restore: bool = False) -> None:
    """Take companies out of lists, or bring them back; their leads stay."""
    Company.objects.filter(pk__in=company_ids).update(archived_at=None if restore else now)


def _write(
    model: type[Lead] | type[Company],
    rows: Mapping[int, Any],
    edits: Mapping[int, Mapping[str, Any]],
    fields: frozenset[str],
    *,
    by: int | None,
    now: datetime,
) -> set[int]:
    """Apply edits in memory, journal what really changes, write all in one statement."""
    subject = "lead_id" if model is Lead else "company_id"
    changes: list[dict[str, Any]] = []
    columns: set[str] = set()
    for pk, row in rows.items():
        if unknown := edits[pk].keys() - fields:
            raise ValueError(f"{', '.join(sorted(unknown))}: not edited this way")
        if not (after := changed(row, edits[pk])):
            continue
        before = {name: getattr(row, name) for name in after}
        changes.append({subject: pk, "before": before, "after": after, "recorded_at": now, "by_id": by})
        for name, value in after.items():
            setattr(row, name, value)
        if isinstance(row, Company) and "name" in after:
            row.name_key = company_key(row.name)
            columns.add("name_key")
        columns |= after.keys()
    insert(AttributeChange, changes)
    written = {change[subject] for change in changes}
    if written:
        model._default_manager.bulk_update([rows[pk] for pk in written], sorted(columns))
    return written


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**old, **new}.items() if value is not None}
