"""What a rule means: pure functions from a rule to SQL, errors and words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from leads.conditions.activity import FILTERS, leaving, select, selection_errors, selection_words
from leads.conditions.catalog import Catalog
from leads.conditions.plan import Plan
from leads.conditions.tree import InvalidCondition, changes, compile_tree, validate, words

MAX_POINTS = 1000  # a rule that gave more would drown all others, and sums must fit an integer


@dataclass(frozen=True)
class RuleSpec:
    """A rule as the engine sees it, stored or not yet."""

    points: int
    group: str
    condition: Mapping[str, Any] | None = None
    per: Mapping[str, Any] | None = None
    max_units: int | None = None
    half_life_days: int | None = None
    label: str = ""
    step_days: int | None = None
    step_percent: int | None = None


def rule_errors(condition: Any, per: Any, *, points: int = 0, half_life_days: int | None = None) -> dict[str, str]:
    """What is wrong with a rule, by field."""
    errors: dict[str, str] = {}
    if abs(points) > MAX_POINTS:
        errors["points"] = _("Give at most %(n)d points, or at least %(n)d below zero.") % {"n": MAX_POINTS}
    if condition is None and per is None:
        errors["condition"] = _("Say when the points are given: a condition, or per which activity.")
    if condition is not None:
        try:
            validate(condition, scoring=True)
        except InvalidCondition as refused:
            errors["condition"] = str(refused)
    if per is not None and (reason := _per_error(per, half_life_days)):
        errors["per"] = reason
    return errors


def _per_error(per: Any, half_life_days: int | None) -> str:
    if not isinstance(per, dict) or per.get("of") not in ("each", "latest"):
        return _('Give a selection of activities with "of": "each" or "latest".')
    if unknown := sorted(set(per) - FILTERS - {"of"}):
        return _("Unknown field %(name)s.") % {"name": unknown[0]}
    if per["of"] == "latest" and half_life_days is None:
        return _("Points for the latest activity need a half-life.")
    return "; ".join(f"{field}: {why}" for field, why in selection_errors(per, Catalog()))


def units(rule: RuleSpec, plan: Plan) -> str:
    """How many units the rule's activities give before `max_units`, as SQL; decay counts whole days."""
    assert rule.per is not None
    selection, half_life = select(rule.per, plan), rule.half_life_days
    if rule.per["of"] == "latest":
        faded = _faded(f"({plan.today_literal} - {plan.day('{}')})", half_life)
        return f"coalesce({plan.measure('max(a.occurred_at)', selection, within=faded)}, 0)"
    if half_life is None:
        return f"coalesce({plan.measure('count(*)', selection)}, 0)"
    age = f"({plan.today_literal} - {plan.day('a.occurred_at')})"
    return f"coalesce({plan.measure(f'sum({_faded(age, half_life)})', selection)}, 0)"


def _faded(age: str, half_life: int | None) -> str:
    """What is left of one unit after `age` days. Beyond 1,000 half-lives power() would fail: value out of range."""
    return f"power(0.5::float8, least({age} / {half_life}::float8, 1000))"


def part(rule: RuleSpec, plan: Plan) -> str:
    """The rule's part of the score: an integer SQL expression, rounded half to even."""
    points = f"{rule.points:d}"
    if rule.per is not None:
        amount = units(rule, plan)
        limited = amount if rule.max_units is None else f"least({amount}, {rule.max_units:d})"
        points = f"round({rule.points:d} * ({limited})::float8)::int"
    if rule.condition is None:
        return points
    return f"CASE WHEN {compile_tree(rule.condition, plan)} THEN {points} ELSE 0 END"


def part_changes(rule: RuleSpec, plan: Plan) -> list[str]:
    """SQL dates by which time alone may change the part; never later than it really does."""
    dates = changes(rule.condition, plan) if rule.condition is not None else []
    if rule.per is None:
        return dates
    if "days" in rule.per:
        dates.append(leaving(rule.per, plan))
    if rule.half_life_days is not None:
        dates.append(_next_fade(rule, plan))
    return dates


def _next_fade(rule: RuleSpec, plan: Plan) -> str:
    """The day the rounded part sinks by one, at the earliest.

    With x units fading together, |points| * x * 0.5^(d/h) reaches the next rounding edge r - 1/2 after
    d = h * log2(|points| * x / (r - 1/2)) days; r is the part of today without its sign.
    """
    amount = units(rule, plan)
    limited = amount if rule.max_units is None else f"least({amount}, {rule.max_units:d})"
    size = abs(rule.points)
    rounded = f"round({size:d} * ({limited})::float8)"
    days = f"floor({rule.half_life_days} * ln({size:d} * ({amount})::float8 / ({rounded} - 0.5)) / ln(2::float8))"
    return f"CASE WHEN {rounded} >= 1 THEN {plan.today_literal} + greatest(1, {days}::int) END"


def rule_words(rule: RuleSpec, catalog: Catalog) -> str:
    """The rule in words: its label, else its condition and selection."""
    if rule.label:
        return rule.label
    parts = []
    if rule.per is not None:
        what = selection_words(rule.per, catalog)
        parts.append((_("each %(what)s") if rule.per["of"] == "each" else _("latest %(what)s")) % {"what": what})
    if rule.condition is not None:
        parts.append(words(rule.condition, catalog))
    text = _(", if ").join(parts)
    return text[:1].upper() + text[1:]
