"""The score of a company is made of its people's by the rule of the model."""

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.conditions.select import matching
from leads.models import LeadScore, ScoreModel
from leads.people.companies import CompanyFacts
from leads.people.edit import archive_leads
from leads.queries.company_score import company_scores, scores_of, shares
from scoring.engine import GroupSpec
from scoring.rules import RuleSpec
from scoring.touched import drain
from tests.factories import NOW, make_lead, move_to, publish_model

pytestmark = pytest.mark.django_db
ACME = CompanyFacts(name="Acme", domain="acme.example")
Rule = ScoreModel.CompanyRule


@pytest.fixture
def people():
    """Four people of one company with 40, 25, 11 and -7 points."""
    titles = [
        RuleSpec(
            points=points,
            group="fit",
            condition={"leaf": "lead", "field": "job_title", "op": "eq", "value": f"T{points}"},
        )
        for points in (40, 25, 11, -7)
    ]
    publish_model(rules=titles, groups=[GroupSpec("fit", "fit")])
    found = [make_lead(job_title=f"T{points}", company=ACME) for points in (25, 40, -7, 11)]
    drain(now=NOW)
    return found


def by_rule(rule: Rule) -> ScoreModel:
    ScoreModel.objects.update(company_rule=rule)
    return ScoreModel.objects.get(slug="mql")


@pytest.mark.parametrize(("rule", "points"), [(Rule.HIGHEST, 40), (Rule.SUM, 69), (Rule.FALLING, 54)])
def test_a_company_is_worth_what_the_rule_makes_of_its_people(people, rule, points):
    company = people[0].company_id

    model = by_rule(rule)

    assert scores_of([company], model) == {company: points}
    (card,) = company_scores(company, people)
    assert card.points == points == sum(share.points for share in card.shares)
    assert [share.lead for share in card.shares] == [people[1], people[0], people[3], people[2]]


def test_archived_and_disqualified_people_do_not_count(people):
    archive_leads([people[1].pk], now=NOW)
    move_to(people[0], "disqualified")

    assert scores_of([people[0].company_id], by_rule(Rule.SUM)) == {people[0].company_id: 4}


def test_people_out_of_reach_stand_in_one_line(people):
    (card,) = company_scores(people[0].company_id, people[:1])

    assert [(share.lead, share.people) for share in card.shares] == [(people[0], 1), (None, 3)]
    assert sum(share.points for share in card.shares) == card.points


def test_companies_of_a_page_are_scored_in_one_query(people, django_assert_num_queries):
    make_lead(company=CompanyFacts(name="Beta", domain="beta.example"))
    drain(now=NOW)
    model = by_rule(Rule.HIGHEST)
    ids = list(LeadScore.objects.values_list("lead__company", flat=True).distinct())

    with django_assert_num_queries(1):
        assert len(scores_of(ids, model)) == 2
    with django_assert_num_queries(0):
        assert scores_of([], model) == {}


def test_the_leaf_reads_the_company_and_of_the_lonely_their_own_score(people):
    alone = make_lead(job_title="T25")
    drain(now=NOW)
    leaf = {"leaf": "company_score", "model": "mql", "op": "gte", "value": 54}
    by_rule(Rule.FALLING)

    assert matching(leaf, now=NOW) == sorted(lead.pk for lead in people)
    assert matching({**leaf, "value": 55}, now=NOW) == []
    assert matching({**leaf, "op": "eq", "value": 25}, now=NOW) == [alone.pk]


@settings(max_examples=200)
@given(st.lists(st.integers(-1000, 1000), max_size=40), st.sampled_from(list(Rule)))
def test_shares_are_whole_and_add_up_as_the_database_says(points, rule):
    points = sorted(points, reverse=True)
    given_points = shares(points, rule)

    aggregate = {
        Rule.HIGHEST: "max(p)",
        Rule.SUM: "sum(p)",
        Rule.FALLING: "floor(sum(p * power(0.5::float8, k - 1)) FILTER (WHERE k <= 21))",
    }[rule]
    with connection.cursor() as cursor:
        text = f"SELECT ({aggregate})::bigint FROM unnest(%s::int[]) WITH ORDINALITY AS u (p, k)"
        cursor.execute(text, [points])
        (found,) = cursor.fetchone()
    assert sum(given_points) == (found or 0)
