"""What a column of a lead file may say: the fields a mapping can name, and how their cells are read."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from capture.imports.columns import Read, number, ranked, shown, text, when, yes_or_no
from capture.imports.dates import Order
from leads.models import AttributeType, BuyingRole
from leads.people.normalise import normalise_email

IGNORE = "ignore"
ATTRIBUTE = "attribute:"
COMPANY_ATTRIBUTE = "company_attribute:"


@dataclass(frozen=True)
class Field:
    """A field by its label and its reader; dates are read in the order of their column."""

    label: str | Promise
    read: Read
    is_date: bool = False


def _email(cell: str, _zone: ZoneInfo) -> str:
    return normalise_email(cell.removeprefix("mailto:"))


def _prefixed(cell: str, _zone: ZoneInfo) -> str:
    """An id, without the letters some advertising platforms put before theirs (l:123)."""
    head, mark, rest = cell.partition(":")
    cell = rest if mark and head in ("l", "ag", "as", "c", "f", "z") and rest.isdigit() else cell
    if len(cell) > 200:
        raise ValueError("Longer than 200 characters.")
    return cell


def channel(cell: str, _zone: ZoneInfo) -> tuple[str, str]:
    """Key and name of a source: organic_search is Organic search."""
    words = " ".join(cell.replace("_", " ").split())
    slug = slugify(words)
    if not slug or len(slug) > 50:
        raise ValueError(f"{shown(cell)} gives no key of at most 50 letters and digits for a channel.")
    return slug, _NAMES.get(slug, (words[:1].upper() + words[1:])[:100])


_NAMES = {"email": "E-mail"}
# As other systems write them, too.
_ROLES = {
    **{role.value: role.value for role in BuyingRole},
    "technical_evaluator": BuyingRole.TECHNICAL.value,
    "end_user": BuyingRole.USER.value,
    "budget_holder": BuyingRole.FINANCE.value,
}


def _buying_role(cell: str, _zone: ZoneInfo) -> str:
    """Role in the decision, as a key or as people write it: "Decision Maker"."""
    key = "_".join(cell.lower().replace("-", " ").replace("_", " ").split())
    if key not in _ROLES:
        raise ValueError(f"{shown(cell)} is no role. Choose from: {', '.join(BuyingRole.values)}.")
    return _ROLES[key]


FIELDS: dict[str, Field] = {
    "email": Field(_("E-mail"), _email),
    "phone": Field(_("Phone"), text(100)),
    "full_name": Field(_("Full name"), text(200)),
    "first_name": Field(_("First name"), text(100)),
    "last_name": Field(_("Last name"), text(100)),
    "job_title": Field(_("Job title"), text(150)),
    "buying_role": Field(_("Role in the decision"), _buying_role),
    "company": Field(_("Company"), text(200)),
    "company_domain": Field(_("Company's domain or website"), text(300)),
    "company_employees": Field(_("Company's employees"), number),
    "company_industry": Field(_("Company's industry"), text(100)),
    "country": Field(_("Country"), text(100)),
    "external_id": Field(_("Id in the other system"), _prefixed),
    "occurred_at": Field(_("Captured at"), when(Order.MONTH_FIRST), is_date=True),
    "channel": Field(_("Source"), channel),
    "landing_page": Field(_("Landing page"), text(2000)),
    "referrer": Field(_("Referrer"), text(2000)),
    "audience": Field(_("Audience"), text(100)),
    "utm_source": Field(_("UTM source"), text(200)),
    "utm_medium": Field(_("UTM medium"), text(200)),
    "utm_campaign": Field(_("UTM campaign"), text(200)),
    "consent": Field(_("Consent to mail (yes or no)"), yes_or_no),
    "opt_out": Field(_("Opted out of mail (yes or no)"), yes_or_no),
    "bounced": Field(_("Address bounced (any text)"), text()),
    "is_test": Field(_("Test lead (yes or no)"), yes_or_no),
}


def _date_only(order: Order) -> Read:
    read = when(order)
    return lambda cell, zone: read(cell, zone).at.date().isoformat()


def _real_boolean(cell: str, zone: ZoneInfo) -> bool:
    return yes_or_no(cell, zone)


# How the cells of an attribute are read, and what type the attribute has.
ATTRIBUTE_KINDS: dict[str, tuple[AttributeType, Read]] = {
    "text": (AttributeType.TEXT, text()),
    "ranked": (AttributeType.TEXT, ranked),
    "number": (AttributeType.NUMBER, number),
    "boolean": (AttributeType.BOOLEAN, _real_boolean),
    "date": (AttributeType.DATE, _date_only(Order.MONTH_FIRST)),
}


def dated(kind: str, order: Order) -> Read:
    """The reader of a column of dates once its order is known."""
    return _date_only(order) if kind == "date" else when(order)
