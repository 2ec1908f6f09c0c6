"""What the page of a version shows: its life in words, what differs, what may be done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext as _

from leads.conditions.catalog import Catalog
from leads.models import ScoreModel, Stage
from scoring.borderline import may_review
from scoring.decides import Decision, decision_of
from scoring.diff import Change, differences, match, summary
from scoring.hits import rule_hits
from scoring.models import ModelVersion, VersionState
from scoring.progress import of_version
from scoring.publish import content_of
from scoring.seen import stamp
from scoring.views.doors import may_approve, may_build, url_if_there
from scoring.views.sentences import grouped
from users.models import User

COUNTED = 99  # percent of leads from which numbers of them are told, and no progress: new leads always wait a moment


@dataclass(frozen=True)
class Against:
    """What a version is held against, and what differs."""

    version: ModelVersion
    changes: Sequence[Change]

    @property
    def summary(self) -> str:
        """In one line."""
        return summary(self.changes, self.version.number)


def version_context(user: User, version: ModelVersion, *, now: datetime) -> dict[str, Any]:
    """Everything the page of a version shows to this user."""
    catalog, decision = Catalog(), decision_of(version.model, now=now)
    versions = list(version.model.versions.select_related("published_by"))
    in_force = next((row for row in versions if row.state == VersionState.PUBLISHED), None)
    other = _before(version, versions)
    prefetch_related_objects([row for row in (version, in_force, other) if row], "groups", "rules__group")
    against = compare(version, other, catalog, decision)
    is_draft = version.state == VersionState.DRAFT
    changes = against.changes if against and is_draft else ()
    progress = of_version(version) if version == in_force else None
    is_anew = progress is not None and progress.percent < COUNTED
    hits, is_exact = ({}, True) if is_anew else _hits(version, in_force)
    return {
        "version": version,
        "model": version.model,
        "groups": grouped(version, catalog, changes, hits),
        "hits_exact": is_exact,
        "against": against,
        "decision": decision,
        "before": stage_before(decision),
        "threshold": _threshold(version, decision),
        "in_force": in_force,
        "draft": next((row for row in versions if row.state == VersionState.DRAFT), None),
        "tabs": model_tabs(version.model, version, now=now),
        "seen": stamp(version) if is_draft else "",
        "progress": progress if is_anew else None,
        "links": _links(user, version),
        "now": now,
        **_may(user, version),
    }


def _may(user: User, version: ModelVersion) -> dict[str, bool]:
    """What this user may do with the version as it stands."""
    builds, is_draft = may_build(user, version.model), version.state == VersionState.DRAFT
    is_ready = version.approved_at is not None or not version.needs_approval
    approves = is_draft and may_approve(user, version.model)
    return {
        "may_build": builds,
        "may_change": builds and is_draft,
        "may_publish": builds and is_draft and is_ready,
        "may_ask": builds and is_draft and version.asked_at is None and version.approved_at is None,
        "may_approve": approves and version.approved_at is None,
        "may_refuse": approves and (version.asked_at is not None or version.approved_at is not None),
        "may_add": any(may_build(user, ScoreModel(purpose=realm)) for realm in ScoreModel.Purpose.values),
    }


def _links(user: User, version: ModelVersion) -> dict[str, str]:
    """Pages and fragments beside this one, where they are built in and this user may open them."""
    slug, number = version.model.slug, version.number
    return {
        "what_if": url_if_there("scoring:what_if", slug, number),
        "by_band": url_if_there("scoring:by_band", slug, number),
        "report_card": url_if_there("scoring:report_card", slug),
        "borderline": url_if_there("scoring:borderline", slug) if may_review(user, version.model) else "",
        "history": reverse("scoring:history", args=[slug]),
    }


def _before(version: ModelVersion, versions: Sequence[ModelVersion]) -> ModelVersion | None:
    """A draft is held against what is in force, anything else against what was in force before it."""
    if version.state == VersionState.DRAFT:
        return next((row for row in versions if row.state == VersionState.PUBLISHED), None)
    earlier = [row for row in versions if row.published_at and (row.published_at, row.pk) < _published(version)]
    return max(earlier, key=_published, default=None)


def _published(version: ModelVersion) -> tuple[datetime, int]:
    assert version.published_at is not None
    return version.published_at, version.pk


def compare(
    version: ModelVersion, other: ModelVersion | None, catalog: Catalog, decision: Decision | None
) -> Against | None:
    """What differs from another version; a draft without a threshold keeps what is asked for now."""
    if other is None:
        return None
    old, new = content_of(other), content_of(version)
    if version.state == VersionState.DRAFT:
        asked = decision.threshold if decision else None
        old = replace(old, threshold=asked)
        new = new if new.threshold is not None else replace(new, threshold=asked)
    return Against(other, differences(old, new, catalog))


def _threshold(version: ModelVersion, decision: Decision | None) -> dict[str, int | None]:
    """What is asked for with this version, and what was before where that differs."""
    asked = decision.threshold if decision else None
    if version.state != VersionState.DRAFT:
        now = asked if version.state == VersionState.PUBLISHED and asked is not None else version.threshold
        return {"now": now, "was": None}
    now = asked if version.threshold is None else version.threshold
    return {"now": now, "was": asked if asked != now else None}


def stage_before(decision: Decision | None) -> Stage | None:
    """The stage from which the model's leads come."""
    if decision is None:
        return None
    return Stage.objects.filter(position__lt=decision.stage.position).order_by("position").last()


def _hits(version: ModelVersion, in_force: ModelVersion | None) -> tuple[dict[int, int], bool]:
    """Leads by the position of each rule that is as in the version in force: only those have stored parts."""
    if in_force is None:
        return {}, True
    old, new = content_of(in_force).rules, content_of(version).rules
    found = rule_hits(in_force, len(old))
    same = {
        place + 1: found.counts[was]
        for place, was in match(old, new).items()
        if _holds(old[was]) == _holds(new[place]) and new[place].points
    }
    return same, found.is_exact


def _holds(rule: Any) -> tuple[Any, Any]:
    return rule.condition, rule.per


def model_tabs(current: ScoreModel, shown: ModelVersion | None, *, now: datetime) -> list[dict[str, Any]]:
    """One tab a model with what it asks for; the current one tells what its draft would change."""
    tabs = []
    for model in ScoreModel.objects.order_by("purpose", "slug"):
        decision = decision_of(model, now=now)
        asked = decision.threshold if decision else None
        is_current = model.pk == current.pk
        tabs.append(
            {
                "url": reverse("scoring:model", args=[model.slug]),
                "label": model.name,
                "count": _asks(asked, _threshold(shown, decision) if shown and is_current else None),
                "current": is_current,
            }
        )
    return tabs


def _asks(asked: int | None, shown: Mapping[str, int | None] | None) -> str:
    if shown and shown["was"] is not None:
        return _("≥ %(now)d, was %(was)d") % shown
    now = shown["now"] if shown else asked
    return "" if now is None else f"≥ {now}"
