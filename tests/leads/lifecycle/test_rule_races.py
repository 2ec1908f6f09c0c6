"""Two sessions at one rule at the same moment: of two who saw the same thing one changes it, the other is told."""

from collections.abc import Callable
from typing import Any

import pytest

from leads.handover.rules import RuleDraft, stamp_of_rule, write_rule
from leads.lifecycle import criteria, phase, segments
from leads.lifecycle.segments import NewSegment
from leads.models import Criterion, PhaseRule, RoutingRule, Segment
from tests.factories import NOW, PAGE_VIEWED, stage
from tests.scoring.test_publish_races import at_once
from users.models import Team

Change = Callable[[int], object]


def asking(times: int) -> dict[str, Any]:
    return {**PAGE_VIEWED, "value": times}


def of_routing() -> Change:
    team = Team.objects.get(slug="sales").pk

    def draft(times: int) -> RuleDraft:
        return RuleDraft(name="Rule", condition=asking(times), team_id=team, spread="team")

    rule = write_rule(draft(1))
    seen = stamp_of_rule(rule)
    return lambda times: write_rule(draft(times), rule, seen=seen)


def of_phases() -> Change:
    pk = phase.save_rule(PhaseRule(phase="buy", label="Rule", condition=asking(1))).pk
    seen = phase.stamp_of_rule(PhaseRule.objects.get())
    return lambda times: phase.save_rule(
        PhaseRule(pk=pk, phase="buy", label="Rule", condition=asking(times)), seen=seen
    )


def of_criteria() -> Change:
    mel = stage("mel")
    seen = criteria.stamp_of(criteria.set_criterion(mel, asking(1), by=None, now=NOW))
    return lambda times: criteria.set_criterion(mel, asking(times), by=None, now=NOW, seen=seen)


def of_segments() -> Change:
    row = segments.save_segment(None, NewSegment("Rule", asking(1)), by=None, now=NOW)
    seen = segments.stamp_of(row)
    return lambda times: segments.save_segment(row, NewSegment("Rule", asking(times)), by=None, now=NOW, seen=seen)


PLACES = [
    (of_routing, RoutingRule.objects.all()),
    (of_phases, PhaseRule.objects.all()),
    (of_criteria, Criterion.objects.order_by("-version")),
    (of_segments, Segment.objects.all()),
]


@pytest.mark.parametrize(("begin", "rows"), PLACES, ids=["routing", "phases", "criteria", "segments"])
def test_of_two_who_saw_one_thing_one_changes_it(committed_db: None, begin: Callable[[], Change], rows: Any) -> None:
    change = begin()

    told = at_once(lambda: change(6), lambda: change(7))

    assert sorted(told) == ["ChangedMeanwhile", "done"]
    assert rows.all()[0].condition["value"] == (6, 7)[told.index("done")]
