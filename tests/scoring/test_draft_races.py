"""Two sessions at one draft at the same moment: of two who saw the same thing one changes it, the other is told."""

from dataclasses import replace

import pytest

from scoring.draft import Frame, move_rule, remove_rule, save_group, save_rule, set_frame
from scoring.engine import GroupSpec
from scoring.life import approve_version, discard_draft
from scoring.models import ModelVersion, Rule
from scoring.publish import copy_to_draft, publish_version
from scoring.seen import stamp, stamp_of_frame, stamp_of_group, stamp_of_rule
from tests.factories import NOW, publish_model
from tests.scoring.test_publish_races import OTHER, at_once

CHANGED = ["ChangedMeanwhile", "done"]


@pytest.fixture
def draft(committed_db: None) -> ModelVersion:
    return copy_to_draft(publish_model().versions.get())


@pytest.fixture
def rule(draft: ModelVersion) -> Rule:
    return draft.rules.get()


def test_of_two_who_saw_one_rule_one_changes_it(draft: ModelVersion, rule: Rule) -> None:
    seen = stamp_of_rule(rule)
    mine, hers = (replace(OTHER, points=points) for points in (6, 7))

    told = at_once(
        lambda: save_rule(draft.pk, mine, rule_id=rule.pk, seen=seen),
        lambda: save_rule(draft.pk, hers, rule_id=rule.pk, seen=seen),
    )

    assert sorted(told) == CHANGED
    assert draft.rules.get().points == (6, 7)[told.index("done")]


def test_two_who_change_two_rules_both_do(draft: ModelVersion, rule: Rule) -> None:
    other = save_rule(draft.pk, OTHER)
    seen, also = stamp_of_rule(rule), stamp_of_rule(other)

    told = at_once(
        lambda: save_rule(draft.pk, replace(OTHER, points=6), rule_id=rule.pk, seen=seen),
        lambda: save_rule(draft.pk, replace(OTHER, points=7), rule_id=other.pk, seen=also),
    )

    assert told == ["done", "done"]
    assert list(draft.rules.values_list("points", flat=True)) == [6, 7]


def test_a_rule_is_changed_or_taken_out(draft: ModelVersion, rule: Rule) -> None:
    seen = stamp_of_rule(rule)

    told = at_once(
        lambda: save_rule(draft.pk, OTHER, rule_id=rule.pk, seen=seen),
        lambda: remove_rule(draft.pk, rule.pk, seen=seen),
    )

    assert sorted(told) == CHANGED
    assert draft.rules.count() == (1 if told[0] == "done" else 0)


def test_a_rule_is_changed_while_it_moves(draft: ModelVersion, rule: Rule) -> None:
    other = save_rule(draft.pk, OTHER)
    seen = stamp_of_rule(rule)

    told = at_once(
        lambda: save_rule(draft.pk, replace(OTHER, points=6), rule_id=rule.pk, seen=seen),
        lambda: move_rule(draft.pk, other.pk, up=True, beside=rule.pk),
    )

    assert told == ["done", "done"]
    assert list(draft.rules.order_by("position").values_list("pk", "points")) == [(other.pk, 5), (rule.pk, 6)]


def test_of_two_who_press_the_same_arrow_one_moves_the_rule(draft: ModelVersion, rule: Rule) -> None:
    other = save_rule(draft.pk, OTHER)

    told = at_once(*[lambda: move_rule(draft.pk, other.pk, up=True, beside=rule.pk)] * 2)

    assert sorted(told) == CHANGED
    assert list(draft.rules.order_by("position").values_list("pk", flat=True)) == [other.pk, rule.pk]


def test_of_two_who_saw_one_group_one_changes_it(draft: ModelVersion) -> None:
    seen = stamp_of_group(draft.groups.get(slug="fit"))

    def cap(at: int) -> None:
        save_group(draft.pk, GroupSpec("fit", "fit", at), name="Fit", new=False, seen=seen)

    assert sorted(at_once(lambda: cap(10), lambda: cap(20))) == CHANGED


def test_of_two_who_saw_threshold_and_bands_one_changes_them(draft: ModelVersion) -> None:
    seen = stamp_of_frame(draft)

    def heat(at: int) -> None:
        set_frame(draft.pk, Frame(at, 40, 5), seen=seen)

    assert sorted(at_once(lambda: heat(70), lambda: heat(71))) == CHANGED


def test_nothing_is_published_or_discarded_that_nobody_saw(draft: ModelVersion) -> None:
    seen, shown = stamp(draft), ModelVersion.objects.get(pk=draft.pk)

    told = at_once(
        lambda: save_rule(draft.pk, OTHER),
        lambda: approve_version(draft.pk, by=None, now=NOW, seen=seen),
        lambda: publish_version(shown, by=None, now=NOW, seen=seen),
        lambda: discard_draft(draft.pk, by=None, now=NOW, seen=seen),
    )

    left = ModelVersion.objects.filter(pk=draft.pk).first()
    if told[0] == "done":  # before the others, or after the approval alone, which counts no more then
        assert left is not None
        assert (left.state, left.approved_at, left.rules.count()) == ("draft", None, 2)
        assert told[2:] == ["ChangedMeanwhile", "ChangedMeanwhile"]
    else:  # too late: it was published or thrown away as it was seen
        assert left is None or left.rules.count() == 1
