"""Whom the demo's company wants: marketing's ideal customer, and sales' own, which asks for more."""

from datetime import datetime
from typing import Any

from leads.models import Realm
from leads.people.icp import NewProfile, Wish, publish_profile


def publish_profiles(*, marketer: int, manager: int, now: datetime) -> None:
    """Write the first version of both profiles."""
    publish_profile(Realm.MARKETING, MARKETING, by=marketer, now=now)
    publish_profile(Realm.SALES, SALES, by=manager, now=now)


def _company(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"leaf": "company", "field": field, "op": op, "value": value}


def _bant(part: str) -> dict[str, Any]:
    return {"leaf": "bant", "realm": "sales", "part": part, "op": "at_least", "value": "partly"}


_STATES = {
    "all": [_company("attributes.branch_states", "contains", state) for state in ("New York", "New Jersey")],
}
_SIZE = Wish("firmographic", "150 to 500 employees", _company("employees", "between", [150, 500]), 3)
_SAAS = Wish("industry", "Software as a service for small business", _company("industry", "eq", "SMB SaaS"), 3)
_BRANCHES = Wish("geography", "Branches in New York and New Jersey", _STATES, 2)
_TRANSFORMED = ["done", "under way"]
_MONTHLY = Wish(
    "business_model",
    "Monthly subscriptions per user",
    _company("attributes.pricing_model", "eq", "monthly per user"),
    2,
)
_PROBLEMS = Wish("need", "Serious invoicing problems", _company("attributes.pains", "contains", "invoic"), 3)
_DISSATISFIED = Wish(
    "need", "Dissatisfied with today's service", _company("attributes.service_satisfaction", "eq", "dissatisfied")
)

MARKETING = NewProfile(
    [
        _SIZE,
        _SAAS,
        Wish("geography", "Head office in US East", _company("region", "eq", "us-east"), 2),
        _BRANCHES,
        Wish(
            "technographic",
            "Digital transformation done or under way",
            _company("attributes.digital_transformation", "in", _TRANSFORMED),
            2,
        ),
        Wish("technographic", "Has a chief digital officer", _company("attributes.has_cdo", "eq", True)),
        _MONTHLY,
        _PROBLEMS,
        _DISSATISFIED,
    ]
)
# Sales also wants to know that the problem costs something, that it can be delivered, and who decides.
SALES = NewProfile(
    [
        _SIZE,
        Wish("firmographic", "At least four branches", _company("attributes.branches", "gte", 4)),
        _SAAS,
        _BRANCHES,
        Wish(
            "technographic",
            "Digital transformation under a chief digital officer",
            {
                "all": [
                    _company("attributes.digital_transformation", "in", _TRANSFORMED),
                    _company("attributes.has_cdo", "eq", True),
                ]
            },
            2,
        ),
        Wish("technographic", "Their ERP is supported", _company("attributes.erp_integration", "eq", "supported"), 2),
        _MONTHLY,
        _PROBLEMS,
        Wish("need", "Errors cost over 5,000 a month", _company("attributes.cost_of_errors", "gte", 5000), 2),
        Wish("need", "Budget at least partly there", _bant("budget"), 2),
        _DISSATISFIED,
    ],
    (80, 60, 35),
)
