"""The backtest, counted by hand on small histories."""

import pytest

from leads.lifecycle.criteria import set_criterion
from leads.models import CriterionMode
from scoring.backtest import backtest
from scoring.models import ModelVersion
from scoring.question import question_of
from tests.factories import make_lead, publish_model, stage, view_pages
from tests.reports.histories import day, walk

pytestmark = pytest.mark.django_db
WAY = {"mql": 10, "sal": 11, "sql": 12, "sqo": 20}


@pytest.fixture
def version():
    """10 points for each page, half after a week; MQL asks for 20 and only says so."""
    model = publish_model(now=day(0))
    condition = {"leaf": "score", "model": "mql", "op": "gte", "value": 20}
    set_criterion(stage("mql"), condition, by=None, now=day(0), mode=CriterionMode.MANUAL)
    return ModelVersion.objects.select_related("model").get(model=model)


def replayed(version, at=30, **more):
    return backtest(question_of(version, now=day(at), **more), now=day(at))


def test_who_had_the_points_before_arriving_is_found_and_how_much_earlier(version):
    early, never = make_lead(now=day(0)), make_lead(now=day(0))
    view_pages([early, early], now=day(2))
    for lead in (early, never):
        walk(lead, WAY)

    found = replayed(version)["found"]

    assert (found["of"], found["reached"], found["mean_days_earlier"], found["period"]) == (2, 1, 8, "ever")
    assert replayed(version, threshold=21)["found"]["reached"] == 0


def test_what_came_after_the_arrival_does_not_count(version):
    late = walk(make_lead(now=day(0)), WAY)
    view_pages([late] * 3, now=day(25))

    assert replayed(version)["found"]["reached"] == 0


def test_decisions_tell_how_often_it_would_have_been_right(version):
    had, had_not = make_lead(now=day(0)), make_lead(now=day(0))
    view_pages([had] * 3, now=day(9))
    for lead in (had, had_not):
        walk(lead, WAY)

    right = replayed(version)["right"]

    assert {name: right["accepted"][name] for name in ("of", "yes", "had", "had_yes")} == {
        "of": 2,
        "yes": 2,
        "had": 1,
        "had_yes": 1,
    }
    assert right["won"]["of"] == 0


def test_without_anybody_there_is_nothing_to_divide(version):
    answer = replayed(version)

    assert answer["found"]["of"] == 0
    assert answer["found"]["mean_days_earlier"] is None


def test_a_whole_quarter_is_taken_where_five_arrived_in_it(version):
    for _ in range(5):
        walk(make_lead(now=day(0)), WAY)

    found = replayed(version, at=60)["found"]

    assert (found["period"], found["since"], found["until"], found["of"]) == ("quarter", "2026-01-01", "2026-03-31", 5)
