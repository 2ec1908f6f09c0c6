"""What a rule means: pure functions from a rule to SQL and words. What is wrong with one is told by checks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads.conditions.activity import leaving, select, selection_words
from leads.conditions.catalog import Catalog
from leads.conditions.plan import Plan
from leads.conditions.tree import changes, compile_tree, words

# With these bounds sums of parts, and differences of such sums, fit an integer of the database.
MAX_POINTS = 1000
MAX_UNITS = 10_000
MAX_RULES = 100

# Where nothing was done: so old that no points are left, which greatest(NULL, 0) would call new.
LONG_AGO = "coalesce({}, '0001-01-01 UTC'::timestamptz)"

UNITS: Mapping[str, Any] = {
    "each": gettext_lazy("each %(what)s"),
    "latest": gettext_lazy("the latest %(what)s"),
    "page": gettext_lazy("each different page with %(what)s"),
    "visit": gettext_lazy("each separate visit with %(what)s"),
    "document": gettext_lazy("each different document with %(what)s"),
    "day": gettext_lazy("each day with %(what)s"),
    "week": gettext_lazy("each week with %(what)s"),
    "month": gettext_lazy("each month with %(what)s"),
}


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

    @property
    def is_fading(self) -> bool:
        """Whether what a unit gives grows less with its age."""
        return self.half_life_days is not None or self.step_days is not None

    @property
    def whole(self) -> int:
        """The number that stands for one whole unit: steps count hundredths, so that no fraction is rounded."""
        return 1 if self.step_days is None else 100

    @property
    def most(self) -> int:
        """How many whole units count at most."""
        return MAX_UNITS if self.max_units is None else min(self.max_units, MAX_UNITS)


def part(rule: RuleSpec, plan: Plan) -> str:
    """The rule's part of the score: an integer SQL expression, rounded half to even."""
    points = f"{rule.points:d}"
    if rule.per is not None:
        points = f"{_rounded(rule.points, rule, plan)}::int"
    if rule.condition is None:
        return points
    return f"CASE WHEN {compile_tree(rule.condition, plan)} THEN {points} ELSE 0 END"


def part_changes(rule: RuleSpec, plan: Plan) -> list[str]:
    """SQL dates by which time alone may change the part; never later than it really does."""
    if rule.points == 0:
        return []
    dates = changes(rule.condition, plan) if rule.condition is not None else []
    if rule.per is None:
        return dates
    if "days" in rule.per:
        dates.append(_expires(rule, plan))
    if rule.half_life_days is not None:
        dates.append(_next_fade(rule, rule.half_life_days, plan))
    if rule.step_days is not None:
        dates.append(_next_step(rule, rule.step_days, plan))
    return dates


def _rounded(points: int, rule: RuleSpec, plan: Plan) -> str:
    """So many points for every unit, bounded and rounded. One division at the end keeps exact halves exact."""
    shared = "" if rule.whole == 1 else f" / {rule.whole}"
    return f"round({points:d} * least({_units(rule, plan)}, {rule.most * rule.whole})::float8{shared})"


def _units(rule: RuleSpec, plan: Plan) -> str:
    """What is left of the rule's units, in parts of `rule.whole`, before they are bounded."""
    assert rule.per is not None
    selection, of = select(rule.per, plan), rule.per["of"]
    if of == "latest":
        amount = plan.measure("max(a.occurred_at)", selection, within=_left(rule, LONG_AGO, plan))
    elif of == "each":
        each = f"sum({_left(rule, 'a.occurred_at', plan)})" if rule.is_fading else "count(*)"
        amount = plan.measure(each, selection)
    elif rule.is_fading:
        amount = plan.measure_units(f"sum({_left(rule, 'u.latest', plan)})", selection, _key(of, plan))
    else:
        amount = plan.measure(f"count(DISTINCT {_key(of, plan)})", selection)
    return f"coalesce({amount}, 0)"


def _key(of: str, plan: Plan) -> str:
    """What tells one unit from another; days, weeks from Monday and months are those of the organisation."""
    if of == "day":
        return plan.day("a.occurred_at")
    if of in ("week", "month"):
        return f"date_trunc('{of}', a.occurred_at AT TIME ZONE '{plan.zone.key}')"
    return {"page": "a.page_id", "visit": "a.visit", "document": "a.document_id"}[of]


def _age(instant: str, plan: Plan) -> str:
    """Whole days since an instant; what a clock ahead of ours recorded is of today."""
    return f"greatest({plan.today_literal} - {plan.day(instant)}, 0)"


def _left(rule: RuleSpec, instant: str, plan: Plan) -> str:
    """What is left today of one unit of an instant, in parts of `rule.whole`."""
    age = _age(instant, plan)
    if rule.half_life_days is None:
        return f"greatest(100 - {rule.step_percent:d} * ({age} / {rule.step_days:d}), 0)"
    # Beyond 1,000 half-lives power() would fail: value out of range.
    return f"power(0.5::float8, least({age} / {rule.half_life_days:d}::float8, 1000))"


def _expires(rule: RuleSpec, plan: Plan) -> str:
    """The day the first unit may leave the window. Units that count by one act go exactly then."""
    assert rule.per is not None
    days = int(rule.per["days"])
    if rule.per["of"] == "latest":
        return f"{plan.measure('max(a.occurred_at)', select(rule.per, plan), within=plan.day('{}'))} + {days:d}"
    if rule.per["of"] == "each" or not rule.is_fading:
        return leaving(rule.per, plan)
    first = f"min({plan.day('u.latest')})"
    return f"{plan.measure_units(first, select(rule.per, plan), _key(rule.per['of'], plan))} + {days:d}"


def _next_fade(rule: RuleSpec, half_life: int, plan: Plan) -> str:
    """The day the rounded part sinks by one, if nothing expires before.

    With x units fading together, |points| * x * 0.5^(d/h) reaches the next rounding edge r - 1/2 after
    d = h * log2(|points| * x / (r - 1/2)) days; r is the part of today without its sign. A millionth of a day is
    room for the errors of floats.
    """
    size = abs(rule.points)
    rounded = _rounded(size, rule, plan)
    days = f"{half_life:d} * ln({size:d} * {_units(rule, plan)}::float8 / ({rounded} - 0.5)) / ln(2::float8)"
    return f"CASE WHEN {rounded} >= 1 THEN {plan.today_literal} + greatest(1, ceil({days} - 1e-6)::int) END"


def _next_step(rule: RuleSpec, every: int, plan: Plan) -> str:
    """The day the rounded part sinks by one, or where several units fade by steps of their own, the next step."""
    assert rule.per is not None
    selection = select(rule.per, plan)
    rounded = _rounded(abs(rule.points), rule, plan)
    if rule.per["of"] == "latest":
        last = plan.measure("max(a.occurred_at)", selection, within=plan.day("{}"))
        return f"CASE WHEN {rounded} >= 1 THEN {_step_below(rule, last, rounded, plan)} END"
    instant = "a.occurred_at" if rule.per["of"] == "each" else "u.latest"
    age = _age(instant, plan)
    until = f"min(CASE WHEN {_left(rule, instant, plan)} > 0 THEN {every:d} - mod({age}, {every:d}) END)"
    if rule.per["of"] == "each":
        soonest = plan.measure(until, selection)
    else:
        soonest = plan.measure_units(until, selection, _key(rule.per["of"], plan))
    return f"CASE WHEN {rounded} >= 1 THEN {plan.today_literal} + {soonest} END"


def _step_below(rule: RuleSpec, last: str, rounded: str, plan: Plan) -> str:
    """The first step of one unit at which |points| * (100 - percent * k) / 100 falls to the edge r - 1/2 or below."""
    size = abs(rule.points)
    edge = f"ceil((100 * ({size:d} - {rounded}) + 50) / {size * (rule.step_percent or 1):d})"
    past = f"greatest({plan.today_literal} - {last}, 0) / {rule.step_days:d}"
    return f"{last} + {rule.step_days:d} * greatest({edge}::int, {past} + 1)"


def hit_tree(rule: RuleSpec, catalog: Catalog) -> dict[str, Any] | None:
    """Whom the rule says something about, as a condition: it holds, and there is a unit. None: there can be nobody."""
    parts = [] if rule.condition is None else [dict(rule.condition)]
    if rule.per is not None:
        of, filters = rule.per["of"], {name: value for name, value in rule.per.items() if name != "of"}
        if of == "document" and "documents" not in filters:
            filters["documents"] = list(catalog.documents)
            if not filters["documents"]:
                return None
        measure = {"page": "pages", "visit": "visits"}.get(of, "count")
        parts.append({"leaf": "activity", "measure": measure, "op": "gte", "value": 1, **filters})
    return parts[0] if len(parts) == 1 else {"all": parts}


def rule_words(rule: RuleSpec, catalog: Catalog) -> str:
    """The rule in words: its label, else its condition and selection."""
    if rule.label:
        return rule.label
    parts = [] if rule.per is None else [unit_words(rule.per, catalog)]
    if rule.condition is not None:
        parts.append(words(rule.condition, catalog))
    text = _(", if ").join(parts)
    return text[:1].upper() + text[1:]


def unit_words(per: Mapping[str, Any], catalog: Catalog) -> str:
    """What gives the points of a selection once more: "each different page with page visit on pricing"."""
    what = selection_words({name: value for name, value in per.items() if name != "days"}, catalog, _("activity"))
    return str(UNITS[per["of"]]) % {"what": what}


def when_words(rule: RuleSpec, catalog: Catalog) -> str:
    """When the rule gives points: "For each page visit, when consented to mail"."""
    parts = [] if rule.per is None else [_("for %(units)s") % {"units": unit_words(rule.per, catalog)}]
    if rule.condition is not None:
        parts.append(_("when %(condition)s") % {"condition": words(rule.condition, catalog)})
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def fade_words(rule: RuleSpec) -> list[str]:
    """How the points of activities fade, expire and are limited."""
    parts = []
    if rule.half_life_days is not None:
        days = rule.half_life_days
        parts.append(ngettext("fades 50 %% in %(n)d day", "fades 50 %% in %(n)d days", days) % {"n": days})
    if rule.step_days is not None:
        text = ngettext(
            "loses %(share)d %% of the whole every day",
            "loses %(share)d %% of the whole every %(n)d days",
            rule.step_days,
        )
        parts.append(text % {"share": rule.step_percent or 0, "n": rule.step_days})
    if rule.per is not None and "days" in rule.per:
        days = rule.per["days"]
        parts.append(ngettext("expires after %(n)d day", "expires after %(n)d days", days) % {"n": days})
    if rule.max_units is not None:
        parts.append(ngettext("at most %(n)d time", "at most %(n)d times", rule.max_units) % {"n": rule.max_units})
    return parts
