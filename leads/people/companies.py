"""Finding and making companies: by domain, else by normalised name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from leads.models import Company
from leads.people.edit import edit_companies
from leads.people.normalise import company_key, free_mail_domains


@dataclass(frozen=True, kw_only=True, slots=True)
class CompanyFacts:
    """What somebody said about a company. Blank and None say nothing and overwrite nothing."""

    name: str = ""
    domain: str = ""
    employees: int | None = None
    industry: str = ""
    country: str = ""
    region: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def upsert_companies(
    facts: Sequence[CompanyFacts], *, by: int | None, now: datetime, wakes: bool = True
) -> list[int | None]:
    """The company id for each row of facts, made where unknown, with what is new written to the known ones.

    A free-mail domain never names a company; facts without name and domain name none.
    """
    keys = [_identity(row) for row in facts]
    found = _find(keys)
    missing = {key: row for key, row in zip(keys, facts, strict=True) if key != ("", "") and key not in found}
    if missing:
        Company.objects.bulk_create(
            [
                Company(name=row.name or domain, name_key=name_key or company_key(domain), domain=domain or None)
                for (domain, name_key), row in sorted(missing.items())
            ],
            ignore_conflicts=True,
        )
        found |= _find(list(missing))
    edits: dict[int, dict[str, Any]] = {}
    for key, row in zip(keys, facts, strict=True):
        if key in found:
            edits.setdefault(found[key], {}).update(_said(row, key[0]))
    edit_companies({pk: edit for pk, edit in edits.items() if edit}, by=by, now=now, wakes=wakes)
    return [found.get(key) for key in keys]


def _identity(row: CompanyFacts) -> tuple[str, str]:
    """(domain, name key): what the company is known by; both empty when it is not named."""
    domain = "" if row.domain in free_mail_domains() else row.domain
    return domain, company_key(row.name) if row.name.strip() else ""


def _find(keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Known companies for identities: by domain first, else by a name that no domain claims."""
    wanted = set(keys)
    domains = {domain for domain, _ in wanted if domain}
    names = {name for _, name in wanted if name}
    if not domains and not names:
        return {}
    by_domain = dict(Company.objects.filter(domain__in=domains).values_list("domain", "pk"))
    by_name = dict(Company.objects.filter(name_key__in=names, domain=None).values_list("name_key", "pk"))
    named = Company.objects.filter(name_key__in=names).exclude(domain=None).order_by("-pk")
    any_domain = dict(named.values_list("name_key", "pk"))
    found = {}
    for domain, name in wanted:
        pk = by_domain.get(domain) or by_name.get(name)
        if pk is None and not domain:
            pk = any_domain.get(name)
        if pk is not None:
            found[(domain, name)] = pk
    return found


def _said(row: CompanyFacts, domain: str) -> dict[str, Any]:
    said: dict[str, Any] = {"employees": row.employees, "domain": domain}
    said |= {name: getattr(row, name) for name in ("industry", "country", "region")}
    edit = {name: value for name, value in said.items() if value not in ("", None)}
    return edit | ({"attributes": row.attributes} if row.attributes else {})
