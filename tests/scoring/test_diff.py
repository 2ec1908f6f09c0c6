"""Differences between versions, in words."""

from dataclasses import replace

import pytest

from leads.conditions.catalog import Catalog
from scoring.diff import differences, match, summary
from scoring.engine import GroupSpec
from scoring.publish import Draft
from scoring.rules import RuleSpec

pytestmark = pytest.mark.django_db  # the catalog names pages, documents and attributes
SEEN = {"leaf": "activity", "measure": "count", "op": "gte", "value": 1, "kinds": ["page_view"], "days": 14}
CFO = {"leaf": "lead", "field": "job_title", "op": "contains", "value": "CFO"}
PER = {"of": "each", "kinds": ["page_view"]}
TITLE = RuleSpec(points=5, group="fit", condition=CFO)
VISIT = RuleSpec(points=10, group="web", condition=SEEN, label="Interest")
PAGES = RuleSpec(points=2, group="web", per=PER, half_life_days=30)
OLD = Draft(
    groups=[GroupSpec("fit", "fit", 50), GroupSpec("web", "engagement")],
    rules=[TITLE, VISIT, PAGES],
    threshold=80,
    group_names={"fit": "Fit", "web": "Web"},
)


def told(**changed):
    return [(row.subject, row.sign, row.text) for row in differences(OLD, replace(OLD, **changed), Catalog())]


def test_nothing_differs_from_itself_whatever_the_order_of_rules():
    assert told(rules=[PAGES, TITLE, VISIT]) == []
    assert summary([], 3) == "nothing differs from version 3"


def test_a_rule_tells_its_points_days_and_fading():
    assert told(rules=[replace(TITLE, points=-8), VISIT, PAGES]) == [("rule", "changed", "−8 instead of +5")]
    shorter = replace(VISIT, condition={**SEEN, "days": 30})
    assert told(rules=[TITLE, shorter, PAGES]) == [("rule", "changed", "in 30 days instead of 14")]
    slower = replace(PAGES, half_life_days=60)
    assert told(rules=[TITLE, VISIT, slower]) == [
        ("rule", "changed", "fades 50 % in 60 days instead of fades 50 % in 30 days")
    ]
    assert told(rules=[replace(TITLE, group="web"), VISIT, PAGES]) == [("rule", "changed", "in Web instead of Fit")]


def test_a_leaf_deep_inside_is_told_alone():
    nested = {"all": [CFO, {"not": {"any": [SEEN, CFO]}}]}
    other = {"all": [CFO, {"not": {"any": [{**SEEN, "days": 7}, CFO]}}]}
    before = replace(OLD, rules=[RuleSpec(points=1, group="fit", condition=nested)])
    after = replace(OLD, rules=[RuleSpec(points=1, group="fit", condition=other)])

    (found,) = differences(before, after, Catalog())

    assert (found.text, found.position) == ("in 7 days instead of 14", 1)


def test_rules_come_and_go():
    new = RuleSpec(points=8, group="fit", condition={"leaf": "consent", "value": True})

    changes = differences(OLD, replace(OLD, rules=[TITLE, PAGES, new]), Catalog())

    assert [(row.sign, row.text, row.position) for row in changes] == [("new", "+8", 3), ("gone", "+10", None)]
    assert changes[0].note == "new"
    assert changes[1].name == "Interest"
    assert summary(changes, 3) == "2 rules differ from version 3"


def test_groups_tell_caps_names_and_kind():
    groups = [GroupSpec("fit", "fit", 40), GroupSpec("minus", "engagement")]
    rules = [TITLE]

    changes = differences(
        replace(OLD, rules=rules), replace(OLD, rules=rules, groups=groups, group_names={"fit": "Who"}), Catalog()
    )

    assert [(row.sign, row.name, row.text) for row in changes] == [
        ("changed", "Who", "was called Fit, capped at 40 instead of 50"),
        ("new", "Minus", ""),
        ("gone", "Web", ""),
    ]


def test_threshold_bands_and_grid_are_told_and_summed_up():
    changed = {"threshold": 70, "borderline_from": 60, "hot_from": 90, "fit_from": [30, 20, 10]}
    changes = differences(OLD, replace(OLD, rules=[replace(TITLE, points=8), VISIT], **changed), Catalog())

    assert [(row.subject, row.text) for row in changes if row.subject != "rule"] == [
        ("threshold", "70 instead of 80"),
        ("borderline", "60 instead of none"),
        ("bands", "90 instead of 80"),
        ("grid", "30, 20, 10 instead of none"),
    ]
    assert summary(changes, 3) == (
        "2 rules, the threshold, the borderline, the bands and the grid differ from version 3"
    )
    assert summary(changes[:1], 3) == "the threshold differs from version 3"


def test_the_closest_rules_are_matched():
    twin = replace(TITLE, points=7)

    assert match([TITLE, twin], [twin, replace(TITLE, points=9)]) == {0: 1, 1: 0}
