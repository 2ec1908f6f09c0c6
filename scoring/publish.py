"""Drafts and publication of model versions."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from leads.activity.news import change_rules, touch_all
from leads.conditions.catalog import Catalog
from leads.conditions.select import plan_for
from leads.conditions.used import naming
from leads.models import ScoreLegend, ScoreModel
from scoring.approval import PUBLISHED, end_asking, tell_answered
from scoring.checks import content_errors, running_error
from scoring.engine import GroupSpec, VersionSpec, published, spec_of
from scoring.models import ModelVersion, Rule, RuleGroup, VersionState
from scoring.rules import RuleSpec, rule_words
from scoring.seen import check_seen, stamp
from scoring.threshold import carry_threshold, threshold_error, threshold_then


class NotPublishable(Exception):
    """The version cannot be published. `errors` names each rule's label and fields with reasons."""

    def __init__(self, errors: dict[str, dict[str, str]]) -> None:
        super().__init__("; ".join(f"{rule}: {field}: {why}" for rule, e in errors.items() for field, why in e.items()))
        self.errors = errors


@dataclass(frozen=True)
class Draft:
    """The content of a version to be."""

    groups: Sequence[GroupSpec]
    rules: Sequence[RuleSpec]
    hot_from: int = 80
    warm_from: int = 50
    history_step: int = 10
    group_names: dict[str, str] = field(default_factory=dict)
    threshold: int | None = None
    borderline_from: int | None = None
    fit_from: Sequence[int] | None = None
    engagement_from: Sequence[int] | None = None


class DraftExists(Exception):
    """A model has one draft at a time. `number` is its number."""

    def __init__(self, number: int) -> None:
        super().__init__(_("Draft %(number)d is being written. Publish or discard it first.") % {"number": number})
        self.number = number


@transaction.atomic
def save_draft(
    model: ScoreModel,
    draft: Draft,
    *,
    by: int | None = None,
    now: datetime | None = None,
    copied_from: ModelVersion | None = None,
) -> ModelVersion:
    """Store a new draft version of a model. Raises NotPublishable when a rule is invalid, DraftExists."""
    ScoreModel.objects.select_for_update(no_key=True).get(pk=model.pk)
    if standing := ModelVersion.objects.filter(model=model, state=VersionState.DRAFT).first():
        raise DraftExists(standing.number)
    return store(model, draft, by=by, now=now, copied_from=copied_from)


def store(
    model: ScoreModel, draft: Draft, *, by: int | None, now: datetime | None, copied_from: ModelVersion | None
) -> ModelVersion:
    """Write a version and its content, with the model locked."""
    _check(draft.groups, draft.rules)
    last = ModelVersion.objects.filter(model=model).aggregate(Max("number"))["number__max"] or 0
    version = ModelVersion.objects.create(
        model=model,
        number=last + 1,
        created_at=now,
        created_by_id=by,
        copied_from=copied_from,
        hot_from=draft.hot_from,
        warm_from=draft.warm_from,
        history_step=draft.history_step,
        threshold=draft.threshold,
        borderline_from=draft.borderline_from,
        fit_from=draft.fit_from,
        engagement_from=draft.engagement_from,
    )
    groups = {
        spec.slug: RuleGroup.objects.create(
            version=version,
            slug=spec.slug,
            name=draft.group_names.get(spec.slug, spec.slug.capitalize()),
            kind=spec.kind,
            cap=spec.cap,
        )
        for spec in draft.groups
    }
    Rule.objects.bulk_create(
        Rule(
            version=version,
            group=groups[spec.group],
            position=position,
            label=spec.label,
            condition=spec.condition,
            points=spec.points,
            per=spec.per,
            max_units=spec.max_units,
            half_life_days=spec.half_life_days,
            step_days=spec.step_days,
            step_percent=spec.step_percent,
        )
        for position, spec in enumerate(draft.rules, start=1)
    )
    return version


def content_of(version: ModelVersion) -> Draft:
    """What a version says, to be written again."""
    spec = spec_of(version)
    return Draft(
        groups=spec.groups,
        rules=spec.rules,
        hot_from=version.hot_from,
        warm_from=version.warm_from,
        history_step=version.history_step,
        threshold=version.threshold,
        borderline_from=version.borderline_from,
        fit_from=version.fit_from,
        engagement_from=version.engagement_from,
        group_names={group.slug: group.name for group in version.groups.all()},
    )


@transaction.atomic
def copy_to_draft(version: ModelVersion, *, by: int | None = None, now: datetime | None = None) -> ModelVersion:
    """A new draft with the content of a version, to change. The threshold stays as it is in force until it is set.

    Raises DraftExists.
    """
    return save_draft(version.model, replace(content_of(version), threshold=None), by=by, now=now, copied_from=version)


@transaction.atomic
def publish_version(
    version: ModelVersion,
    *,
    by: int | None,
    now: datetime,
    seen: str | None = None,
) -> ModelVersion:
    """Put a draft in force: the former version retires, the legend is written, every lead is scored anew.

    Where its threshold differs from the one in force, the stage's criterion changes with it. Raises NotPublishable for
    a version that is no draft, is a sales model's and not approved, has no rules, or has an invalid one;
    ChangedMeanwhile for one that is not any more what was seen.
    """
    lock_for_publishing(version.model_id)
    try:
        version.refresh_from_db(from_queryset=ModelVersion.objects.select_for_update(of=("self",)))
    except ModelVersion.DoesNotExist:
        raise NotPublishable({"version": {"state": _("The draft is gone.")}}) from None
    if version.state != VersionState.DRAFT:
        raise NotPublishable({"version": {"state": _("Only a draft can be published. Copy this version to a draft.")}})
    if seen is not None:
        check_seen(seen, stamp(version))
    if version.needs_approval and version.approved_at is None:
        raise NotPublishable({"version": {"approval": _("A sales manager must approve this version first.")}})
    put_in_force(version, by=by, now=now)
    end_asking(version)
    tell_answered(version, PUBLISHED, by=by, now=now)
    return version


def lock_for_publishing(model_id: int) -> None:
    """Wait for whoever judges leads by the rules and for other changes of the model. Asked before any other lock."""
    change_rules()
    ScoreModel.objects.select_for_update(no_key=True).get(pk=model_id)


def put_in_force(version: ModelVersion, *, by: int | None, now: datetime) -> ModelVersion:
    """Let a locked draft replace the version in force. Raises NotPublishable."""
    spec = spec_of(version)
    if not spec.rules:
        raise NotPublishable({"version": {"rules": _("Add at least one rule.")}})
    _check(spec.groups, spec.rules)
    if wrong := threshold_error(version, now=now) or _grid_error(version, now=now):
        raise NotPublishable({"version": wrong})
    ModelVersion.objects.filter(model=version.model, state=VersionState.PUBLISHED).update(
        state=VersionState.RETIRED, retired_at=now
    )
    version.state, version.published_at, version.published_by_id = VersionState.PUBLISHED, now, by
    version.threshold = threshold_then(version, now=now)
    version.changed_at, version.changed_by = None, None
    told = ["state", "published_at", "published_by", "threshold", "changed_at", "changed_by"]
    version.save(update_fields=told)
    if reason := running_error(published(), plan_for(now)):
        raise NotPublishable({"version": {"rules": reason}})
    _write_legend(version, spec)
    if not carry_threshold(version, by=by, now=now):  # a new criterion touches every lead already
        touch_all()
    return version


def _grid_error(version: ModelVersion, *, now: datetime) -> dict[str, str]:
    """Why the grid in force cannot go: without one a condition that asks for grades would hold for nobody."""
    if version.grid is not None or Catalog().grids.get(version.model_id) is None:
        return {}
    if not (places := [use.where for use in naming("grade", "model", version.model.slug, now=now)]):
        return {}
    text = _("Grades of this model are asked for: %(places)s. Give the version a grid, or change what asks.")
    return {"grid": text % {"places": ", ".join(places)}}


def _write_legend(version: ModelVersion, spec: VersionSpec) -> None:
    catalog = Catalog()
    ScoreLegend.objects.create(
        model=version.model,
        version=version.number,
        lines=[{"rule": rule_words(rule, catalog), "group": rule.group} for rule in spec.rules],
        groups=[_group(group) for group in version.groups.all()],
        bands=spec.bands,
        grid=version.grid,
    )


def _group(group: RuleGroup) -> dict[str, Any]:
    return {"group": group.slug, "name": group.name, "kind": group.kind, "cap": group.cap}


def _check(groups: Sequence[GroupSpec], rules: Sequence[RuleSpec]) -> None:
    if errors := content_errors(groups, rules):
        raise NotPublishable(errors)
