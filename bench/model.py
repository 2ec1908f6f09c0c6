"""The model that is measured: 10 attributes, 12 counts in a window, 8 half-lives."""

from datetime import datetime

from leads.models import ScoreModel
from scoring.engine import GroupSpec
from scoring.models import ModelVersion
from scoring.publish import Draft, publish_version, save_draft
from scoring.rules import RuleSpec

GROUPS = [
    GroupSpec("company", "fit", 45),
    GroupSpec("person", "fit", 30),
    GroupSpec("behaviour", "engagement", 60),
    GroupSpec("recency", "engagement", 40),
]


def _attribute(points: int, leaf: str, field: str, op: str, value: object) -> RuleSpec:
    group = "company" if leaf == "company" else "person"
    return RuleSpec(points, group, condition={"leaf": leaf, "field": field, "op": op, "value": value})


def _count(points: int, least: int, days: int, *kinds: str, **filters: object) -> RuleSpec:
    leaf = {"leaf": "activity", "measure": "count", "op": "gte", "value": least, "days": days, "kinds": list(kinds)}
    return RuleSpec(points, "behaviour", condition=leaf | filters)


def _fading(points: int, of: str, half_life: int, *kinds: str, limit: int | None = None) -> RuleSpec:
    per = {"of": of, "kinds": list(kinds)}
    return RuleSpec(points, "recency", per=per, half_life_days=half_life, max_units=limit)


RULES = [
    _attribute(15, "company", "employees", "gte", 1000),
    _attribute(8, "company", "employees", "between", [200, 999]),
    _attribute(10, "company", "industry", "in", ["saas", "fintech"]),
    _attribute(5, "company", "country", "in", ["US", "CA", "IL"]),
    _attribute(5, "company", "region", "eq", "us-east"),
    _attribute(8, "company", "attributes.branches", "gte", 3),
    _attribute(6, "company", "attributes.digital_transformation", "in", ["under way", "done"]),
    _attribute(12, "lead", "job_title", "contains", "finance"),
    _attribute(10, "lead", "attributes.customers_per_month", "gte", 1000),
    _attribute(12, "lead", "attributes.seniority", "in", ["c-level", "vp"]),
    _count(4, 1, 14, "page_view"),
    _count(6, 5, 30, "page_view"),
    _count(10, 2, 30, "page_view", paths=["pricing"]),
    _count(4, 3, 90, "page_view", paths=["docs"]),
    _count(3, 2, 30, "mail_click"),
    _count(2, 1, 7, "mail_click"),
    _count(6, 1, 60, "download"),
    _count(8, 1, 30, "form_submit"),
    _count(3, 1, 90, "ad_click"),
    _count(5, 1, 90, "webinar", "video_watch"),
    _count(8, 1, 60, "call", "meeting"),
    _count(5, 1, 30, "chat"),
    _fading(12, "latest", 14, "page_view"),
    _fading(6, "latest", 30, "mail_click"),
    _fading(10, "latest", 21, "form_submit", "download"),
    _fading(15, "latest", 45, "meeting"),
    _fading(1, "each", 10, "page_view", limit=8),
    _fading(2, "each", 30, "mail_click", limit=5),
    _fading(3, "each", 60, "download"),
    _fading(4, "each", 30, "webinar", "video_watch", "chat"),
]


def publish(now: datetime) -> ModelVersion:
    """Publish the model through its flows."""
    model = ScoreModel.objects.create(slug="bench", name="Bench", purpose="marketing")
    return publish_version(save_draft(model, Draft(groups=GROUPS, rules=RULES)), by=None, now=now)
