"""What would give a lead the points it still wants: rules that gave nothing yet or not all, and those of a draft."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from leads.conditions.plan import Plan, Scope
from leads.conditions.tree import compile_tree, unset
from scoring.engine import GroupSpec, spec_of
from scoring.explain import Explanation, ask, is_whole
from scoring.models import ModelVersion, VersionState
from scoring.rules import RuleSpec, part, rule_words
from users.models import Organisation

SHOWN = 3
# Points once a period: another activity within it gives nothing more. What tells one from another, as the rules do.
PERIODS: Mapping[str, Callable[[date], object]] = {
    "day": lambda day: day,
    "week": lambda day: day.isocalendar()[:2],
    "month": lambda day: (day.year, day.month),
}


@dataclass(frozen=True)
class Gain:
    """A rule that would give so many points more, all caps counted; `in_draft`: once the draft is in force."""

    rule: str
    points: int
    in_draft: bool = False


def gains(found: Explanation, lead_id: int) -> list[Gain]:
    """The best gains: behavior first, then facts that nobody knows yet, then what the draft would bring."""
    spec, scope = found.spec, Scope(ids=[lead_id])
    plan = Plan(today=found.at, zone=Organisation.load().zone)
    held = ", ".join(compile_tree(rule.condition, plan) if rule.condition else "TRUE" for rule in spec.rules)
    unknown = ", ".join(unset(rule.condition, plan) if rule.condition else "FALSE" for rule in spec.rules)
    holds, unset_ones = ask(f"ARRAY[{held}], ARRAY[{unknown}]", plan, scope)
    groups = {group.slug: group for group in spec.groups}
    ranked: list[tuple[bool, int, Gain]] = []
    for index, rule in enumerate(spec.rules):
        group, line = groups[rule.group], found.lines[index]
        is_fit = group.kind == "fit"
        if is_fit and not unset_ones[index]:
            continue  # what is known of a person or a company does not change for the asking
        more = min(_more(rule, line.points, holds[index], _last_day(found, index)), _room(found, group))
        if more > 0:
            ranked.append((is_fit, -more, Gain(line.rule, more)))
    ranked.sort(key=lambda row: row[:2])
    return [gain for _fit, _points, gain in ranked[:SHOWN]] + list(_of_draft(found, plan, scope))


def _more(rule: RuleSpec, points: int, holds: bool, quiet_until: date | None) -> int:
    """What one more activity, or the condition come true, would give beyond the points of now."""
    if rule.points <= 0:
        return 0
    if rule.per is None:
        return 0 if points else rule.points
    if not holds or quiet_until is not None:
        return 0
    most = 1 if rule.per["of"] == "latest" else rule.max_units
    return rule.points if most is None else min(rule.points, rule.points * most - points)


def _last_day(found: Explanation, index: int) -> date | None:
    """The last activity's day where it lies in the current period of a rule that gives points once a period."""
    rule, rests_on = found.spec.rules[index], found.lines[index].rests_on
    period = PERIODS.get(rule.per["of"]) if rule.per else None
    if period is None or rests_on is None or not rests_on.acts or rests_on.acts[0].last_at is None:
        return None
    day = rests_on.acts[0].last_at.astimezone(Organisation.load().zone).date()
    return day if period(day) == period(found.at) else None


def _room(found: Explanation, group: GroupSpec) -> int:
    """How many points the group's cap still lets in."""
    if group.cap is None:
        return 10**6
    return group.cap - sum(line.points for line in found.lines if line.group == group.slug)


def _of_draft(found: Explanation, plan: Plan, scope: Scope) -> Iterator[Gain]:
    """What new rules of the model's latest draft give the lead now."""
    draft = ModelVersion.objects.filter(model=found.model, state=VersionState.DRAFT).order_by("-number")
    version = draft.prefetch_related("groups", "rules__group").first()
    if version is None:
        return
    rules = [rule for rule in spec_of(version).rules if _key(rule) not in {_key(one) for one in found.spec.rules}]
    if not rules or not is_whole(rules):
        return
    for rule, points in zip(rules, _parts(rules, plan, scope), strict=True):
        if points > 0:
            yield Gain(rule_words(rule, plan.catalog), points, in_draft=True)


def _key(rule: RuleSpec) -> tuple[str, str]:
    return repr(rule.condition), repr(rule.per)


def _parts(rules: Sequence[RuleSpec], plan: Plan, scope: Scope) -> list[int]:
    again = Plan(today=plan.today, zone=plan.zone, catalog=plan.catalog)
    parts = ", ".join(part(rule, again) for rule in rules)
    (found,) = ask(f"ARRAY[{parts}]::int[]", again, scope)
    return list(found)
