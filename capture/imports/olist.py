"""Olist's marketing funnel: qualified leads without names, and the deals that were closed with them."""

from decimal import Decimal

from capture.imports.columns import Column, boolean, day, moment, money, number, text
from capture.imports.fields import channel
from capture.imports.presets import DealFacts, LeadFacts, Preset, Values
from leads.handover.close import Deal
from leads.models import AttributeType, Outcome
from leads.people.attributes import NewAttribute

SYSTEM = "olist"
CURRENCY = "BRL"


def _lead(values: Values) -> LeadFacts:
    """ "unknown" is an origin like any other; a blank one means that none was given."""
    return LeadFacts(
        capture={
            "external_ids": [(SYSTEM, values["mql_id"])],
            "occurred_at": values["first_contact_date"],
            "date_only": True,
            "landing_page": values.get("landing_page_id", ""),
        },
        channel=values.get("origin"),
    )


LEADS = Preset(
    slug=SYSTEM,
    columns=[
        Column("mql_id", text(200), required=True),
        Column("first_contact_date", day, required=True),
        Column("landing_page_id", text()),
        Column("origin", channel),
    ],
    facts=_lead,
)

_ABOUT_LEAD = (
    NewAttribute("business_segment", "Business segment", AttributeType.TEXT),
    NewAttribute("lead_type", "Lead type", AttributeType.TEXT),
    NewAttribute("lead_behaviour_profile", "Behavior profile", AttributeType.TEXT),
    NewAttribute("business_type", "Business type", AttributeType.TEXT),
    NewAttribute("has_company", "Has a company", AttributeType.BOOLEAN),
    NewAttribute("has_gtin", "Has product codes (GTIN)", AttributeType.BOOLEAN),
    NewAttribute("average_stock", "Average stock", AttributeType.TEXT),
    NewAttribute("declared_product_catalog_size", "Declared size of the catalog", AttributeType.NUMBER),
)
_ABOUT_DEAL = ("seller_id", "sdr_id", "sr_id")


def _deal(values: Values) -> DealFacts:
    """A declared revenue of 0.0 means that none was declared."""
    revenue: Decimal | None = values.get("declared_monthly_revenue") or None
    return DealFacts(
        person=(SYSTEM, values["mql_id"]),
        deal=Deal(
            lead_id=0,
            outcome=Outcome.WON,
            amount=revenue,
            currency=CURRENCY if revenue else "",
            closed_at=values["won_date"],
            data={name: values[name] for name in _ABOUT_DEAL if name in values},
        ),
        attributes={row.key: values[row.key] for row in _ABOUT_LEAD if row.key in values},
        key="mql_id",
        moment="won_date",
    )


DEALS = Preset(
    slug=SYSTEM,
    columns=[
        Column("mql_id", text(200), required=True),
        *(Column(name, text(200)) for name in _ABOUT_DEAL),
        Column("won_date", moment, required=True),
        *(Column(name, text()) for name in ("business_segment", "lead_type", "lead_behaviour_profile")),
        Column("has_company", boolean),
        Column("has_gtin", boolean),
        Column("average_stock", text()),
        Column("business_type", text()),
        Column("declared_product_catalog_size", number),
        Column("declared_monthly_revenue", money),
    ],
    facts=_deal,
    attributes=_ABOUT_LEAD,
)
