"""The leaf about what a company is worth: the scores of its people, put together by the rule of the model (R51)."""

from collections.abc import Iterator
from typing import ClassVar

from django.utils.translation import gettext as _

from leads.conditions.activity import op_words
from leads.conditions.catalog import Catalog
from leads.conditions.leaves import COMPARISONS, Leaf, Spec, choice_errors, points_errors
from leads.conditions.plan import Plan
from leads.models import Outcome, ScoreModel

# Whose scores count: everybody at the company who is neither archived nor disqualified, whatever their pass came to.
COUNTS = f"t.archived_at IS NULL AND t.outcome <> '{Outcome.DISQUALIFIED.value}'"
# Each further person counts half; so far down that what follows could not give a point. Sums of such fractions of
# whole numbers are exact in floating point, in whatever order.
HALVINGS = 20
AGGREGATES = {
    ScoreModel.CompanyRule.HIGHEST: "max(q.points)",
    ScoreModel.CompanyRule.SUM: "sum(q.points)",
    ScoreModel.CompanyRule.FALLING: (
        f"floor(sum(q.points * power(0.5::float8, q.place)) FILTER (WHERE q.place <= {HALVINGS}))"
    ),
}
# Only a falling sum asks who comes first: placing everybody takes longer than adding up.
PLACE = ", row_number() OVER (PARTITION BY t.company_id ORDER BY s.points DESC) - 1 AS place"


def company_points(model: ScoreModel, which: str, scores: str = "leads_leadscore") -> str:
    """SELECT company_id, points: the scores of companies in one model, as SQL; `which` restricts t.company_id.

    Highest: the highest of its people. Sum: all added up. Falling: the highest whole, the second by half, the third
    by a quarter, and so on; the sum is rounded down at the end. A company of whose people none has a score has none.
    """
    rule = ScoreModel.CompanyRule(model.company_rule)
    place = PLACE if rule == ScoreModel.CompanyRule.FALLING else ""
    return (
        f"SELECT q.company_id, ({AGGREGATES[rule]})::bigint AS points FROM (SELECT t.company_id, s.points{place}"
        f" FROM leads_lead t JOIN {scores} s ON s.lead_id = t.id AND s.model_id = {model.pk:d}"
        f" WHERE {which} AND {COUNTS}) q GROUP BY q.company_id"
    )


class CompanyScoreLeaf(Leaf):
    """{"leaf": "company_score", "model": "mql", "op": "gte", "value": 120}: the score of the lead's company.

    Of a lead without a company its own score counts.
    """

    kind: ClassVar[str] = "company_score"
    fields: ClassVar[frozenset[str]] = frozenset({"model", "op", "value"})
    in_scoring: ClassVar[bool] = False
    reads_company: ClassVar[bool] = True

    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        yield from choice_errors(spec, "model", catalog.models)
        yield from choice_errors(spec, "op", COMPARISONS)
        yield from points_errors(spec)

    def compile(self, spec: Spec, plan: Plan) -> str:
        model = plan.catalog.models[spec["model"]]
        scores = plan.scores.get(model.pk, "leads_leadscore")
        here = "SELECT h.company_id FROM (SELECT id AS lead_id, company_id FROM leads_lead) h WHERE {scope}"
        points, own = f"ks{model.pk}", f"s{model.pk}"
        found = company_points(model, f"t.company_id IN ({here})", scores)
        plan.join(points, f"LEFT JOIN ({found}) {points} ON {points}.company_id = l.company_id")
        plan.join(own, f"LEFT JOIN {scores} {own} ON {own}.lead_id = l.id AND {own}.model_id = {model.pk}")
        value = f"CASE WHEN l.company_id IS NULL THEN {own}.points ELSE {points}.points END"
        return f"({value}) {COMPARISONS[spec['op']]} {spec['value']!r}"

    def words(self, spec: Spec, catalog: Catalog) -> str:
        limit = op_words(spec["op"], spec["value"])
        return _("%(model)s of the company %(limit)s") % {"model": catalog.models[spec["model"]].name, "limit": limit}
