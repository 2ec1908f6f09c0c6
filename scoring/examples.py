"""What the models say that a new installation can begin from; their labels are written in the reader's language."""

from typing import Any

from django.utils.translation import gettext as _

from scoring.engine import GroupSpec
from scoring.publish import Draft
from scoring.rules import RuleSpec

Tree = dict[str, Any]


def activity(measure: str, op: str, value: int, **filters: Any) -> Tree:
    """A leaf about behaviour."""
    return {"leaf": "activity", "measure": measure, "op": op, "value": value, **filters}


def _company(field: str, op: str, value: Any) -> Tree:
    return {"leaf": "company", "field": field, "op": op, "value": value}


def _lead(field: str, op: str, value: Any) -> Tree:
    return {"leaf": "lead", "field": field, "op": op, "value": value}


def _title(*words: str) -> Tree:
    return {"any": [_lead("job_title", "contains", word) for word in words]}


def _rule(points: int, group: str, label: str, condition: Tree) -> RuleSpec:
    return RuleSpec(points=points, group=group, label=label, condition=condition)


def _bant_rules(realm: str, partly: int, more_for_yes: int) -> list[RuleSpec]:
    """Two rules for each part: known at least partly, and clearly yes."""
    names = {"budget": _("Budget"), "authority": _("Authority"), "need": _("Need"), "timeline": _("Timeline")}
    rules = []
    for part, name in names.items():
        leaf = {"leaf": "bant", "realm": realm, "part": part}
        known, certain = _("%(part)s at least partly") % {"part": name}, _("%(part)s certain") % {"part": name}
        rules.append(_rule(partly, "bant", known, {**leaf, "op": "at_least", "value": "partly"}))
        rules.append(_rule(more_for_yes, "bant", certain, {**leaf, "op": "is", "value": "yes"}))
    return rules


SERIOUS_VISIT = {"kinds": ["page_view"], "paths": ["relevant"]}


def interest() -> Draft:
    """Ideal customer, BANT and interest: decides MQL in the worked example.

    Without BANT a lead reaches at most 66 for fit and 12 for interest: only a conversation takes it to 80.
    """
    return Draft(
        groups=[
            GroupSpec("person", "fit"),
            GroupSpec("company", "fit"),
            GroupSpec("geography", "fit"),
            GroupSpec("technology", "fit"),
            GroupSpec("business_model", "fit"),
            GroupSpec("need", "fit"),
            GroupSpec("bant", "fit"),
            GroupSpec("interest", "engagement", 12),
        ],
        fit_from=[65, 45, 25],
        engagement_from=[9, 6, 3],
        group_names={
            "person": _("Person"),
            "company": _("Company size and industry"),
            "geography": _("Geography"),
            "technology": _("Technology"),
            "business_model": _("Business model"),
            "need": _("Need"),
            "bant": _("BANT"),
            "interest": _("Interest"),
        },
        rules=[*_ideal_customer(), *_bant_rules("marketing", 4, 2), *_interest_rules()],
    )


def _ideal_customer() -> list[RuleSpec]:
    finance, accountant = _("Finance decision maker"), _("Senior accountant")
    states = [_company("attributes.branch_states", "contains", state) for state in ("New York", "New Jersey")]
    transformed = _company("attributes.digital_transformation", "in", ["done", "under way"])
    monthly = _company("attributes.pricing_model", "eq", "monthly per user")
    unhappy = _company("attributes.service_satisfaction", "eq", "dissatisfied")
    customers = _lead("attributes.customers_per_month", "gte", 1000)
    return [
        _rule(10, "person", finance, _title("CFO", "Chief Financial", "VP Finance", "Finance Dir")),
        _rule(6, "person", accountant, _title("Controller", "Head of Accounting", "Accounting Manager")),
        _rule(5, "person", _("Over 1,000 paying customers a month"), customers),
        _rule(8, "company", _("150 to 500 employees"), _company("employees", "between", [150, 500])),
        _rule(4, "company", _("Over 500 employees"), _company("employees", "gt", 500)),
        _rule(8, "company", _("Software as a service for small business"), _company("industry", "eq", "SMB SaaS")),
        _rule(6, "geography", _("Head office in US East"), _company("region", "eq", "us-east")),
        _rule(6, "geography", _("Branches in New York and New Jersey"), {"all": states}),
        _rule(6, "technology", _("Digital transformation done or under way"), transformed),
        _rule(2, "technology", _("Has a chief digital officer"), _company("attributes.has_cdo", "eq", True)),
        _rule(6, "business_model", _("Monthly subscriptions per user"), monthly),
        _rule(6, "need", _("Serious invoicing problems"), _company("attributes.pains", "contains", "invoic")),
        _rule(3, "need", _("Dissatisfied with today's service"), unhappy),
    ]


def _interest_rules() -> list[RuleSpec]:
    latest, clicks = {"of": "latest", **SERIOUS_VISIT}, {"of": "each", "kinds": ["mail_click"]}
    return [
        _rule(5, "interest", _("Three serious visits"), activity("visits", "gte", 3, **SERIOUS_VISIT)),
        RuleSpec(6, "interest", per=latest, half_life_days=14, label=_("Latest serious visit, fading")),
        RuleSpec(2, "interest", per=clicks, max_units=3, half_life_days=30, label=_("Mail clicked")),
        _rule(2, "interest", _("Report downloaded"), activity("count", "gte", 1, kinds=["download"])),
    ]


def readiness() -> Draft:
    """Sales' own, stricter look at a lead: decides SQL in the worked example."""
    mapped = _lead("attributes.decision_process", "eq", "mapped")
    costly = _company("attributes.cost_of_errors", "gte", 5000)
    supported = _company("attributes.erp_integration", "eq", "supported")
    reviewed = _company("attributes.security_review", "eq", True)
    met = activity("count", "gte", 1, kinds=["meeting"])
    return Draft(
        groups=[GroupSpec("bant", "fit"), GroupSpec("deal", "fit"), GroupSpec("dialog", "engagement")],
        group_names={"bant": _("BANT"), "deal": _("Deal"), "dialog": _("Dialog")},
        warm_from=70,
        borderline_from=70,
        rules=[
            *_bant_rules("sales", 8, 7),
            _rule(8, "deal", _("Way to the decision is known"), mapped),
            _rule(8, "deal", _("Errors cost over 5,000 a month"), costly),
            _rule(6, "deal", _("Met at least two stakeholders"), _lead("attributes.stakeholders_met", "gte", 2)),
            _rule(6, "deal", _("Their ERP is supported"), supported),
            _rule(4, "deal", _("Security review done"), reviewed),
            _rule(8, "dialog", _("Met in person or by video"), met),
        ],
    )


def order() -> Draft:
    """How near the order is, by signs that come close to proof: decides SQO beside the proof itself."""
    all_known = {"leaf": "bant_count", "realm": "sales", "state": "partly", "op": "gte", "value": 4}
    meetings = {"of": "day", "kinds": ["meeting"]}
    talks = ["call", "meeting", "mail_reply", "chat"]
    colleagues = {"leaf": "company_activity", "measure": "people", "op": "gte", "value": 2, "days": 30}
    return Draft(
        groups=[GroupSpec("proof", "fit"), GroupSpec("deal", "fit", 40), GroupSpec("dialog", "engagement", 40)],
        group_names={"proof": _("Signs of intent"), "deal": _("Deal"), "dialog": _("Dialog")},
        warm_from=60,
        rules=[
            _rule(30, "proof", _("Said or wrote that they will buy"), _lead("attributes.said_they_buy", "eq", True)),
            _rule(15, "deal", _("Two milestones agreed"), _lead("attributes.milestones_agreed", "gte", 2)),
            _rule(10, "deal", _("Met at least two stakeholders"), _lead("attributes.stakeholders_met", "gte", 2)),
            _rule(5, "deal", _("Met at least four stakeholders"), _lead("attributes.stakeholders_met", "gte", 4)),
            _rule(10, "deal", _("Way to the decision is known"), _lead("attributes.decision_process", "eq", "mapped")),
            _rule(10, "deal", _("All four parts of BANT known"), all_known),
            RuleSpec(
                10, "dialog", per=meetings, max_units=3, step_days=30, step_percent=25, label=_("Days with a meeting")
            ),
            _rule(10, "dialog", _("Several colleagues look at us"), {**colleagues, **SERIOUS_VISIT}),
            _rule(-15, "dialog", _("Silent for 30 days"), activity("count", "eq", 0, kinds=talks, days=30)),
        ],
    )


def security() -> Draft:
    """Role, company size and what was done on the site: for a maker of security software (R57)."""
    technical = {"all": [_lead("function", "in", ["it", "security"]), _decides()]}
    executive = {"all": [{"not": technical}, _lead("seniority", "in", ["c_level", "vp", "president"])]}
    roles = ["decision_maker", "influencer", "technical", "finance", "champion"]
    known = {"any": [_lead("buying_role", "in", roles), _lead("function", "in", ["it", "security"])]}
    other = {"all": [{"not": technical}, {"not": executive}, known]}
    visits, pages = {"of": "visit", "days": 90, **SERIOUS_VISIT}, {"of": "page", **SERIOUS_VISIT}
    dwell = activity("dwell", "gte", 300, days=30, **SERIOUS_VISIT)
    return Draft(
        groups=[GroupSpec("role", "fit", 30), GroupSpec("size", "fit", 30), GroupSpec("site", "engagement", 40)],
        group_names={"role": _("Role"), "size": _("Company size"), "site": _("Site activity")},
        fit_from=[60, 50, 30],
        engagement_from=[30, 20, 10],
        rules=[
            _rule(30, "role", _("Technical IT decision maker"), technical),
            _rule(20, "role", _("Senior executive"), executive),
            _rule(10, "role", _("Other influencer"), other),
            _rule(30, "size", _("Over 1,000 employees"), _company("employees", "gt", 1000)),
            _rule(20, "size", _("200 to 1,000 employees"), _company("employees", "between", [200, 1000])),
            RuleSpec(
                20,
                "site",
                per={"of": "latest", **SERIOUS_VISIT},
                step_days=14,
                step_percent=50,
                label=_("Latest serious visit, less after two weeks"),
            ),
            RuleSpec(3, "site", per=visits, max_units=5, label=_("Serious visits of the last 90 days")),
            RuleSpec(2, "site", per=pages, max_units=5, step_days=30, step_percent=25, label=_("Different pages seen")),
            _rule(10, "site", _("Five minutes or more on these pages"), dwell),
        ],
    )


def _decides() -> Tree:
    return _lead("seniority", "in", ["c_level", "vp", "director", "head"])
