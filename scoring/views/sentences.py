"""Rules as sentences a marketer can read aloud."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from leads.conditions.catalog import Catalog
from scoring.engine import rule_of
from scoring.models import ModelVersion, Rule, RuleGroup
from scoring.rules import fade_words, when_words


@dataclass(frozen=True)
class Sentence:
    """A rule: when it gives points, how many, how they fade."""

    rule: Rule
    when: str
    fades: str


def grouped(version: ModelVersion, catalog: Catalog) -> list[tuple[RuleGroup, list[Sentence]]]:
    """The groups of a version with their rules in words."""
    rules: dict[int, list[Sentence]] = {}
    for rule in version.rules.order_by("position"):
        rules.setdefault(rule.group_id, []).append(Sentence(rule, when(rule, catalog), fades(rule)))
    return [(group, rules.get(group.pk, [])) for group in version.groups.all()]


def when(rule: Rule, catalog: Catalog) -> str:
    """When the rule gives points."""
    try:
        return when_words(rule_of(rule), catalog)
    except KeyError as gone:  # something it names has been deleted since
        return _("It names something that is gone: %(name)s") % {"name": gone}


def fades(rule: Rule) -> str:
    """How the points of activities are limited, fade and expire."""
    return ", ".join(fade_words(rule_of(rule)))
