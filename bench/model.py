"""The model that is measured: thirty rules that mix all kinds of leaf a score may ask for."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from leads.models import Realm, ScoreModel
from leads.people.icp import NewProfile, Wish, publish_profile
from scoring.engine import GroupSpec, spec_of
from scoring.models import ModelVersion, VersionState
from scoring.publish import Draft, publish_version, save_draft
from scoring.rules import RuleSpec

GROUPS = [
    GroupSpec("company", "fit", 45),
    GroupSpec("person", "fit", 40),
    GroupSpec("behaviour", "engagement", 60),
    GroupSpec("recency", "engagement", 40),
]


def _company(points: int, field: str, op: str, value: object) -> RuleSpec:
    return RuleSpec(points, "company", condition={"leaf": "company", "field": field, "op": op, "value": value})


def _person(points: int, leaf: str, **spec: Any) -> RuleSpec:
    return RuleSpec(points, "person", condition={"leaf": leaf, **spec})


def _done(measure: str, op: str, value: int, *kinds: str, leaf: str = "activity", **filters: Any) -> dict[str, Any]:
    return {"leaf": leaf, "measure": measure, "op": op, "value": value, "kinds": list(kinds), **filters}


def _behaviour(points: int, condition: dict[str, Any]) -> RuleSpec:
    return RuleSpec(points, "behaviour", condition=condition)


def _units(points: int, of: str, *kinds: str, limit: int | None = None, filters: Any = None, **fade: int) -> RuleSpec:
    per = {"of": of, "kinds": list(kinds), **(filters or {})}
    return RuleSpec(points, "recency", per=per, max_units=limit, **fade)


RULES = [
    _company(15, "employees", "gte", 1000),
    _company(8, "employees", "between", [200, 999]),
    _company(10, "industry", "in", ["saas", "fintech"]),
    _company(5, "country", "in", ["US", "CA", "IL"]),
    _company(8, "attributes.branches", "gte", 3),
    _company(6, "attributes.systems", "in", ["erp", "payroll"]),
    RuleSpec(10, "company", condition={"leaf": "icp", "realm": "marketing", "op": "at_least", "value": "B"}),
    _person(12, "lead", field="seniority", op="in", value=["c_level", "vp"]),
    _person(8, "lead", field="function", op="eq", value="finance"),
    _person(-10, "lead", field="job_title", op="contains", value="student"),
    _person(10, "lead", field="attributes.customers_per_month", op="gte", value=1000),
    _person(4, "lead", field="attributes.is_partner", op="eq", value=True),
    _person(6, "bant", realm="marketing", part="budget", op="at_least", value="partly"),
    _person(4, "bant_count", realm="marketing", state="partly", op="gte", value=3),
    _person(3, "consent", value=True),
    _person(4, "source", field="channel", value=["linkedin"]),
    _behaviour(10, _done("count", "gte", 2, "page_view", paths=["pricing"], days=30)),
    _behaviour(6, _done("visits", "gte", 3, "page_view", days=30)),
    _behaviour(5, _done("dwell", "gte", 300, "page_view", days=60)),
    _behaviour(
        6,
        {
            "any": [
                _done("pages", "gte", 4, "page_view", paths=["docs"], days=90),
                _done("days", "gte", 5, "page_view", days=60),
            ]
        },
    ),
    _behaviour(
        7,
        {
            "all": [
                _done("count", "gte", 1, "mail_open", mails=[1, 2]),
                _done("count", "gte", 1, "mail_open", mails=[3, 4, 5]),
            ]
        },
    ),
    _behaviour(-8, _done("count", "eq", 0, "page_view", "mail_click", days=30)),
    _behaviour(3, _done("days_since_last", "lte", 7, "mail_click")),
    _behaviour(8, _done("people", "gte", 2, "page_view", leaf="company_activity", paths=["pricing"], days=30)),
    _units(15, "latest", "call", "meeting", half_life_days=45),
    _units(2, "each", "mail_click", limit=5, half_life_days=30),
    _units(10, "latest", "form_submit", "download", step_days=14, step_percent=25),
    _units(2, "page", "page_view", limit=5, filters={"paths": ["product"], "days": 60}),
    _units(1, "day", "page_view", limit=10, filters={"days": 30}),
    _units(4, "week", "webinar", "video_watch", "chat", limit=3, half_life_days=30),
]
IDEAL = NewProfile(
    [
        Wish("firmographic", "200 employees", {"leaf": "company", "field": "employees", "op": "gte", "value": 200}, 3),
        Wish("technographic", "ERP", _company(0, "attributes.systems", "in", ["erp"]).condition, 2),
        Wish("need", "Finance", {"leaf": "lead", "field": "function", "op": "eq", "value": "finance"}, 2),
        Wish("firmographic", "US", {"leaf": "company", "field": "country", "op": "eq", "value": "US"}, 1),
    ]
)


def publish(now: datetime) -> ModelVersion:
    """Publish the model through its flows, unless it is in force in a database that an earlier run kept."""
    standing = ModelVersion.objects.filter(model__slug="bench", state=VersionState.PUBLISHED).first()
    if standing and [replace(rule, label="") for rule in spec_of(standing).rules] == RULES:
        return standing
    publish_profile(Realm.MARKETING, IDEAL, by=None, now=now)
    model, _ = ScoreModel.objects.get_or_create(slug="bench", defaults={"name": "Bench", "purpose": "marketing"})
    return publish_version(save_draft(model, Draft(groups=GROUPS, rules=RULES)), by=None, now=now)
