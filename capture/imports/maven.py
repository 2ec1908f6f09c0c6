"""Maven's sales pipeline: opportunities of companies without leads, and the accounts they belong to."""

import csv
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from capture.imports.columns import Column, money, number, text, when
from capture.imports.dates import Order
from capture.imports.mapping import NULLS
from capture.imports.presets import CompanyRow, OpportunityFacts, Preset, Values
from leads.models import AttributeDefinition, AttributeType, OpportunityState
from leads.people.attributes import NewAttribute
from leads.people.companies import CompanyFacts

SYSTEM = "maven"
CURRENCY = "USD"
_STATES = {"won": OpportunityState.WON, "lost": OpportunityState.LOST}
TEAM = ("manager", "regional_office")
_KEPT = ("sales_agent", "product", "deal_stage")


def _stage(cell: str, _zone: object) -> str:
    if cell.casefold() not in ("prospecting", "engaging", "won", "lost"):
        raise ValueError(f"{cell[:40]!r} is none of Prospecting, Engaging, Won, Lost.")
    return cell.capitalize()


def _date(name: str) -> Column:
    return Column(name, when(Order.MONTH_FIRST), NULLS, dated=when)


def _opportunity(values: Values) -> OpportunityFacts:
    """A value of 0 of a lost deal means that nothing came of it."""
    state = _STATES.get(values["deal_stage"].casefold(), OpportunityState.OPEN)
    opened, closed = values.get("engage_date"), values.get("close_date")
    amount: Decimal | None = values.get("close_value") or None
    return OpportunityFacts(
        external_id=values["opportunity_id"],
        state=state,
        company=CompanyFacts(name=values["account"]) if "account" in values else None,
        amount=amount,
        currency=CURRENCY if amount else "",
        opened_at=opened.at if opened else None,
        closed_at=closed.at if closed and state != OpportunityState.OPEN else None,
        data={name: values[name] for name in _KEPT if name in values},
        moment="close_date",
    )


def with_teams(preset: Preset[OpportunityFacts], teams: Mapping[str, Mapping[str, str]]) -> Preset[OpportunityFacts]:
    """The preset that also knows each agent's manager and office: they stand in a file of their own."""

    def facts(values: Values) -> OpportunityFacts:
        said = _opportunity(values)
        team = teams.get(values.get("sales_agent", ""), {})
        return replace(said, data={**said.data, **team})

    return replace(preset, facts=facts)


def read_teams(path: Path) -> dict[str, dict[str, str]]:
    """Manager and office by agent. Raises ValueError naming what is wrong with the file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} cannot be read: {error}.") from None
    if not rows or {*TEAM, "sales_agent"} - rows[0].keys():
        raise ValueError(f"{path} needs the columns sales_agent, {', '.join(TEAM)}, and a row.")
    found: dict[str, dict[str, str]] = {}
    for line, row in enumerate(rows, start=2):
        agent = (row["sales_agent"] or "").strip()
        team = {name: value for name in TEAM if (value := (row[name] or "").strip())}
        if not agent or found.setdefault(agent, team) != team:
            raise ValueError(f"{path}, line {line}: name each sales agent once.")
    return found


OPPORTUNITIES = Preset(
    slug=SYSTEM,
    columns=[
        Column("opportunity_id", text(200), required=True),
        Column("sales_agent", text(200)),
        Column("product", text(200), spelled={"GTXPro": "GTX Pro"}),
        Column("account", text(200)),
        Column("deal_stage", _stage, required=True),
        _date("engage_date"),
        _date("close_date"),
        Column("close_value", money),
    ],
    facts=_opportunity,
)

_COMPANY = AttributeDefinition.Subject.COMPANY
_ABOUT = (
    NewAttribute("year_established", "Year established", AttributeType.NUMBER, _COMPANY),
    NewAttribute("revenue_millions", "Revenue in millions", AttributeType.NUMBER, _COMPANY),
    NewAttribute("office_location", "Office location", AttributeType.TEXT, _COMPANY),
    NewAttribute("subsidiary_of", "Subsidiary of", AttributeType.TEXT, _COMPANY),
)


def _account(values: Values) -> CompanyRow:
    attributes = {row.key: values[row.key] for row in _ABOUT if row.key in values}
    attributes |= {"revenue_millions": values["revenue"]} if "revenue" in values else {}
    return CompanyRow(
        company=CompanyFacts(
            name=values["account"],
            employees=values.get("employees"),
            industry=values.get("sector", ""),
            attributes=attributes,
        )
    )


ACCOUNTS = Preset(
    slug=SYSTEM,
    columns=[
        Column("account", text(200), required=True),
        Column("sector", text(100), spelled={"technolgy": "technology"}),
        Column("year_established", number),
        Column("revenue", number),
        Column("employees", number),
        Column("office_location", text(), spelled={"Philipines": "Philippines"}),
        Column("subsidiary_of", text()),
    ],
    facts=_account,
    attributes=_ABOUT,
)
