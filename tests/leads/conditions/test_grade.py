"""Where a score stands in the grid of its model: shown, asked for, and refused where there is none."""

import pytest

from leads.conditions.select import matching
from leads.conditions.tree import InvalidCondition, validate, words
from leads.models import ScoreLegend
from leads.models.score import GRID_GRADES, grade
from leads.queries.score_card import cards
from scoring.rescore import rescore
from scoring.rules import RuleSpec
from tests.factories import NOW, make_leads, publish_model, view_pages

GRID = {"fit": [30, 20, 10], "engagement": [15, 10, 5]}
CFO = {"leaf": "lead", "field": "job_title", "op": "contains", "value": "cfo"}
RULES = [
    RuleSpec(20, "fit", condition=CFO),
    RuleSpec(5, "behaviour", per={"of": "each", "kinds": ["page_view"]}),
]


@pytest.mark.parametrize(
    ("fit", "engagement", "expected"),
    [(30, 15, "A1"), (29, 14, "B2"), (20, 9, "B3"), (10, 5, "C3"), (9, 4, "D4"), (-1000, 10**9, "D1")],
)
def test_points_from_a_bound_on_have_its_name(fit: int, engagement: int, expected: str) -> None:
    assert grade(fit, engagement, GRID) == expected
    assert expected in GRID_GRADES
    assert grade(fit, engagement, None) == ""


@pytest.mark.django_db
def test_leads_are_found_by_the_grade_they_are_shown_with() -> None:
    cfo, clerk = make_leads(1, job_title="CFO")[0], make_leads(1)[0]
    unscored = make_leads(1)[0]
    view_pages([cfo, cfo, clerk])
    publish_model("mql", RULES, fit_from=GRID["fit"], engagement_from=GRID["engagement"])
    rescore([cfo.pk, clerk.pk], now=NOW)
    shown = {lead.pk: cards(lead.pk)["mql"].grade for lead in (cfo, clerk)}

    assert shown == {cfo.pk: "B2", clerk.pk: "D3"}
    for pk, name in shown.items():
        assert matching({"leaf": "grade", "model": "mql", "value": [name, "A1"]}, now=NOW) == [pk]
    everyone = {"leaf": "grade", "model": "mql", "value": list(GRID_GRADES)}
    assert unscored.pk not in matching(everyone, now=NOW)


@pytest.mark.django_db
def test_the_grid_is_that_of_the_version_in_force() -> None:
    lead = make_leads(1, job_title="CFO")[0]
    leaf = {"leaf": "grade", "model": "mql", "value": ["A4"]}
    publish_model("mql", RULES, fit_from=GRID["fit"], engagement_from=GRID["engagement"])
    rescore([lead.pk], now=NOW)
    assert matching(leaf, now=NOW) == []

    publish_model("mql", RULES, fit_from=[20, 10, 0], engagement_from=[3, 2, 1])
    assert matching(leaf, now=NOW) == [lead.pk]

    publish_model("mql", RULES)
    assert matching(leaf, now=NOW) == []
    assert ScoreLegend.objects.filter(grid__isnull=True).count() == 1


@pytest.mark.django_db
def test_a_grade_is_refused_where_the_model_has_no_grid() -> None:
    publish_model("mql", RULES)
    with pytest.raises(InvalidCondition, match="model: This model has no grid"):
        validate({"leaf": "grade", "model": "mql", "value": ["A1"]})
    with pytest.raises(InvalidCondition, match="'gone' is not known"):
        validate({"leaf": "grade", "model": "gone", "value": ["A1"]})

    publish_model("mql", RULES, fit_from=GRID["fit"], engagement_from=GRID["engagement"])
    with pytest.raises(InvalidCondition, match="'E1' is not known"):
        validate({"leaf": "grade", "model": "mql", "value": ["E1"]})
    assert words(validate({"leaf": "grade", "model": "mql", "value": ["A1", "B2"]})) == "MQL stands at A1 or B2"
