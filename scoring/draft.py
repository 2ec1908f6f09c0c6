"""Changing a draft: its rules, groups and bands. Published and retired versions stay as they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from leads.models import ScoreModel
from scoring.checks import group_errors, rule_errors
from scoring.engine import GroupSpec
from scoring.models import ModelVersion, Rule, RuleGroup, VersionState
from scoring.publish import Draft, save_draft
from scoring.rules import MAX_RULES, RuleSpec


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
def save_rule(version_id: int, rule: RuleSpec, *, position: int | None = None) -> Rule:
    """Write one rule of a draft, a new one at the end. Raises NotADraft, InvalidRule."""
    version = changing_draft(version_id)
    if errors := rule_errors(rule):
        raise InvalidRule(errors)
    group = version.groups.get(slug=rule.group)
    if position is None:
        if version.rules.count() >= MAX_RULES:
            raise InvalidRule({"rules": _("Use at most %(n)d rules.") % {"n": MAX_RULES}})
        last = version.rules.aggregate(Max("position"))["position__max"] or 0
        row = Rule(version=version, position=last + 1)
    else:
        row = _rule_at(version, position)
    row.group, row.label, row.condition, row.points = group, rule.label, rule.condition, rule.points
    row.per, row.max_units, row.half_life_days = rule.per, rule.max_units, rule.half_life_days
    row.step_days, row.step_percent = rule.step_days, rule.step_percent
    row.save()
    return row


def _rule_at(version: ModelVersion, position: int) -> Rule:
    """The rule in that place. Raises InvalidRule where somebody took it away meanwhile."""
    rule = version.rules.filter(position=position).first()
    if rule is None:
        raise InvalidRule({"rules": _("The rule is gone: somebody took it out of the draft. Add it anew.")})
    return rule


@transaction.atomic
def remove_rule(version_id: int, position: int) -> None:
    """Take a rule out of a draft. Raises NotADraft."""
    changing_draft(version_id).rules.filter(position=position).delete()


@transaction.atomic
def move_rule(version_id: int, position: int, *, up: bool) -> None:
    """Let a rule of a draft change places with the one before it in its group, or after it. Raises NotADraft.

    Nothing happens where there is none. Raises InvalidRule where it is gone.
    """
    version = changing_draft(version_id)
    rule = _rule_at(version, position)
    others = version.rules.filter(group=rule.group_id)
    beside = others.filter(position__lt=position).last() if up else others.filter(position__gt=position).first()
    if beside is None:
        return
    last = version.rules.aggregate(Max("position"))["position__max"] or 0
    there = beside.position
    for row, place in ((beside, last + 1), (rule, there), (beside, position)):  # two rules never have one place
        row.position = place
        row.save(update_fields=["position"])


@transaction.atomic
def save_group(version_id: int, group: GroupSpec, *, name: str, new: bool) -> RuleGroup:
    """Write a group of a draft, known by its key. Raises NotADraft, InvalidGroup, RuleGroup.DoesNotExist."""
    version = changing_draft(version_id)
    if errors := group_errors(group):
        raise InvalidGroup(errors)
    row = RuleGroup(version=version, slug=group.slug) if new else version.groups.get(slug=group.slug)
    row.name, row.kind, row.cap = name, group.kind, group.cap
    row.save()
    return row


@transaction.atomic
def remove_group(version_id: int, slug: str) -> None:
    """Take an empty group out of a draft. Raises NotADraft, GroupInUse."""
    group = changing_draft(version_id).groups.get(slug=slug)
    if group.rules.exists():
        raise GroupInUse(slug)
    group.delete()


@transaction.atomic
def set_bands(version_id: int, *, hot_from: int, warm_from: int, history_step: int) -> None:
    """Set where a draft's bands begin. Raises NotADraft; the database holds hot above warm."""
    version = changing_draft(version_id)
    version.hot_from, version.warm_from, version.history_step = hot_from, warm_from, history_step
    version.save(update_fields=["hot_from", "warm_from", "history_step"])


@transaction.atomic
def set_threshold(version_id: int, *, threshold: int | None, borderline_from: int | None) -> None:
    """Set what the stage criterion is to ask for and where the borderline begins. Raises NotADraft, InvalidVersion."""
    version = changing_draft(version_id)
    if threshold is not None and borderline_from is not None and borderline_from >= threshold:
        raise InvalidVersion({"borderline_from": _("The borderline must begin below the threshold.")})
    version.threshold, version.borderline_from = threshold, borderline_from
    version.save(update_fields=["threshold", "borderline_from"])


@transaction.atomic
def set_grid(version_id: int, *, fit_from: Sequence[int] | None, engagement_from: Sequence[int] | None) -> None:
    """Set where the letters and numbers of a draft's grid begin; None for no grid. Raises NotADraft, InvalidVersion."""
    version = changing_draft(version_id)
    given = {"fit_from": fit_from, "engagement_from": engagement_from}
    if any(bounds is not None for bounds in given.values()):
        reason = _("Give three falling numbers for fit and three for engagement, or none.")
        if errors := {name: reason for name, bounds in given.items() if not falls(bounds)}:
            raise InvalidVersion(errors)
    version.fit_from = None if fit_from is None else list(fit_from)
    version.engagement_from = None if engagement_from is None else list(engagement_from)
    version.save(update_fields=["fit_from", "engagement_from"])


def falls(bounds: Sequence[int] | None) -> bool:
    """Whether a row of the grid is three falling numbers."""
    return bounds is not None and len(bounds) == 3 and all(above > below for above, below in pairwise(bounds))


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
def set_frame(version_id: int, frame: Frame) -> None:
    """Set all of it at once. Raises NotADraft, InvalidVersion; the database holds hot above warm."""
    set_bands(version_id, hot_from=frame.hot_from, warm_from=frame.warm_from, history_step=frame.history_step)
    set_threshold(version_id, threshold=frame.threshold, borderline_from=frame.borderline_from)
    set_grid(version_id, fit_from=frame.fit_from, engagement_from=frame.engagement_from)
    set_note(version_id, frame.note)


@transaction.atomic
def set_note(version_id: int, note: str) -> None:
    """Say in words what a draft is for. Raises NotADraft. What was approved stays approved."""
    version = locked_draft(version_id)
    version.note = note
    version.save(update_fields=["note"])


def locked_draft(version_id: int) -> ModelVersion:
    """A draft, locked until the transaction ends. Raises NotADraft."""
    version = ModelVersion.objects.select_for_update(of=("self",)).select_related("model").filter(pk=version_id).first()
    if version is None:
        raise NotADraft(_("The draft is gone."))
    if version.state != VersionState.DRAFT:
        raise NotADraft(_("Only a draft changes. Copy this version to a draft."))
    return version


def changing_draft(version_id: int) -> ModelVersion:
    """A draft about to be changed, locked: what was asked for or approved of it counts no more. Raises NotADraft."""
    version = locked_draft(version_id)
    if version.asked_at is not None or version.approved_at is not None:
        version.asked_at, version.asked_by, version.approved_at, version.approved_by = None, None, None, None
        version.save(update_fields=["asked_at", "asked_by", "approved_at", "approved_by"])
    return version
