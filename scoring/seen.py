"""As what a version and its parts were seen (leads.seen), in a few characters."""

from dataclasses import astuple
from typing import Any

from django.utils.translation import gettext as _

from leads import seen as known
from leads.seen import ChangedMeanwhile as ChangedMeanwhile  # told on from here
from leads.seen import digest
from scoring.engine import rule_of
from scoring.models import ModelVersion, Rule, RuleGroup


def stamp(version: ModelVersion) -> str:
    """All a version says: its rules in their order, its groups, and what stands around them."""
    groups = list(version.groups.all())
    slugs = {group.pk: group.slug for group in groups}
    rules = [_rule(rule, slugs[rule.group_id]) for rule in version.rules.all()]
    return digest([_frame(version), [_group(group) for group in groups], rules])


def stamp_of_page(version: ModelVersion) -> str:
    """All it says and its note: what a page that is saved as a whole holds."""
    return digest([stamp(version), stamp_of_frame(version)])


def stamp_of_rule(rule: Rule) -> str:
    """One rule, wherever it stands in its group."""
    return digest(_rule(rule, rule.group.slug))


def stamp_of_group(group: RuleGroup) -> str:
    """One group without its rules."""
    return digest(_group(group))


def stamp_of_frame(version: ModelVersion) -> str:
    """Bands, threshold, grid and note of a version."""
    return digest([_frame(version), version.note])


def check_seen(seen: str | None, stands: str, text: str = "") -> None:
    """Raise ChangedMeanwhile where somebody saw something other than what stands now; without a text of the draft."""
    known.check_seen(seen, stands, text or _("The draft was changed meanwhile. Look at it again."))


def _rule(rule: Rule, group: str) -> Any:
    return astuple(rule_of(rule, group))


def _group(group: RuleGroup) -> Any:
    return group.slug, group.name, group.kind, group.cap


def _frame(version: ModelVersion) -> Any:
    bands = (version.hot_from, version.warm_from, version.history_step)
    return *bands, version.threshold, version.borderline_from, version.fit_from, version.engagement_from
