"""Finding and making companies: by domain, else by normalised name."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from leads.models import Company
from leads.people.edit import edit_companies
from leads.people.normalise import company_key, free_mail_domains
from users.transactions import one_transaction

Key = tuple[str, str]  # (domain, name key)


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


@one_transaction()
def upsert_companies(
    facts: Sequence[CompanyFacts], *, by: int | None, now: datetime, wakes: bool = True
) -> list[int | None]:
    """The company id for each row of facts, made where unknown, with what is new written to the known ones.

    A free-mail domain never names a company; facts without name and domain name none.
    """
    keys = [_identity(row) for row in facts]
    known = _find(keys)
    keys = _told_apart(keys, known)
    missing: dict[Key, dict[str, Any]] = {}
    for key, row in zip(keys, facts, strict=True):
        if key != ("", "") and key not in known:
            _add(missing.setdefault(key, {"name": row.name or key[0]}), _said(row, key[0]))
    made = _make(missing) if missing else {}
    if lost := [key for key in missing if key not in made]:  # another transaction was faster
        known |= _find(lost)
    edits: dict[int, dict[str, Any]] = {}
    for key, row in zip(keys, facts, strict=True):
        if key in known and (said := _said(row, key[0])):
            _add(edits.setdefault(known[key], {}), said)
    if edits:
        edit_companies(edits, by=by, now=now, wakes=wakes)
    return [known.get(key) or made.get(key) for key in keys]


def known_companies(facts: Sequence[CompanyFacts]) -> list[int | None]:
    """The company that each row of facts names, where it is known."""
    keys = [_identity(row) for row in facts]
    known = _find(keys)
    return [known.get(key) for key in keys]


_INSERT = """
INSERT INTO leads_company (name, name_key, domain, employees, industry, country, region, attributes)
SELECT name, name_key, nullif(domain, ''), employees, industry, country, region, attributes::jsonb
FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[])
     AS c (name, name_key, domain, employees, industry, country, region, attributes)
ON CONFLICT DO NOTHING
RETURNING coalesce(domain, ''), name_key, id
"""


def _make(missing: Mapping[Key, Mapping[str, Any]]) -> dict[Key, int]:
    """Make companies with all that was said of them; those another transaction made first are left out."""
    rows = [
        (
            said["name"],
            name_key or company_key(domain),
            domain,
            said.get("employees"),
            said.get("industry", ""),
            said.get("country", ""),
            said.get("region", ""),
            json.dumps({key: value for key, value in said.get("attributes", {}).items() if value is not None}),
        )
        for (domain, name_key), said in sorted(missing.items(), key=lambda item: item[0])
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [*map(list, zip(*rows, strict=True))])
        ids = {(domain, name_key): pk for domain, name_key, pk in cursor.fetchall()}
    keys = {key: (key[0], key[1] or company_key(key[0])) for key in missing}
    return {key: ids[stored] for key, stored in keys.items() if stored in ids}


def _identity(row: CompanyFacts) -> Key:
    """(domain, name key): what the company is known by; both empty when it is not named."""
    domain = "" if row.domain in free_mail_domains() else row.domain
    return domain, company_key(row.name) if row.name.strip() else ""


def _told_apart(keys: Sequence[Key], known: Mapping[Key, int]) -> list[Key]:
    """The keys, where a new name alone means the new company of that name whose domain the list gives too."""
    named = {name: (domain, name) for domain, name in sorted(set(keys) - known.keys(), reverse=True) if domain and name}
    return [
        named.get(name, (domain, name)) if not domain and (domain, name) not in known else (domain, name)
        for domain, name in keys
    ]


def _find(keys: Sequence[Key]) -> dict[Key, int]:
    """Known companies for identities: by domain first, else by a name that no domain claims."""
    wanted = set(keys)
    domains = {domain for domain, _ in wanted if domain}
    names = {name for _, name in wanted if name}
    if not domains and not names:
        return {}
    rows = Company.objects.filter(
        Q(domain__in=domains)
        | Q(name_key__in=names, domain=None)
        | Q(name_key__in={name for domain, name in wanted if name and not domain})
    )
    by_domain, by_name, any_domain = {}, {}, {}
    for domain, name, pk in rows.order_by("-pk").values_list("domain", "name_key", "pk"):
        if domain is None:
            by_name[name] = pk
        else:
            by_domain[domain] = any_domain[name] = pk  # of several of one name the oldest
    found = {}
    for domain, name in wanted:
        named = by_name.get(name) if domain else by_name.get(name) or any_domain.get(name)
        if chosen := by_domain.get(domain) or named:
            found[(domain, name)] = chosen
    return found


def _add(known: dict[str, Any], said: Mapping[str, Any]) -> None:
    """Later words replace earlier ones of the same batch; attributes do so one by one."""
    attributes = {**known.get("attributes", {}), **said.get("attributes", {})}
    known.update(said)
    if attributes:
        known["attributes"] = attributes


def _said(row: CompanyFacts, domain: str) -> dict[str, Any]:
    said: dict[str, Any] = {"employees": row.employees, "domain": domain}
    said |= {name: getattr(row, name) for name in ("industry", "country", "region")}
    edit = {name: value for name, value in said.items() if value not in ("", None)}
    return edit | ({"attributes": row.attributes} if row.attributes else {})
