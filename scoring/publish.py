"""Drafts and publication of model versions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from leads.activity.news import change_rules, touch_all
from leads.conditions.catalog import Catalog
from leads.conditions.select import plan_for
from leads.models import ScoreLegend, ScoreModel
from scoring.checks import content_errors, running_error
from scoring.engine import GroupSpec, published, spec_of
from scoring.models import ModelVersion, Rule, RuleGroup, VersionState
from scoring.rules import RuleSpec, rule_words


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


@transaction.atomic
def save_draft(model: ScoreModel, draft: Draft) -> ModelVersion:
    """Store a new draft version of a model. Raises NotPublishable when a rule is invalid."""
    _check(draft.groups, draft.rules)
    last = ModelVersion.objects.filter(model=model).aggregate(Max("number"))["number__max"] or 0
    version = ModelVersion.objects.create(
        model=model,
        number=last + 1,
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


@transaction.atomic
def copy_to_draft(version: ModelVersion) -> ModelVersion:
    """A new draft with the content of a version, to change or to roll back to."""
    spec = spec_of(version)
    return save_draft(
        version.model,
        Draft(
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
        ),
    )


@transaction.atomic
def publish_version(version: ModelVersion, *, by: int | None, now: datetime) -> ModelVersion:
    """Put a draft in force: the former version retires, the legend is written, every lead is scored anew.

    Raises NotPublishable for a version that is no draft, has no rules, or has an invalid one.
    """
    change_rules()
    ScoreModel.objects.select_for_update(no_key=True).get(pk=version.model_id)
    version.refresh_from_db()
    if version.state != VersionState.DRAFT:
        raise NotPublishable({"version": {"state": "Only a draft can be published. Copy this version to a draft."}})
    spec = spec_of(version)
    if not spec.rules:
        raise NotPublishable({"version": {"rules": "Add at least one rule."}})
    _check(spec.groups, spec.rules)
    ModelVersion.objects.filter(model=version.model, state=VersionState.PUBLISHED).update(state=VersionState.RETIRED)
    version.state, version.published_at, version.published_by_id = VersionState.PUBLISHED, now, by
    version.save(update_fields=["state", "published_at", "published_by"])
    if reason := running_error(published(), plan_for(now)):
        raise NotPublishable({"version": {"rules": reason}})
    catalog = Catalog()
    ScoreLegend.objects.create(
        model=version.model,
        version=version.number,
        lines=[{"rule": rule_words(rule, catalog), "group": rule.group} for rule in spec.rules],
        groups=[_group(group) for group in version.groups.all()],
        bands=spec.bands,
        grid=version.grid,
    )
    touch_all()
    return version


def _group(group: RuleGroup) -> dict[str, Any]:
    return {"group": group.slug, "name": group.name, "kind": group.kind, "cap": group.cap}


def _check(groups: Sequence[GroupSpec], rules: Sequence[RuleSpec]) -> None:
    if errors := content_errors(groups, rules):
        raise NotPublishable(errors)
