"""The leaf about the fit and engagement grid of a model (R52)."""

from collections.abc import Iterator
from typing import ClassVar

from django.utils.translation import gettext as _

from leads.conditions.catalog import Catalog
from leads.conditions.leaves import Leaf, Spec, choice_errors
from leads.conditions.plan import Plan
from leads.conditions.standing import join_score
from leads.models.score import GRID_GRADES, GRID_LETTERS, GRID_NUMBERS


class GradeLeaf(Leaf):
    """{"leaf": "grade", "model": "mql", "value": ["A1", "A2", "B1"]}: where the score stands in the grid in force.

    A model without a grid grades nobody, and so is a lead without a score.
    """

    kind: ClassVar[str] = "grade"
    fields: ClassVar[frozenset[str]] = frozenset({"model", "value"})
    in_scoring: ClassVar[bool] = False

    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        wrong = list(choice_errors(spec, "model", catalog.models))
        yield from wrong
        if not wrong and catalog.grids.get(catalog.models[spec["model"]].pk) is None:
            yield "model", _("This model has no grid. Publish a version that has one, or ask for the band.")
        yield from choice_errors(spec, "value", GRID_GRADES, many=True)

    def compile(self, spec: Spec, plan: Plan) -> str:
        model = plan.catalog.models[spec["model"]].pk
        grid = plan.grids[model] if model in plan.grids else plan.catalog.grids.get(model)
        if grid is None:
            return "FALSE"
        alias = join_score(spec, plan)
        letter = _place(f"{alias}.fit", grid["fit"], GRID_LETTERS)
        number = _place(f"{alias}.engagement", grid["engagement"], GRID_NUMBERS)
        return f"({alias}.points IS NOT NULL AND {letter} || {number} = ANY({plan.param(list(spec['value']))}))"

    def words(self, spec: Spec, catalog: Catalog) -> str:
        names = _(" or ").join(spec["value"])
        return _("%(model)s stands at %(grades)s") % {"model": catalog.models[spec["model"]].name, "grades": names}


def _place(points: str, least: list[int], names: str) -> str:
    """The name of the first bound that the points reach, else the last name, as SQL."""
    cases = " ".join(f"WHEN {points} >= {bound:d} THEN '{name}'" for bound, name in zip(least, names, strict=False))
    return f"CASE {cases} ELSE '{names[-1]}' END"
