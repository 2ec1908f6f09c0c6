"""Rules as sentences a marketer can read aloud."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from leads.conditions.activity import selection_words
from leads.conditions.catalog import Catalog
from leads.conditions.tree import words
from scoring.models import ModelVersion, Rule, RuleGroup


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
        parts = []
        if rule.per is not None:
            each = rule.per["of"] == "each"
            what = {"what": selection_words(rule.per, catalog)}
            parts.append((_("for each %(what)s") if each else _("for the latest %(what)s")) % what)
        if rule.condition is not None:
            parts.append(_("when %(condition)s") % {"condition": words(rule.condition, catalog)})
        text = ", ".join(parts)
    except KeyError as gone:  # something it names has been deleted since
        text = _("it names something that is gone: %(name)s") % {"name": gone}
    return text[:1].upper() + text[1:]


def fades(rule: Rule) -> str:
    """How the points of activities are limited and fade."""
    parts = []
    if rule.max_units is not None:
        parts.append(_("at most %(n)d times") % {"n": rule.max_units})
    if rule.half_life_days is not None:
        parts.append(_("fades 50 %% in %(n)d days") % {"n": rule.half_life_days})
    return ", ".join(parts)
