"""Importing companies: what a file of accounts says about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from capture.imports.presets import CompanyRow
from capture.imports.run import Fate, Read, Result
from leads.models import Company
from leads.people.companies import known_companies, upsert_companies

_SAID = ("name", "domain", "employees", "industry", "country", "region", "attributes")


@transaction.atomic
def import_companies(rows: Sequence[Read[CompanyRow]], *, by: int | None, now: datetime) -> list[Result]:
    """Make or complete the companies of these rows."""
    facts = [row.facts.company for row in rows]
    known = {pk for pk in known_companies(facts) if pk is not None}
    before = _stored(known)
    ids = upsert_companies(facts, by=by, now=now, wakes=False)
    after = _stored(known)
    return [Result(_fate(pk, before, after)) for pk in ids]


def _fate(pk: int | None, before: dict[int, Any], after: dict[int, Any]) -> Fate:
    if pk not in before:
        return Fate.NEW
    return Fate.UNCHANGED if before[pk] == after[pk] else Fate.UPDATED


def _stored(ids: set[int]) -> dict[int, Any]:
    return {row["pk"]: row for row in Company.objects.filter(pk__in=ids).values("pk", *_SAID)}
