"""Finding and making companies: by domain, else by normalised name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from leads.free_mail import free_mail_domains
from leads.models import Company
from leads.people.edit import changed, edit_companies
from leads.people.normalise import company_key
from users.rows import Reader, insert_returning
from users.transactions import Beaten, anew, one_transaction

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
    write = partial(_write, facts, keys, by=by, now=now, wakes=wakes)
    return anew(lambda: write(_find(keys))) if _named_anew(keys, known) else write(known)


def _write(
    facts: Sequence[CompanyFacts],
    keys: Sequence[Key],
    known: dict[Key, Company],
    *,
    by: int | None,
    now: datetime,
    wakes: bool,
) -> list[int | None]:
    keys = _one_a_domain(_told_apart(keys, known))
    _refuse_second_domains(keys, known)
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
            _add(edits.setdefault(known[key].pk, {}), said)
    rows = {company.pk: company for company in known.values()}
    if edits := {pk: edit for pk, edit in edits.items() if changed(rows[pk], edit)}:
        _hold_nameless(pk for pk, edit in edits.items() if "domain" in changed(rows[pk], edit))
        edit_companies(edits, by=by, now=now, wakes=wakes)
    return [known[key].pk if key in known else made.get(key) for key in keys]


def _named_anew(keys: Sequence[Key], known: Mapping[Key, Company]) -> bool:
    """Whether a known company is to be given its domain."""
    return any(key[0] and key in known and known[key].domain is None for key in keys)


def _one_a_domain(keys: Sequence[Key]) -> list[Key]:
    """The keys, where those of one domain mean the company that the first of them names."""
    first: dict[str, Key] = {}
    return [first.setdefault(key[0], key) if key[0] else key for key in keys]


def _refuse_second_domains(keys: Sequence[Key], known: dict[Key, Company]) -> None:
    """Of several domains the first is given to a known company; another is that of a new one of this name."""
    given: dict[int, str] = {}
    for domain, name in keys:
        company = known.get((domain, name))
        if domain and company and company.domain is None and given.setdefault(company.pk, domain) != domain:
            del known[domain, name]


def _hold_nameless(ids: Iterable[int]) -> None:
    """Keep these companies without a domain for the one they are given. Raises Beaten where one has got another."""
    rows = Company.objects.select_for_update(no_key=True).filter(pk__in=list(ids)).order_by("pk")
    if any(domain is not None for domain in rows.values_list("domain", flat=True)):
        raise Beaten


def known_companies(facts: Sequence[CompanyFacts]) -> list[int | None]:
    """The company that each row of facts names, where it is known."""
    keys = [_identity(row) for row in facts]
    known = _find(keys)
    return [known[key].pk if key in known else None for key in keys]


def _make(missing: Mapping[Key, Mapping[str, Any]]) -> dict[Key, int]:
    """Make companies with all that was said of them; those another transaction made first are left out."""
    stored = {key: (key[0], key[1] or company_key(key[0])) for key in missing}
    rows = [
        {
            "name": said["name"],
            "name_key": stored[key][1],
            "domain": key[0] or None,
            "employees": said.get("employees"),
            "industry": said.get("industry", ""),
            "country": said.get("country", ""),
            "region": said.get("region", ""),
            "attributes": {key: value for key, value in said.get("attributes", {}).items() if value is not None},
        }
        for key, said in sorted(missing.items(), key=lambda item: item[0])
    ]
    made = insert_returning(Company, rows, ("domain", "name_key", "id"), skip_known=True)
    ids = {(domain or "", name_key): pk for domain, name_key, pk in made}
    return {key: ids[names] for key, names in stored.items() if names in ids}


def _identity(row: CompanyFacts) -> Key:
    """(domain, name key): what the company is known by; both empty when it is not named."""
    domain = "" if row.domain in free_mail_domains() else row.domain
    return domain, company_key(row.name) if row.name.strip() else ""


def _told_apart(keys: Sequence[Key], known: Mapping[Key, Company]) -> list[Key]:
    """The keys, where a new name alone means the new company of that name whose domain the list gives too."""
    named = {name: (domain, name) for domain, name in sorted(set(keys) - known.keys(), reverse=True) if domain and name}
    return [
        named.get(name, (domain, name)) if not domain and (domain, name) not in known else (domain, name)
        for domain, name in keys
    ]


_COMPANIES = Reader(Company)
# Oldest last: of several of one name it is the one.
_NAMED = """
WHERE t.domain = ANY(%s::text[]) OR t.name_key = ANY(%s::text[]) AND t.domain IS NULL OR t.name_key = ANY(%s::text[])
ORDER BY t.id DESC
"""


def _find(keys: Sequence[Key]) -> dict[Key, Company]:
    """Known companies for identities: by domain first, else by a name that no domain claims."""
    wanted = set(keys)
    domains = {domain for domain, _ in wanted if domain}
    names = {name for _, name in wanted if name}
    if not domains and not names:
        return {}
    bare = {name for domain, name in wanted if name and not domain}
    by_domain: dict[str, Company] = {}
    by_name: dict[str, Company] = {}
    any_domain: dict[str, Company] = {}
    for company in _COMPANIES.read(_NAMED, [list(domains), list(names), list(bare)]):
        if company.domain is None:
            by_name[company.name_key] = company
        else:
            by_domain[company.domain] = any_domain[company.name_key] = company
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
