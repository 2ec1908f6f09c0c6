"""What somebody saw before they change it, in a few characters: so that nobody overwrites what they have not seen.

Who looked at nothing, a command say, gives None. What is gone has no characters of its own: GONE.
"""

import hashlib
from dataclasses import astuple
from typing import Any

from django.utils.translation import gettext as _

from scoring.engine import rule_of
from scoring.models import ModelVersion, Rule, RuleGroup

GONE = "gone"


class ChangedMeanwhile(Exception):
    """What is to be changed, approved or published is not any more what the person looked at."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text or _("The draft was changed meanwhile. Look at it again."))


def stamp(version: ModelVersion) -> str:
    """All a version says: its rules in their order, its groups, and what stands around them."""
    groups = list(version.groups.all())
    slugs = {group.pk: group.slug for group in groups}
    rules = [_rule(rule, slugs[rule.group_id]) for rule in version.rules.all()]
    return _digest([_frame(version), [_group(group) for group in groups], rules])


def stamp_of_page(version: ModelVersion) -> str:
    """All it says and its note: what a page that is saved as a whole holds."""
    return _digest([stamp(version), stamp_of_frame(version)])


def stamp_of_rule(rule: Rule) -> str:
    """One rule, wherever it stands in its group."""
    return _digest(_rule(rule, rule.group.slug))


def stamp_of_group(group: RuleGroup) -> str:
    """One group without its rules."""
    return _digest(_group(group))


def stamp_of_frame(version: ModelVersion) -> str:
    """Bands, threshold, grid and note of a version."""
    return _digest([_frame(version), version.note])


def check_seen(seen: str | None, stands: str, text: str = "") -> None:
    """Raise ChangedMeanwhile where somebody saw something other than what stands now."""
    if seen is not None and seen != stands:
        raise ChangedMeanwhile(text)


def _rule(rule: Rule, group: str) -> Any:
    return astuple(rule_of(rule, group))


def _group(group: RuleGroup) -> Any:
    return group.slug, group.name, group.kind, group.cap


def _frame(version: ModelVersion) -> Any:
    bands = (version.hot_from, version.warm_from, version.history_step)
    return *bands, version.threshold, version.borderline_from, version.fit_from, version.engagement_from


def _digest(content: Any) -> str:
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]
