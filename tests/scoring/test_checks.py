"""Bad rules, groups and versions: each is refused with the field, the reason and what to do."""

from typing import Any

import pytest
from django.db import DataError, IntegrityError, transaction

from leads.conditions.plan import Plan
from leads.models import ScoreModel
from scoring.checks import content_errors, group_errors, rule_errors, running_error
from scoring.draft import InvalidGroup, InvalidRule, begin_draft, save_group, save_rule
from scoring.engine import GroupSpec, VersionSpec
from scoring.models import ModelVersion, Rule, RuleGroup
from scoring.publish import Draft, NotPublishable, publish_version, save_draft
from scoring.rules import MAX_RULES, RuleSpec
from tests.factories import NOW, PAGE_VIEWED
from users.models import Organisation

pytestmark = pytest.mark.django_db
WEB = GroupSpec("web", "engagement")
EACH = {"of": "each", "kinds": ["page_view"]}
FADES = "Only points per activity can fade"
WHOLE = "Give a whole number from 1 to"


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"points": 1001}, "points", "at most 1000 points"),
        ({"points": -1001}, "points", "1000 below zero"),
        ({"points": 1.5}, "points", "at most 1000 points"),
        ({"condition": None}, "condition", "Say when the points are given"),
        ({"condition": {"leaf": "score", "model": "mql", "op": "gte", "value": 1}}, "condition", "scor"),
        ({"condition": {"all": []}}, "condition", "all: Give a list with at least one"),
        ({"per": {"kinds": ["page_view"]}}, "per", '"of": one of each, latest, page'),
        ({"per": {"of": ["each"]}}, "per", '"of": one of each'),
        ({"per": []}, "per", '"of": one of each'),
        ({"per": EACH | {"color": "red"}}, "per", "Unknown field color"),
        ({"per": EACH | {"days": 0}}, "per", "days: Give a whole number of days from 1 to 3650"),
        ({"per": EACH | {"days": 3651}}, "per", "days: Give a whole number of days from 1 to 3650"),
        ({"per": EACH | {"kinds": ["'; DROP TABLE leads_lead"]}}, "per", "kinds: "),
        ({"per": {"of": "latest"}}, "per", "must fade"),
        ({"max_units": 3}, "max_units", FADES),
        ({"half_life_days": 3}, "half_life_days", FADES),
        ({"step_days": 3, "step_percent": 5}, "step_days", FADES),
        ({"per": EACH, "max_units": 0}, "max_units", f"{WHOLE} 10000"),
        ({"per": EACH, "max_units": 10_001}, "max_units", f"{WHOLE} 10000"),
        ({"per": EACH, "half_life_days": 0}, "half_life_days", f"{WHOLE} 3650"),
        ({"per": EACH, "half_life_days": True}, "half_life_days", f"{WHOLE} 3650"),
        ({"per": EACH, "step_days": 0, "step_percent": 5}, "step_days", f"{WHOLE} 3650"),
        ({"per": EACH, "step_days": 30, "step_percent": 101}, "step_percent", f"{WHOLE} 100"),
        ({"per": EACH, "step_days": 30}, "step_percent", "how many percent"),
        ({"per": EACH, "step_percent": 30}, "step_days", "every how many days"),
        ({"per": EACH, "half_life_days": 3, "step_days": 3, "step_percent": 5}, "half_life_days", "not both"),
    ],
)
def test_a_bad_rule_is_refused_at_its_field(fields: dict[str, Any], field: str, reason: str) -> None:
    rule = RuleSpec(**{"points": 5, "group": "web", "condition": PAGE_VIEWED, **fields})

    assert reason in rule_errors(rule)[field]

    with pytest.raises(NotPublishable, match=f"^rule 1: .*{field}: "):
        save_draft(ScoreModel.objects.create(slug="m", name="M"), Draft(groups=[WEB], rules=[rule]))


def test_every_field_that_is_wrong_is_named() -> None:
    rule = RuleSpec(points=5000, group="web", per={"of": "eachh"}, max_units=0, step_days=3)

    assert list(rule_errors(rule)) == ["points", "per", "max_units", "step_percent"]


def test_a_cap_below_zero_is_refused() -> None:
    assert "cannot be below zero" in group_errors(GroupSpec("web", "engagement", -1))["cap"]
    assert "as fit or as engagement" in group_errors(GroupSpec("web", "other"))["kind"]
    assert group_errors(GroupSpec("web", "engagement", 0)) == {}


def test_groups_and_rules_must_fit_together() -> None:
    rules = [RuleSpec(points=1, group="gone", condition=PAGE_VIEWED, label="Seen")]

    found = content_errors([WEB, WEB], rules * (MAX_RULES + 1))

    assert found["group web"] == {"group": "There is a group with this key."}
    assert "Choose from: web" in found["Seen"]["group"]
    assert "at most 100 rules" in found["version"]["rules"]


def test_a_draft_refuses_what_the_checks_refuse() -> None:
    draft = begin_draft(ScoreModel.objects.create(slug="m", name="M"))

    with pytest.raises(InvalidRule) as refused:
        save_rule(draft.pk, RuleSpec(points=5, group="fit", per=EACH, step_days=3))
    with pytest.raises(InvalidGroup, match="cap: A cap cannot be below zero"):
        save_group(draft.pk, GroupSpec("fit", "fit", -5), name="Fit", new=False)

    assert refused.value.errors == {"step_percent": "Say how many percent are lost each time."}
    assert not draft.rules.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"points": 1001},
        {"condition": None},
        {"half_life_days": 5},
        {"step_days": 5},
        {"per": EACH, "step_days": 5},
        {"per": EACH, "step_percent": 5},
        {"per": EACH, "step_days": 5, "step_percent": 101},
        {"per": EACH, "half_life_days": 5, "step_days": 5, "step_percent": 10},
    ],
)
def test_the_database_refuses_it_too(fields: dict[str, Any]) -> None:
    draft = begin_draft(ScoreModel.objects.create(slug="m", name="M"))
    columns = {"points": 5, "condition": PAGE_VIEWED, "position": 1, **fields}

    with pytest.raises(IntegrityError), transaction.atomic():
        Rule.objects.create(version=draft, group=draft.groups.get(slug="fit"), **columns)
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleGroup.objects.filter(version=draft).update(cap=-1)


@pytest.mark.parametrize(
    "grid",
    [
        {"fit_from": [3, 2, 1]},
        {"fit_from": [3, None, 1], "engagement_from": [3, 2, 1]},
        {"fit_from": [3, 2, 2], "engagement_from": [3, 2, 1]},
        {"fit_from": [3, 2], "engagement_from": [3, 2, 1]},
    ],
)
def test_half_a_grid_is_refused(grid: dict[str, Any]) -> None:
    draft = begin_draft(ScoreModel.objects.create(slug="m", name="M"))

    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        ModelVersion.objects.filter(pk=draft.pk).update(**grid)


def test_the_fullest_model_can_be_published() -> None:
    fields = ("job_title", "first_name", "email")
    leaves = [
        {"leaf": "lead", "field": field, "op": "contains", "value": f"{n}"} for n in range(30) for field in fields
    ]
    rules = [
        RuleSpec(1, "web", condition={"any": leaves}, per={"of": of, "days": 1 + number}, step_days=7, step_percent=3)
        for number, of in enumerate(["page", "visit", "week", "each"] * (MAX_RULES // 4))
    ]
    model = ScoreModel.objects.create(slug="m", name="M")

    publish_version(save_draft(model, Draft(groups=[WEB], rules=rules)), by=None, now=NOW)

    assert model.versions.get().state == "published"


def test_more_than_the_database_can_do_is_refused_before_it_is_in_force() -> None:
    leaves = [
        {"leaf": "activity", "measure": "count", "op": "gte", "value": 1, "kinds": ["page_view"], "mails": [n]}
        for n in range(1, 18)
    ]
    trees = [{"any": [{**leaf, "days": day} for leaf in leaves]} for day in range(1, 1 + MAX_RULES)]
    rules = [RuleSpec(1, "web", condition=tree) for tree in trees]
    version = VersionSpec(1, 1, rules, [WEB], [{"band": "hot", "from": 8}, {"band": "cold", "from": None}])

    assert "Use fewer rules" in running_error([version], Plan(today=NOW.date(), zone=Organisation.load().zone))

    model = ScoreModel.objects.create(slug="m", name="M")
    draft = save_draft(model, Draft(groups=[WEB], rules=rules))
    with pytest.raises(NotPublishable, match="too much for the database"):
        publish_version(draft, by=None, now=NOW)
    draft.refresh_from_db()
    assert draft.state == "draft"
