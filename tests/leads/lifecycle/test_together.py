"""Conditions that are each small enough are refused where all of them together are too much for the database."""

from typing import Any

import pytest

from leads.conditions.tree import InvalidCondition
from leads.lifecycle import together
from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.phase import save_rule
from leads.lifecycle.segments import NewSegment, save_segment
from leads.models import IcpProfile, PhaseRule, Segment, Touched
from leads.people.icp import NewProfile, Wish, publish_profile
from scoring.engine import GroupSpec
from scoring.rules import RuleSpec
from scoring.touched import drain
from tests.factories import NOW, PAGE_VIEWED, make_lead, publish_model, stage, view_pages

pytestmark = pytest.mark.django_db
SIZE = 90


def many(part: int) -> dict[str, Any]:
    """A tree of different counts, none of which another part has."""
    numbers = range(part * SIZE, (part + 1) * SIZE)
    return {"any": [{**PAGE_VIEWED, "mails": [1 + number // 400, 500 + number % 400]} for number in numbers]}


def profile(parts: int) -> NewProfile:
    return NewProfile([Wish("need", f"Part {part}", many(part)) for part in range(parts)])


def test_a_profile_that_rules_could_not_ask_for_any_more_is_refused() -> None:
    publish_profile("marketing", profile(1), by=None, now=NOW)
    grade = {"leaf": "icp", "realm": "marketing", "op": "at_least", "value": "B"}
    publish_model(rules=[RuleSpec(5, "fit", condition=grade)], groups=[GroupSpec("fit", "fit")])

    with pytest.raises(InvalidCondition, match="1800 different things"):
        publish_profile("marketing", profile(20), by=None, now=NOW)

    assert IcpProfile.objects.get().version == 1
    view_pages([make_lead()])
    drain(now=NOW)
    assert not Touched.objects.exists()


def test_the_widest_set_of_rules_that_is_taken_can_be_asked() -> None:
    parts = together.MOST_COLUMNS // SIZE
    for part in range(parts):
        save_rule(PhaseRule(phase="explore", label=f"Part {part}", condition=many(part)))

    with pytest.raises(InvalidCondition, match="Use fewer conditions"):
        save_rule(PhaseRule(phase="explore", label="One more", condition=many(parts)))

    view_pages([make_lead()])
    drain(now=NOW)
    assert not Touched.objects.exists()


def test_a_segment_in_use_does_not_grow_beyond_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "MOST_COLUMNS", SIZE)
    said = NewSegment("Busy", PAGE_VIEWED)
    segment = save_segment(None, said, by=None, now=NOW)
    set_criterion(stage("mel"), {"leaf": "segment", "value": [segment.slug]}, by=None, now=NOW)
    set_criterion(stage("mql"), {"any": many(0)["any"][1:]}, by=None, now=NOW)

    with pytest.raises(InvalidCondition):
        save_segment(segment, NewSegment("Busy", many(1)), by=None, now=NOW)

    assert Segment.objects.get().condition == PAGE_VIEWED
