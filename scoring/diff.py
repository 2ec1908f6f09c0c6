"""What differs between two versions, in words: pure functions over their content."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.conditions.catalog import Catalog
from leads.conditions.tree import words
from scoring.engine import GroupSpec
from scoring.models import RuleGroup
from scoring.publish import Draft
from scoring.rules import RuleSpec, fade_words, rule_words, unit_words
from users.templatetags.look import signed

Sign = Literal["new", "gone", "changed"]
# What may differ in a condition that is still the same one, changed.
_LOOSE = frozenset({"value", "op", "days", "min_dwell", "unsure", "share"})


@dataclass(frozen=True)
class Change:
    """One difference. `subject` is rule, group or another part; `position` is that of the rule in the new version."""

    subject: str
    sign: Sign
    name: str
    text: str = ""
    position: int | None = None

    @property
    def note(self) -> str:
        """What stands beside a rule: "new", "+8 instead of +5"."""
        return _("new") if self.sign == "new" else self.text


def differences(old: Draft, new: Draft, catalog: Catalog) -> list[Change]:
    """Everything that differs, the parts of the version first, then its groups and rules."""
    return [*_parts(old, new), *_groups(old, new), *_rules(old, new, catalog)]


def summary(changes: Sequence[Change], number: int) -> str:
    """In one line: "2 rules and the threshold differ from version 3"."""
    names = {subject: sum(change.subject == subject for change in changes) for subject in ("rule", "group")}
    parts = []
    if names["rule"]:
        parts.append(ngettext("%(n)d rule", "%(n)d rules", names["rule"]) % {"n": names["rule"]})
    if names["group"]:
        parts.append(ngettext("%(n)d group", "%(n)d groups", names["group"]) % {"n": names["group"]})
    others = list(dict.fromkeys(change.subject for change in changes if change.subject not in names))
    parts += [str(_SUBJECTS[subject]()) for subject in others]
    if not parts:
        return _("nothing differs from version %(number)d") % {"number": number}
    if len(parts) == 1:
        is_one = names["rule"] + names["group"] == 1 or (others and others != ["bands"])
        text = _("%(what)s differs from version %(number)d") if is_one else _("%(what)s differ from version %(number)d")
        return text % {"what": parts[0], "number": number}
    what = {"first": ", ".join(parts[:-1]), "last": parts[-1], "number": number}
    return _("%(first)s and %(last)s differ from version %(number)d") % what


_SUBJECTS: Mapping[str, Callable[[], str]] = {
    "threshold": lambda: _("the threshold"),
    "borderline": lambda: _("the borderline"),
    "bands": lambda: _("the bands"),
    "grid": lambda: _("the grid"),
    "history": lambda: _("the history step"),
}


def _parts(old: Draft, new: Draft) -> Iterator[Change]:
    rows = (
        ("threshold", _("Threshold"), old.threshold, new.threshold),
        ("borderline", _("Borderline from"), old.borderline_from, new.borderline_from),
        ("bands", _("Hot from"), old.hot_from, new.hot_from),
        ("bands", _("Warm from"), old.warm_from, new.warm_from),
        ("grid", _("Fit A, B, C from"), _row(old.fit_from), _row(new.fit_from)),
        ("grid", _("Engagement 1, 2, 3 from"), _row(old.engagement_from), _row(new.engagement_from)),
        ("history", _("History step"), old.history_step, new.history_step),
    )
    for subject, name, before, after in rows:
        if before != after:
            yield Change(subject, "changed", name, _instead(after, before))


def _row(numbers: Sequence[int] | None) -> str | None:
    return ", ".join(map(str, numbers)) if numbers else None


def _instead(after: Any, before: Any) -> str:
    none = _("none")
    said = {"new": none if after is None else after, "old": none if before is None else before}
    return _("%(new)s instead of %(old)s") % said


def _groups(old: Draft, new: Draft) -> Iterator[Change]:
    before, after = ({group.slug: group for group in side.groups} for side in (old, new))
    for slug, group in after.items():
        name, was = _group_name(new, slug), before.get(slug)
        if was is None:
            yield Change("group", "new", name)
            continue
        if said := list(_group(was, group, _group_name(old, slug), name)):
            yield Change("group", "changed", name, ", ".join(said))
    for slug in before:
        if slug not in after:
            yield Change("group", "gone", _group_name(old, slug))


def _group(was: GroupSpec, group: GroupSpec, earlier: str, name: str) -> Iterator[str]:
    if earlier != name:
        yield _("was called %(name)s") % {"name": earlier}
    if group.cap != was.cap:
        yield _("capped at %(what)s") % {"what": _instead(group.cap, was.cap)}
    if group.kind != was.kind:
        yield _("counts as %(kind)s now") % {"kind": str(RuleGroup.Kind(group.kind).label).lower()}


def _group_name(side: Draft, slug: str) -> str:
    return side.group_names.get(slug, slug.capitalize())


def _rules(old: Draft, new: Draft, catalog: Catalog) -> Iterator[Change]:
    pairs = match(old.rules, new.rules)
    for place, rule in enumerate(new.rules):
        was = pairs.get(place)
        if was is None:
            yield Change("rule", "new", _worded(rule, catalog), signed(rule.points), place + 1)
        elif said := list(_told(old.rules[was], rule, old, new, catalog)):
            yield Change("rule", "changed", _worded(rule, catalog), ", ".join(said), place + 1)
    for place, rule in enumerate(old.rules):
        if place not in pairs.values():
            yield Change("rule", "gone", _worded(rule, catalog), signed(rule.points))


def match(old: Sequence[RuleSpec], new: Sequence[RuleSpec]) -> dict[int, int]:
    """Which rule was which: place in the new version to place in the old one; of what differs, labels tell first."""
    pairs: dict[int, int] = {}
    for key in (_whole, lambda rule: rule.label or None, _asks, _shape):
        waiting: dict[str, list[int]] = {}
        for place, rule in enumerate(old):
            if place not in pairs.values() and (said := key(rule)) is not None:
                waiting.setdefault(said, []).append(place)
        for place, rule in enumerate(new):
            if place not in pairs and (same := waiting.get(key(rule) or "")):
                pairs[place] = same.pop(0)
    return pairs


def _whole(rule: RuleSpec) -> str:
    return repr(rule)


def _asks(rule: RuleSpec) -> str:
    return repr((rule.condition, _undated(rule.per)))


def _shape(rule: RuleSpec) -> str:
    return repr((_bones(rule.condition), _bones(rule.per)))


def _bones(value: Any) -> Any:
    """A tree without what may be changed in it."""
    if isinstance(value, Mapping):
        return sorted((key, _bones(part)) for key, part in value.items() if key not in _LOOSE)
    return [_bones(part) for part in value] if isinstance(value, list) else value


def _undated(per: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if per is None else {key: value for key, value in per.items() if key != "days"}


def _told(old: RuleSpec, new: RuleSpec, before: Draft, after: Draft, catalog: Catalog) -> Iterator[str]:
    """What differs between a rule and what it was."""
    if old.points != new.points:
        yield _instead(signed(new.points), signed(old.points))
    if old.condition != new.condition:
        yield from _condition(old.condition, new.condition, catalog)
    if _undated(old.per) != _undated(new.per):
        yield _instead(*(unit_words(per, catalog) if per else None for per in (new.per, old.per)))
    if (fading := fade_words(new)) != (faded := fade_words(old)):
        yield _instead(", ".join(fading) or None, ", ".join(faded) or None)
    if old.group != new.group:
        names = {"new": _group_name(after, new.group), "old": _group_name(before, old.group)}
        yield _("in %(new)s instead of %(old)s") % names
    if old.label != new.label:
        yield _("called %(what)s") % {"what": _instead(new.label or None, old.label or None)}


def _condition(old: Any, new: Any, catalog: Catalog) -> Iterator[str]:
    """What differs between two trees, down to the leaf where they are of one shape."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)) or _bones(old) != _bones(new):
        yield _instead(_tree_words(new, catalog), _tree_words(old, catalog))
    elif "leaf" in new:
        yield _leaf(old, new, catalog)
    else:
        for word, children in new.items():
            pairs = [(old[word], children)] if word == "not" else zip(old[word], children, strict=True)
            for was, now in pairs:
                if was != now:
                    yield from _condition(was, now, catalog)


def _leaf(old: Mapping[str, Any], new: Mapping[str, Any], catalog: Catalog) -> str:
    if {**old, "days": 0} == {**new, "days": 0} and "days" in old and "days" in new:
        text = ngettext("in %(n)d day instead of %(old)d", "in %(n)d days instead of %(old)d", new["days"])
        return text % {"n": new["days"], "old": old["days"]}
    return _instead(_tree_words(new, catalog), _tree_words(old, catalog))


def _tree_words(tree: Any, catalog: Catalog) -> str | None:
    return None if tree is None else words(tree, catalog)


def _worded(rule: RuleSpec, catalog: Catalog) -> str:
    return rule_words(rule, catalog)
