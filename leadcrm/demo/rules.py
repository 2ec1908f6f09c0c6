"""What the demo's marketers and its sales manager agreed on: pages that matter, two score models, stage criteria."""

from datetime import datetime
from typing import Any

from leadcrm.demo.icp import publish_profiles
from leadcrm.demo.phases import write_phase_rules
from leads.handover.rules import RuleDraft, write_rule
from leads.lifecycle.criteria import set_criterion
from leads.models import CriterionMode, ScoreModel, Spread, Stage
from scoring.examples import SERIOUS_VISIT, activity
from scoring.life import approve_version
from scoring.open import open_model
from scoring.publish import publish_version
from scoring.starters import begin_from, equip, starter
from users.models import Team

ROUTES = [
    ("United States, in turn", ["us-east", "us-west"], Spread.ROTATION),
    ("Europe and Israel: whoever is free", ["europe", "israel"], Spread.TEAM),
]
THRESHOLD = 80


def set_up_rules(*, marketer: int, manager: int, mql_threshold: int, now: datetime) -> None:
    """Publish models and criteria; they hold from `now`."""
    for slug in ("interest", "readiness"):
        equip(starter(slug))
    publish_profiles(marketer=marketer, manager=manager, now=now)
    marketing = open_model("mql", name="Ideal customer and interest", purpose=ScoreModel.Purpose.MARKETING)
    publish_version(begin_from(marketing, "interest", by=marketer, now=now), by=marketer, now=now)
    team = Team.objects.get(slug="sales")
    sales = open_model("sales", name="Sales readiness", purpose=ScoreModel.Purpose.SALES, borderline_team=team)
    strict = begin_from(sales, "readiness", by=manager, now=now)
    approve_version(strict.pk, by=manager, now=now)
    publish_version(strict, by=manager, now=now)
    stages = {stage.slug: stage for stage in Stage.objects.all()}
    set_criterion(stages["mel"], ENGAGED, by=marketer, now=now)
    set_criterion(stages["mql"], _qualified(mql_threshold), by=marketer, now=now)
    set_criterion(stages["sql"], SALES_QUALIFIED, by=manager, now=now)
    set_criterion(stages["sqo"], _score("sales", THRESHOLD), by=manager, now=now, mode=CriterionMode.MANUAL)
    write_phase_rules()
    for name, regions, spread in ROUTES:
        condition = _company("region", "in", regions)
        write_rule(RuleDraft(name=name, condition=condition, team_id=team.pk, spread=spread))


def _opened(*mails: int) -> dict[str, Any]:
    return activity("count", "gte", 1, kinds=["mail_open"], mails=list(mails))


def _score(model: str, value: int) -> dict[str, Any]:
    return {"leaf": "score", "model": model, "op": "gte", "value": value}


ENGAGED = {
    "any": [
        {"all": [_opened(1, 2), _opened(3, 4, 5)]},
        activity("visits", "gte", 3, **SERIOUS_VISIT, mediums=["paid", "organic", "direct"]),
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
