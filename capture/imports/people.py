"""A mapping turned into a preset: what the cells of a row say about a person."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from capture.imports.columns import CellRefused
from capture.imports.fields import ATTRIBUTE, ATTRIBUTE_KINDS, COMPANY_ATTRIBUTE
from capture.imports.mapping import FileMap
from capture.imports.presets import LeadFacts, Preset, Values
from leads.models import AttributeDefinition
from leads.people.attributes import NewAttribute
from leads.people.companies import CompanyFacts
from leads.people.normalise import normalise_domain, normalise_phone

_PLAIN = frozenset(
    {"email", "first_name", "last_name", "job_title", "buying_role", "landing_page", "referrer", "audience"}
)
_UTM = {"utm_source": "source", "utm_medium": "medium", "utm_campaign": "campaign"}
_COMPANY = {"company": "name", "company_employees": "employees", "company_industry": "industry"}
COUNTRIES = Path(__file__).with_name("countries.tsv")
_TEST_EMAIL = "test@meta.com"
_TEST_MARKS = ("<test lead:", "test lead: dummy data")


@dataclass
class _Said:
    """What one row says, gathered column by column."""

    capture: dict[str, Any] = field(default_factory=dict)
    company: dict[str, Any] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    company_attributes: dict[str, Any] = field(default_factory=dict)
    utm: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)


def people_preset(file_map: FileMap, *, now: datetime, slug: str = "") -> Preset[LeadFacts]:
    """The preset of a mapping. A row without a date of its own was captured at `now`."""
    putters = {name: _putter(name, target.field) for name, target in file_map.taken.items()}

    def facts(values: Values) -> LeadFacts:
        said = _Said()
        for column, value in values.items():
            putters[column](said, value)
        return _facts(said, file_map, now)

    return Preset(
        slug=slug or f"{file_map.system}-{file_map.digest}",
        columns=file_map.reader_columns(),
        facts=facts,
        attributes=_attributes(file_map),
    )


def _putter(column: str, name: str) -> Callable[[_Said, Any], None]:
    """Where the value of a column goes."""
    place, key = "others", name
    if name in _PLAIN:
        place = "capture"
    elif name in _COMPANY:
        place, key = "company", _COMPANY[name]
    elif name in _UTM:
        place, key = "utm", _UTM[name]
    elif name.startswith(ATTRIBUTE):
        place, key = "attributes", name.removeprefix(ATTRIBUTE)
    elif name.startswith(COMPANY_ATTRIBUTE):
        place, key = "company_attributes", name.removeprefix(COMPANY_ATTRIBUTE)
    is_named = place == "others"

    def put(said: _Said, value: Any) -> None:
        getattr(said, place)[key] = value
        if is_named:
            said.columns[key] = column

    return put


def _facts(said: _Said, file_map: FileMap, now: datetime) -> LeadFacts:
    others, capture = said.others, said.capture
    if not others and not said.company and capture.get("email", _TEST_EMAIL) != _TEST_EMAIL:  # the plain row
        capture["occurred_at"] = now
        return LeadFacts(capture=capture | _told(said))
    _refuse_test(others, said)
    _name(others, capture)
    country = _country(others.get("country", ""), said)
    external = others.get("external_id")
    if external:
        capture["external_ids"] = [(file_map.system, external)]
    if "phone" in others:
        _phone(said, country or file_map.country, is_needed=not (external or capture.get("email")))
    if not (capture.get("email") or external or capture.get("phone")):
        raise CellRefused("", "The row names nobody: no e-mail address, phone number or id.")
    capture |= _told(said) | _moment(said, now) | _company(said, country) | _consent(others, said)
    flag = "; ".join(said.flags)
    return LeadFacts(capture=capture, channel=others.get("channel"), bounced="bounced" in others, flag=flag)


def _told(said: _Said) -> dict[str, Any]:
    """Attributes and marks of the visit, where any were given."""
    return {name: found for name in ("attributes", "utm") if (found := getattr(said, name))}


def _moment(said: _Said, now: datetime) -> dict[str, Any]:
    moment = said.others.get("occurred_at")
    if moment is None:
        return {"occurred_at": now}
    if moment.at > now:
        said.flags.append("dated in the future")
    return {"occurred_at": moment.at, "date_only": moment.date_only}


def _refuse_test(others: Mapping[str, Any], said: _Said) -> None:
    """Advertising platforms send made-up people to try the line."""
    if others.get("is_test"):
        raise CellRefused(said.columns["is_test"], "A test lead of the advertising platform.")
    name = str(others.get("full_name") or said.capture.get("first_name") or "").casefold()
    if any(mark in name for mark in _TEST_MARKS) or said.capture.get("email") == _TEST_EMAIL:
        raise CellRefused("", "A test lead of the advertising platform.")


def _name(others: Mapping[str, Any], capture: dict[str, Any]) -> None:
    if whole := others.get("full_name"):
        first, _, last = whole.partition(" ")
        capture.setdefault("first_name", first[:100])
        capture.setdefault("last_name", last.strip()[:100])


def _phone(said: _Said, country: str, *, is_needed: bool) -> None:
    """The number, where it can be told whole. One that cannot refuses the row only where nothing else names it."""
    cell = said.others["phone"].removeprefix("p:")
    try:
        said.capture["phone"] = normalise_phone(cell, country)
    except ValueError as error:
        if is_needed:
            raise CellRefused(said.columns["phone"], str(error)) from None
        said.flags.append("the phone number has no country and was not taken")


def _country(cell: str, said: _Said) -> str:
    """The ISO key of a country by key or name."""
    if not cell:
        return ""
    found = countries().get(cell.casefold(), "")
    if not found:
        said.flags.append("the country is not known and was not taken")
    return found


@cache
def countries() -> dict[str, str]:
    """ISO keys by key and by name, English and Hebrew. The names are those of CLDR, as phonenumbers has them."""
    found = {"usa": "US", "u.s.": "US", "u.s.a.": "US", "uk": "GB", "england": "GB", "uae": "AE", "turkey": "TR"}
    for line in COUNTRIES.read_text(encoding="utf-8").splitlines():
        key, *names = line.split("\t")
        found |= {name.casefold(): key for name in (key, *names)}
    return found


def _company(said: _Said, country: str) -> dict[str, Any]:
    website = said.others.get("company_domain", "")
    if not (said.company.get("name") or website):
        return {}
    domain = ""
    if website:
        try:
            domain = normalise_domain(website)
        except ValueError:
            said.flags.append("the company's website gives no domain and was not taken")
    employees = said.company.get("employees")
    whole = {"employees": int(employees) if employees and 0 <= employees <= 2**31 - 1 else None}
    facts = {**said.company, **whole, "attributes": said.company_attributes}
    return {"company": CompanyFacts(domain=domain, country=country, **facts)}


def _consent(others: Mapping[str, Any], said: _Said) -> dict[str, Any]:
    """A word against mail withdraws; one for it grants; silence and "no consent" say nothing."""
    if others.get("opt_out"):
        return {"consent": False, "consent_source": "import", "consent_text": said.columns["opt_out"]}
    if others.get("consent"):
        return {"consent": True, "consent_source": "import", "consent_text": said.columns["consent"]}
    return {}


def _attributes(file_map: FileMap) -> list[NewAttribute]:
    subjects = {ATTRIBUTE: AttributeDefinition.Subject.LEAD, COMPANY_ATTRIBUTE: AttributeDefinition.Subject.COMPANY}
    return [
        NewAttribute(target.key, (target.label or name)[:100], ATTRIBUTE_KINDS[target.kind][0], subject=subject)
        for name, target in file_map.taken.items()
        for start, subject in subjects.items()
        if target.field.startswith(start)
    ]
