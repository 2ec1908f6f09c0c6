"""Rules as sentences a marketer can read aloud."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from leads.conditions.catalog import Catalog
from leads.conditions.tree import words
from scoring.diff import Change
from scoring.engine import rule_of
from scoring.models import ModelVersion, Rule, RuleGroup
from scoring.rules import fade_words, unit_words
from scoring.seen import stamp_of_rule

Part = tuple[str, bool]  # words, and whether they are what can be changed


@dataclass(frozen=True)
class Sentence:
    """A rule: when it gives points, how many, how they fade; what is new in it, and how many leads it holds for.

    `above` and `below` are the rules beside it in its group.
    """

    rule: Rule
    when: Sequence[Part]
    fades: Sequence[str]
    change: Change | None = None
    hits: int | None = None
    above: Rule | None = None
    below: Rule | None = None

    @property
    def seen(self) -> str:
        """As what the rule is shown here."""
        return stamp_of_rule(self.rule)


def grouped(
    version: ModelVersion,
    catalog: Catalog,
    changes: Iterable[Change] = (),
    hits: Mapping[int, int] | None = None,
) -> list[tuple[RuleGroup, list[Sentence]]]:
    """The groups of a version with their rules in words; `hits` are leads by the position of the rule."""
    changed = {change.position: change for change in changes if change.position is not None}
    rules: dict[int, list[Sentence]] = {}
    for place, rule in enumerate(version.rules.all(), start=1):
        sentence = Sentence(
            rule, when_parts(rule, catalog), fade_words(rule_of(rule)), changed.get(place), (hits or {}).get(place)
        )
        rules.setdefault(rule.group_id, []).append(sentence)
    return [(group, _beside(rules.get(group.pk, []))) for group in version.groups.all()]


def _beside(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Each with those it may change places with."""
    rules = [None, *(sentence.rule for sentence in sentences), None]
    return [
        replace(sentence, above=above, below=below)
        for sentence, above, below in zip(sentences, rules, rules[2:], strict=False)
    ]


def when_parts(rule: Rule, catalog: Catalog) -> list[Part]:
    """When the rule gives points, in parts."""
    try:
        parts = _per(rule.per, catalog) + _condition(rule.condition, catalog, is_first=rule.per is None)
    except KeyError as gone:  # something it names has been deleted since
        return [(_("It names something that is gone: %(name)s") % {"name": gone}, False)]
    return parts


def when(rule: Rule, catalog: Catalog) -> str:
    """When the rule gives points, in one line."""
    return " ".join(words for words, _is_token in when_parts(rule, catalog))


def fades(rule: Rule) -> str:
    """How the points of activities are limited and fade."""
    return ", ".join(fade_words(rule_of(rule)))


def _per(per: Mapping[str, Any] | None, catalog: Catalog) -> list[Part]:
    return [] if per is None else [(_("For"), False), (unit_words(per, catalog), True)]


def _condition(tree: Mapping[str, Any] | None, catalog: Catalog, *, is_first: bool) -> list[Part]:
    """The parts of a list are told apart, what is nested stays together."""
    if tree is None:
        return []
    word = next((word for word in ("all", "any") if word in tree), None)
    children = tree[word] if word else [tree]
    joint = _("or") if word == "any" else _("and")
    parts: list[Part] = [(_("When") if is_first else _("when"), False)]
    for place, child in enumerate(children):
        if place:
            parts.append((joint, False))
        parts.append((words(child, catalog), True))
    return parts
