"""What the demo's marketers and its sales manager agreed on: pages that matter, two score models, stage criteria."""

from datetime import datetime
from typing import Any

from leadcrm.demo.icp import publish_profiles
from leadcrm.demo.phases import write_phase_rules
from leads.activity.pages import save_path_set
from leads.handover.rules import RuleDraft, write_rule
from leads.lifecycle.criteria import set_criterion
from leads.models import AttributeType, CriterionMode, PathSet, ScoreModel, Spread, Stage
from leads.people.attributes import NewAttribute, define_attributes
from scoring.engine import GroupSpec
from scoring.life import approve_version
from scoring.open import open_model
from scoring.publish import Draft, publish_version, save_draft
from scoring.rules import RuleSpec
from users.models import Team

ROUTES = [
    ("United States, in turn", ["us-east", "us-west"], Spread.ROTATION),
    ("Europe and Israel: whoever is free", ["europe", "israel"], Spread.TEAM),
]
RELEVANT_PATHS = ["/product", "/product/*", "/pricing", "/contact/sent"]
THRESHOLD = 80

ATTRIBUTES = [
    NewAttribute("branch_states", "States with branches", AttributeType.TEXT, "company", "geography"),
    NewAttribute("has_cdo", "Has a chief digital officer", AttributeType.BOOLEAN, "company", "technographic"),
    NewAttribute("service_satisfaction", "Satisfied with today's service", AttributeType.TEXT, "company", "need"),
    NewAttribute("cost_of_errors", "Cost of invoicing errors a month", AttributeType.NUMBER, "company", "need"),
    NewAttribute("erp_integration", "Integration with their ERP", AttributeType.TEXT, "company", "technographic"),
    NewAttribute("security_review", "Security review done", AttributeType.BOOLEAN, "company", "technographic"),
    NewAttribute("decision_process", "Way to the decision", AttributeType.TEXT),
    NewAttribute("stakeholders_met", "Stakeholders met", AttributeType.NUMBER),
]


def set_up_rules(*, marketer: int, manager: int, mql_threshold: int, now: datetime) -> None:
    """Publish models and criteria; they hold from `now`."""
    define_attributes(ATTRIBUTES)
    publish_profiles(marketer=marketer, manager=manager, now=now)
    save_path_set(PathSet(slug="relevant", name="Product, pricing, contact form sent", patterns=RELEVANT_PATHS))
    marketing = open_model("mql", name="Ideal customer and interest", purpose=ScoreModel.Purpose.MARKETING)
    publish_version(save_draft(marketing, MARKETING_DRAFT, by=marketer, now=now), by=marketer, now=now)
    sales = open_model("sales", name="Sales readiness", purpose=ScoreModel.Purpose.SALES)
    strict = save_draft(sales, SALES_DRAFT, by=manager, now=now)
    approve_version(strict.pk, by=manager, now=now)
    publish_version(strict, by=manager, now=now)
    stages = {stage.slug: stage for stage in Stage.objects.all()}
    set_criterion(stages["mel"], ENGAGED, by=marketer, now=now)
    set_criterion(stages["mql"], _qualified(mql_threshold), by=marketer, now=now)
    set_criterion(stages["sql"], SALES_QUALIFIED, by=manager, now=now)
    set_criterion(stages["sqo"], _score("sales", THRESHOLD), by=manager, now=now, mode=CriterionMode.MANUAL)
    write_phase_rules()
    team = Team.objects.get(slug="sales").pk
    for name, regions, spread in ROUTES:
        condition = _company("region", "in", regions)
        write_rule(RuleDraft(name=name, condition=condition, team_id=team, spread=spread))


def _activity(measure: str, op: str, value: int, **filters: Any) -> dict[str, Any]:
    return {"leaf": "activity", "measure": measure, "op": op, "value": value, **filters}


def _opened(*mails: int) -> dict[str, Any]:
    return _activity("count", "gte", 1, kinds=["mail_open"], mails=list(mails))


def _score(model: str, value: int) -> dict[str, Any]:
    return {"leaf": "score", "model": model, "op": "gte", "value": value}


_SERIOUS_VISIT = {"kinds": ["page_view"], "paths": ["relevant"]}
ENGAGED = {
    "any": [
        {"all": [_opened(1, 2), _opened(3, 4, 5)]},
        _activity("visits", "gte", 3, **_SERIOUS_VISIT, mediums=["paid", "organic", "direct"]),
    ]
}
SALES_QUALIFIED = {
    "all": [
        _score("sales", THRESHOLD),
        {"leaf": "bant_count", "realm": "sales", "state": "partly", "op": "gte", "value": 4},
    ]
}


def _qualified(threshold: int) -> dict[str, Any]:
    none_is_no = {"leaf": "bant_count", "realm": "marketing", "state": "no", "op": "eq", "value": 0}
    return {"all": [_score("mql", threshold), none_is_no]}


def _company(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"leaf": "company", "field": field, "op": op, "value": value}


def _lead(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"leaf": "lead", "field": field, "op": op, "value": value}


def _title(*words: str) -> dict[str, Any]:
    return {"any": [_lead("job_title", "contains", word) for word in words]}


def _rule(points: int, group: str, label: str, condition: dict[str, Any]) -> RuleSpec:
    return RuleSpec(points=points, group=group, label=label, condition=condition)


def _bant_rules(realm: str, partly: int, more_for_yes: int) -> list[RuleSpec]:
    """Two rules for each part: known at least partly, and clearly yes."""
    rules = []
    for part in ("budget", "authority", "need", "timeline"):
        leaf = {"leaf": "bant", "realm": realm, "part": part}
        name = part.capitalize()
        rules.append(_rule(partly, "bant", f"{name} at least partly", {**leaf, "op": "at_least", "value": "partly"}))
        rules.append(_rule(more_for_yes, "bant", f"{name} certain", {**leaf, "op": "is", "value": "yes"}))
    return rules


# Without BANT a lead reaches at most 66 for fit and 12 for interest: only a conversation takes it to 80.
MARKETING_DRAFT = Draft(
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
    group_names={"company": "Company size and industry", "business_model": "Business model", "bant": "BANT"},
    rules=[
        _rule(10, "person", "Finance decision maker", _title("CFO", "Chief Financial", "VP Finance", "Finance Dir")),
        _rule(6, "person", "Senior accountant", _title("Controller", "Head of Accounting", "Accounting Manager")),
        _rule(
            5,
            "person",
            "Over 1,000 paying customers a month",
            _lead("attributes.customers_per_month", "gte", 1000),
        ),
        _rule(8, "company", "150 to 500 employees", _company("employees", "between", [150, 500])),
        _rule(4, "company", "Over 500 employees", _company("employees", "gt", 500)),
        _rule(8, "company", "Software as a service for small business", _company("industry", "eq", "SMB SaaS")),
        _rule(6, "geography", "Head office in US East", _company("region", "eq", "us-east")),
        _rule(
            6,
            "geography",
            "Branches in New York and New Jersey",
            {
                "all": [
                    _company("attributes.branch_states", "contains", "New York"),
                    _company("attributes.branch_states", "contains", "New Jersey"),
                ]
            },
        ),
        _rule(
            6,
            "technology",
            "Digital transformation done or under way",
            _company("attributes.digital_transformation", "in", ["done", "under way"]),
        ),
        _rule(2, "technology", "Has a chief digital officer", _company("attributes.has_cdo", "eq", True)),
        _rule(
            6,
            "business_model",
            "Monthly subscriptions per user",
            _company("attributes.pricing_model", "eq", "monthly per user"),
        ),
        _rule(6, "need", "Serious invoicing problems", _company("attributes.pains", "contains", "invoic")),
        _rule(
            3,
            "need",
            "Dissatisfied with today's service",
            _company("attributes.service_satisfaction", "eq", "dissatisfied"),
        ),
        *_bant_rules("marketing", 4, 2),
        _rule(5, "interest", "Three serious visits", _activity("visits", "gte", 3, **_SERIOUS_VISIT)),
        RuleSpec(
            points=6,
            group="interest",
            label="Latest serious visit, fading",
            per={"of": "latest", **_SERIOUS_VISIT},
            half_life_days=14,
        ),
        RuleSpec(
            points=2,
            group="interest",
            label="Mail clicked",
            per={"of": "each", "kinds": ["mail_click"]},
            max_units=3,
            half_life_days=30,
        ),
        _rule(2, "interest", "Report downloaded", _activity("count", "gte", 1, kinds=["download"])),
    ],
)
SALES_DRAFT = Draft(
    groups=[GroupSpec("bant", "fit"), GroupSpec("deal", "fit"), GroupSpec("dialog", "engagement")],
    group_names={"bant": "BANT", "dialog": "Dialog"},
    warm_from=70,
    rules=[
        *_bant_rules("sales", 8, 7),
        _rule(8, "deal", "Way to the decision is known", _lead("attributes.decision_process", "eq", "mapped")),
        _rule(8, "deal", "Errors cost over 5,000 a month", _company("attributes.cost_of_errors", "gte", 5000)),
        _rule(6, "deal", "Met at least two stakeholders", _lead("attributes.stakeholders_met", "gte", 2)),
        _rule(6, "deal", "Their ERP is supported", _company("attributes.erp_integration", "eq", "supported")),
        _rule(4, "deal", "Security review done", _company("attributes.security_review", "eq", True)),
        _rule(8, "dialog", "Met in person or by video", _activity("count", "gte", 1, kinds=["meeting"])),
    ],
)
