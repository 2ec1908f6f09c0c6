"""What a lead is worth on a day: a model is a plain dictionary.

{"groups": [{"group", "kind", "cap"}], "rules": [{"points", "group", "condition", "per", "max_units",
"half_life_days", "step_days", "step_percent"}], "bands": [{"band", "from"}]}
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import fsum
from typing import Any

from scoring.models import ModelVersion
from tests.oracle.conditions import View, chosen, holds

MOST_UNITS = 10_000


@dataclass(frozen=True)
class Worth:
    """A score taken apart. `doubtful` parts lie so near to a half that the last digit of a float decides."""

    parts: tuple[int, ...]
    caps: tuple[int, ...]
    points: int
    fit: int
    engagement: int
    band: str
    doubtful: bool


def worth(model: dict[str, Any], view: View) -> Worth:
    """The score of the view's lead on the view's day."""
    amounts = [_amount(rule, view) for rule in model["rules"]]
    parts = [round(amount) for amount in amounts]  # half to even, as IEEE says
    totals = {"fit": 0, "engagement": 0}
    caps = []
    for group in model["groups"]:
        total = sum(part for rule, part in zip(model["rules"], parts, strict=True) if rule["group"] == group["group"])
        limited = total if group["cap"] is None else min(total, group["cap"])
        caps.append(limited - total)
        totals[group["kind"]] += limited
    points = sum(parts) + sum(caps)
    band = next(band["band"] for band in model["bands"] if band["from"] is None or points >= band["from"])
    return Worth(
        tuple(parts), tuple(caps), points, totals["fit"], totals["engagement"], band, any(map(_is_doubtful, amounts))
    )


def _amount(rule: dict[str, Any], view: View) -> float | Fraction:
    if rule["condition"] is not None and not holds(rule["condition"], view):
        return 0
    if rule["per"] is None:
        return rule["points"]
    left = [_left(rule, age) for age in _ages(rule["per"], view)]
    units: float | Fraction = fsum(left) if rule["half_life_days"] is not None else sum(left, Fraction(0))
    return rule["points"] * min(units, MOST_UNITS if rule["max_units"] is None else rule["max_units"])


def _ages(per: dict[str, Any], view: View) -> list[int]:
    """For every unit the days since its latest activity."""
    ages: dict[Any, int] = {}
    for deed in chosen(per, view):
        day = view.world.day_of(deed.at)
        unit = {
            "each": deed.pk,
            "latest": "all of them",
            "page": deed.path,
            "visit": deed.visit,
            "document": deed.document,
            "day": day,
            "week": day.isocalendar()[:2],
            "month": (day.year, day.month),
        }[per["of"]]
        if unit is not None:
            age = max(0, (view.day - day).days)
            ages[unit] = min(age, ages.get(unit, age))
    return list(ages.values())


def _left(rule: dict[str, Any], age: int) -> float | Fraction:
    """What is left of one unit."""
    if rule["half_life_days"] is not None:
        return 0.5 ** (age / rule["half_life_days"]) if age < 1000 * rule["half_life_days"] else 0.0
    if rule["step_days"] is not None:
        return Fraction(max(0, 100 - rule["step_percent"] * (age // rule["step_days"])), 100)
    return Fraction(1)


def _is_doubtful(amount: float | Fraction) -> bool:
    if isinstance(amount, Fraction):
        return False
    distance = abs(Fraction(amount) % 1 - Fraction(1, 2))
    return 0 < distance < Fraction(1, 10**9)


def in_force() -> dict[str, dict[str, Any]]:
    """The published model versions as dictionaries, by the model's slug."""
    found = {}
    for version in ModelVersion.objects.filter(state="published").select_related("model"):
        rules = version.rules.order_by("position").select_related("group")
        names = ("points", "condition", "per", "max_units", "half_life_days", "step_days", "step_percent")
        found[version.model.slug] = {
            "number": version.number,
            "groups": [{"group": g.slug, "kind": g.kind, "cap": g.cap} for g in version.groups.order_by("pk")],
            "rules": [{name: getattr(rule, name) for name in names} | {"group": rule.group.slug} for rule in rules],
            "bands": [
                {"band": "hot", "from": version.hot_from},
                {"band": "warm", "from": version.warm_from},
                {"band": "cold", "from": None},
            ],
        }
    return found


def stored_errors(world: Any, day: date) -> list[str]:
    """Every stored score that is not what the facts say on this day, in words; empty when all stand."""
    wrong = []
    for slug, model in in_force().items():
        for person in world.people.values():
            expected, stored = worth(model, View(world, person, day)), person.scores.get(slug)
            if expected.doubtful:
                continue
            names = ("points", "fit", "engagement", "band")
            wanted = {name: getattr(expected, name) for name in names}
            wanted |= {"parts": list(expected.parts), "version": model["number"]}
            if stored is None or {name: stored[name] for name in wanted} != wanted:
                wrong.append(f"lead {person.pk} {slug}: expected {wanted}, stored {stored}")
    return wrong
