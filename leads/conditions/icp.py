"""How well a lead fits the ideal customer: what a profile compiles to, and the leaf that asks for a grade.

Nothing is stored: the grade is computed from the latest profile wherever it is asked for, so it cannot drift. The
share is the weight of the conditions met among the weight of all. A condition is unknown while every field it reads is
empty; the unknown counts as not met, and is shown apart with the grade that could still be reached.
"""

from collections.abc import Iterator
from typing import ClassVar

from django.utils.translation import gettext as _

from leads.conditions.catalog import Catalog
from leads.conditions.leaves import Leaf, Spec, choice_errors
from leads.conditions.plan import Plan
from leads.conditions.tree import changes, compile_tree, unset
from leads.models import IcpProfile, Realm

GRADES = ("A", "B", "C", "D")
# What a profile may ask: facts about person and company, never where the lead stands, and not another grade.
KINDS = frozenset({"activity", "bant", "bant_count", "company", "consent", "lead", "segment", "source"})
UNMET, MET, UNKNOWN = 0, 1, 2


def total_weight(profile: IcpProfile) -> int:
    """The weight of all conditions."""
    return sum(row.weight for row in profile.conditions.all())


def least_weights(profile: IcpProfile) -> dict[str, int]:
    """The least weight each grade asks for; D asks for nothing."""
    total = total_weight(profile)
    bounds = {"A": profile.a_from, "B": profile.b_from, "C": profile.c_from, "D": 0}
    return {grade: -(-bound * total // 100) for grade, bound in bounds.items()}


def grade_of(profile: IcpProfile, weight: int) -> str:
    """The grade for a weight met."""
    return next(grade for grade, least in least_weights(profile).items() if weight >= least)


def states(profile: IcpProfile, plan: Plan) -> list[str]:
    """For each condition SQL that gives UNMET, MET or UNKNOWN."""
    return [
        f"CASE WHEN {unset(row.condition, plan)} THEN {UNKNOWN} WHEN {compile_tree(row.condition, plan)} THEN {MET}"
        f" ELSE {UNMET} END"
        for row in profile.conditions.all()
    ]


def met_weight(profile: IcpProfile, plan: Plan) -> str:
    """The weight of the conditions met, as SQL."""
    parts = [
        f"CASE WHEN {compile_tree(row.condition, plan)} AND NOT {unset(row.condition, plan)} THEN {row.weight}"
        " ELSE 0 END"
        for row in profile.conditions.all()
    ]
    return f"({' + '.join(parts) or '0'})"


def ask_latest(plan: Plan) -> None:
    """Put into a plan what the latest profiles ask."""
    for realm in Realm.values:
        if profile := plan.catalog.icp(realm):
            states(profile, plan)


def grade_case(profile: IcpProfile, weight: str) -> str:
    """The grade as SQL, given the weight met as SQL."""
    least = least_weights(profile)
    cases = " ".join(f"WHEN {weight} >= {least[grade]} THEN '{grade}'" for grade in GRADES[:-1])
    return f"CASE {cases} ELSE 'D' END"


class IcpLeaf(Leaf):
    """{"leaf": "icp", "realm": "marketing", "op": "at_least" | "is", "value": "B"}

    The grade in the latest profile of the realm, on a past day in the one that stood then. A is the best grade.
    Without a profile nobody has a grade.
    """

    kind: ClassVar[str] = "icp"
    fields: ClassVar[frozenset[str]] = frozenset({"realm", "op", "value"})

    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        wrong = list(choice_errors(spec, "realm", Realm.values))
        yield from wrong
        yield from choice_errors(spec, "op", ("at_least", "is"))
        yield from choice_errors(spec, "value", GRADES)
        if not wrong and catalog.icp(spec["realm"]) is None:
            yield "realm", f"There is no ideal customer profile of {spec['realm']} yet. Write it in the settings first."

    def compile(self, spec: Spec, plan: Plan) -> str:
        profile = plan.catalog.icp(spec["realm"], plan.known_before)
        if profile is None:
            return "FALSE"
        least, grade = least_weights(profile), spec["value"]
        weight = met_weight(profile, plan)
        if spec["op"] == "at_least" or grade == "A":
            return f"{weight} >= {least[grade]}"
        better = GRADES[GRADES.index(grade) - 1]
        return f"{weight} BETWEEN {least[grade]} AND {least[better] - 1}"

    def changes(self, spec: Spec, plan: Plan, becomes: bool | None) -> list[str]:
        profile = plan.catalog.icp(spec["realm"], plan.known_before)
        # A better grade takes another condition met; exactly one grade is also left, or reached, by losing one.
        way = becomes if spec["op"] == "at_least" else None
        rows = profile.conditions.all() if profile else ()
        return [day for row in rows for day in changes(row.condition, plan, way)]

    def words(self, spec: Spec, catalog: Catalog) -> str:
        text = (
            _("ideal customer grade %(grade)s (%(realm)s)")
            if spec["op"] == "is" or spec["value"] == "A"
            else _("ideal customer grade %(grade)s or better (%(realm)s)")
        )
        return text % {"grade": spec["value"], "realm": Realm(spec["realm"]).label}
