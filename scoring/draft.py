"""Changing a draft: its rules, groups and bands. Published and retired versions stay as they are.

Who changes something says as what it was `seen` (leads.seen): where somebody else changed that very thing meanwhile,
ChangedMeanwhile is raised and nothing is written. What else changed in the draft does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from leads.models import ScoreModel
from leads.seen import ChangedMeanwhile
from scoring.approval import end_asking
from scoring.checks import group_errors, rule_errors
from scoring.engine import GroupSpec
from scoring.models import ModelVersion, Rule, RuleGroup, VersionState
from scoring.publish import Draft, save_draft
from scoring.rules import MAX_RULES, RuleSpec
from scoring.seen import check_seen, stamp_of_frame, stamp_of_group, stamp_of_rule


class NotADraft(Exception):
    """Only a draft changes; copy the version to one."""


class InvalidRule(Exception):
    """A rule that cannot be used. `errors` names each field with the reason."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {why}" for field, why in errors.items()))
        self.errors = errors


class InvalidGroup(InvalidRule):
    """A group that cannot be used. `errors` names each field with the reason."""


class InvalidVersion(InvalidRule):
    """A threshold that cannot be used. `errors` names each field with the reason."""


class GroupInUse(Exception):
    """A group goes only once no rule stands in it."""


FIRST_GROUPS = (GroupSpec("fit", RuleGroup.Kind.FIT), GroupSpec("engagement", RuleGroup.Kind.ENGAGEMENT))


@transaction.atomic
def begin_draft(model: ScoreModel, *, by: int | None = None, now: datetime | None = None) -> ModelVersion:
    """An empty draft with a group for fit and one for engagement. Raises DraftExists."""
    return save_draft(model, Draft(groups=FIRST_GROUPS, rules=()), by=by, now=now)


@transaction.atomic
def save_rule(
    version_id: int,
    rule: RuleSpec,
    *,
    rule_id: int | None = None,
    seen: str | None = None,
    by: int | None = None,
    now: datetime | None = None,
) -> Rule:
    """Write one rule of a draft, a new one at the end. Raises NotADraft, InvalidRule, ChangedMeanwhile."""
    version = changing_draft(version_id, by=by, now=now)
    row = _new_rule(version) if rule_id is None else _rule_of(version, rule_id, seen)
    if errors := rule_errors(rule):
        raise InvalidRule(errors)
    group = version.groups.filter(slug=rule.group).first()
    if group is None:
        raise InvalidRule({"group": _("The group is gone: somebody took it out of the draft. Choose another one.")})
    row.group, row.label, row.condition, row.points = group, rule.label, rule.condition, rule.points
    row.per, row.max_units, row.half_life_days = rule.per, rule.max_units, rule.half_life_days
    row.step_days, row.step_percent = rule.step_days, rule.step_percent
    row.save()
    return row


def _new_rule(version: ModelVersion) -> Rule:
    if version.rules.count() >= MAX_RULES:
        raise InvalidRule({"rules": _("Use at most %(n)d rules.") % {"n": MAX_RULES}})
    return Rule(version=version, position=_last_place(version) + 1)


def _last_place(version: ModelVersion) -> int:
    return version.rules.aggregate(Max("position"))["position__max"] or 0


def _rule_of(version: ModelVersion, rule_id: int, seen: str | None) -> Rule:
    """A rule of the draft as it was seen. Raises ChangedMeanwhile where it is another one, or gone."""
    rule = version.rules.select_related("group").filter(pk=rule_id).first()
    if rule is None:
        raise ChangedMeanwhile(_("This rule is gone: it was taken out of the draft meanwhile."))
    check_seen(seen, stamp_of_rule(rule), _("This rule was changed meanwhile."))
    return rule


@transaction.atomic
def remove_rule(
    version_id: int, rule_id: int, *, seen: str | None = None, by: int | None = None, now: datetime | None = None
) -> None:
    """Take a rule out of a draft; nothing happens where it is gone already. Raises NotADraft, ChangedMeanwhile."""
    version = locked_draft(version_id)
    if version.rules.filter(pk=rule_id).exists():
        rule = _rule_of(version, rule_id, seen)
        changing_draft(version_id, by=by, now=now)
        rule.delete()


@transaction.atomic
def move_rule(
    version_id: int,
    rule_id: int,
    *,
    up: bool,
    beside: int | None = None,
    by: int | None = None,
    now: datetime | None = None,
) -> None:
    """Let a rule of a draft change places with the one before it in its group, or after it; `beside` was seen there.

    Nothing happens where there is none. Raises NotADraft, ChangedMeanwhile.
    """
    version = locked_draft(version_id)
    rule = _rule_of(version, rule_id, None)
    others = version.rules.filter(group=rule.group_id)
    nearer = others.filter(position__lt=rule.position) if up else others.filter(position__gt=rule.position)
    there = nearer.last() if up else nearer.first()
    if beside is not None and beside != (there and there.pk):
        raise ChangedMeanwhile(_("The order of the rules was changed meanwhile."))
    if there is None:
        return
    changing_draft(version_id, by=by, now=now)
    places = (there, _last_place(version) + 1), (rule, there.position), (there, rule.position)
    for row, place in places:  # two rules never have one place
        row.position = place
        row.save(update_fields=["position"])


@transaction.atomic
def save_group(
    version_id: int,
    group: GroupSpec,
    *,
    name: str,
    new: bool,
    seen: str | None = None,
    by: int | None = None,
    now: datetime | None = None,
) -> RuleGroup:
    """Write a group of a draft, known by its key. Raises NotADraft, InvalidGroup, ChangedMeanwhile."""
    version = changing_draft(version_id, by=by, now=now)
    row = version.groups.filter(slug=group.slug).first()
    if new and row is not None:
        raise InvalidGroup({"slug": _("There is a group with this key.")})
    if not new:
        _check_group(row, seen)
    if errors := group_errors(group):
        raise InvalidGroup(errors)
    row = row or RuleGroup(version=version, slug=group.slug)
    row.name, row.kind, row.cap = name, group.kind, group.cap
    row.save()
    return row


def _check_group(group: RuleGroup | None, seen: str | None) -> None:
    if group is None:
        raise ChangedMeanwhile(_("This group is gone: it was taken out of the draft meanwhile."))
    check_seen(seen, stamp_of_group(group), _("This group was changed meanwhile."))


@transaction.atomic
def remove_group(
    version_id: int, slug: str, *, seen: str | None = None, by: int | None = None, now: datetime | None = None
) -> None:
    """Take an empty group out of a draft; nothing happens where it is gone. Raises NotADraft, GroupInUse and others.

    ChangedMeanwhile is raised where it is not any more what was seen.
    """
    group = locked_draft(version_id).groups.filter(slug=slug).first()
    if group is None:
        return
    _check_group(group, seen)
    if group.rules.exists():
        raise GroupInUse(slug)
    changing_draft(version_id, by=by, now=now)
    group.delete()


@transaction.atomic
def set_threshold(version_id: int, *, threshold: int | None, borderline_from: int | None) -> None:
    """Set what the stage criterion is to ask for and where the borderline begins. Raises NotADraft, InvalidVersion."""
    version = changing_draft(version_id)
    _check_threshold(threshold, borderline_from)
    _write(version, threshold=threshold, borderline_from=borderline_from)


def _check_threshold(threshold: int | None, borderline_from: int | None) -> None:
    if threshold is not None and borderline_from is not None and borderline_from >= threshold:
        raise InvalidVersion({"borderline_from": _("The borderline must begin below the threshold.")})


def _check_grid(fit_from: Sequence[int] | None, engagement_from: Sequence[int] | None) -> None:
    given = {"fit_from": fit_from, "engagement_from": engagement_from}
    if any(bounds is not None for bounds in given.values()):
        reason = _("Give three falling numbers for fit and three for engagement, or none.")
        if errors := {name: reason for name, bounds in given.items() if not falls(bounds)}:
            raise InvalidVersion(errors)


def falls(bounds: Sequence[int] | None) -> bool:
    """Whether a row of the grid is three falling numbers."""
    return bounds is not None and len(bounds) == 3 and all(above > below for above, below in pairwise(bounds))


def _write(version: ModelVersion, **said: Any) -> None:
    for name, value in said.items():
        setattr(version, name, list(value) if name in ("fit_from", "engagement_from") and value is not None else value)
    version.save(update_fields=list(said))


@dataclass(frozen=True)
class Frame:
    """What stands around the rules of a version: bands, threshold, grid, note."""

    hot_from: int
    warm_from: int
    history_step: int
    threshold: int | None = None
    borderline_from: int | None = None
    fit_from: Sequence[int] | None = None
    engagement_from: Sequence[int] | None = None
    note: str = ""


@transaction.atomic
def set_frame(
    version_id: int, frame: Frame, *, seen: str | None = None, by: int | None = None, now: datetime | None = None
) -> None:
    """Set all of it at once. Raises NotADraft, InvalidVersion, ChangedMeanwhile; the database holds hot above warm."""
    version = changing_draft(version_id, by=by, now=now)
    check_seen(seen, stamp_of_frame(version), _("Threshold, bands or note were changed meanwhile."))
    _check_threshold(frame.threshold, frame.borderline_from)
    _check_grid(frame.fit_from, frame.engagement_from)
    _write(version, **{part.name: getattr(frame, part.name) for part in fields(frame)})


@transaction.atomic
def set_note(version_id: int, note: str) -> None:
    """Say in words what a draft is for. Raises NotADraft. What was approved stays approved."""
    _write(locked_draft(version_id), note=note)


def locked_draft(version_id: int) -> ModelVersion:
    """A draft, locked until the transaction ends. Raises NotADraft."""
    version = ModelVersion.objects.select_for_update(of=("self",)).select_related("model").filter(pk=version_id).first()
    if version is None:
        raise NotADraft(_("The draft is gone."))
    if version.state != VersionState.DRAFT:
        raise NotADraft(_("Only a draft changes. Copy this version to a draft."))
    return version


def changing_draft(version_id: int, *, by: int | None = None, now: datetime | None = None) -> ModelVersion:
    """A draft about to be changed, locked: what was asked for or approved of it counts no more. Raises NotADraft.

    Who changes it, and when, is kept until it is published, for those who meanwhile wrote at the same place.
    """
    version = locked_draft(version_id)
    end_asking(version)
    version.asked_at, version.asked_by, version.approved_at, version.approved_by = None, None, None, None
    if now is not None:
        version.changed_at, version.changed_by_id = now, by
    version.save(update_fields=["asked_at", "asked_by", "approved_at", "approved_by", "changed_at", "changed_by"])
    return version
