"""Company pages show what a company is worth and whose points make it so."""

import pytest

from leads.models import Lead, ScoreModel
from leads.people.companies import CompanyFacts
from scoring.engine import GroupSpec
from scoring.rules import RuleSpec
from scoring.touched import drain
from tests.browsing import browser
from tests.factories import NOW, make_lead, make_user, publish_model
from users.models import Role, Team

pytestmark = pytest.mark.django_db
ACME = CompanyFacts(name="Acme", domain="acme.example")
CHIEF = {"leaf": "lead", "field": "job_title", "op": "eq", "value": "CFO"}


@pytest.fixture
def people():
    publish_model(rules=[RuleSpec(points=85, group="fit", condition=CHIEF)], groups=[GroupSpec("fit", "fit")])
    found = [make_lead(job_title=title, company=ACME) for title in ("CFO", "Clerk")]
    drain(now=NOW)
    return found


def test_the_company_page_shows_the_score_with_each_persons_part(people):
    response = browser(make_user(Role.MARKETER)).get(f"/companies/{people[0].company_id}/")

    (score,) = response.context["scores"]
    assert (score.points, score.band) == (85, "hot")
    assert [(share.lead, share.points) for share in score.shares] == [(people[0], 85), (people[1], 0)]
    assert "The highest score of its people" in response.content.decode()


def test_people_out_of_reach_are_not_named_there(people):
    stranger = make_user(Role.SALES_REP, team=Team.objects.create(slug="far", name="Far"))
    Lead.objects.filter(pk=people[0].pk).update(owner=stranger, first_name="Secret")

    response = browser(make_user(Role.SDR)).get(f"/companies/{people[1].company_id}/")

    (score,) = response.context["scores"]
    assert [(share.lead, share.points) for share in score.shares] == [(people[1], 0), (None, 85)]
    assert "Secret" not in response.content.decode()


def test_the_list_shows_scores_in_as_many_queries_whatever_their_number(people, django_assert_max_num_queries):
    client = browser(make_user(Role.MARKETER))
    for number in range(10):
        make_lead(job_title="CFO", company=CompanyFacts(name=f"C{number}", domain=f"c{number}.example"))
    drain(now=NOW)

    with django_assert_max_num_queries(28):
        response = client.get("/companies/")

    assert {company.points for company in response.context["rows"]} == {85}
    assert response.context["score_model"].slug == "mql"


@pytest.mark.parametrize("rule", ["highest", "sum", "falling"])
def test_the_list_is_sorted_by_score_with_those_without_one_last(people, rule, django_assert_max_num_queries):
    ScoreModel.objects.update(company_rule=rule)
    many = CompanyFacts(name="Many", domain="many.example")
    for title in ("CFO", "CFO", "Clerk"):
        make_lead(job_title=title, company=many)
    make_lead(company=CompanyFacts(name="Clerks", domain="clerks.example"))
    drain(now=NOW)
    make_lead(company=CompanyFacts(name="Unscored", domain="unscored.example"))
    client = browser(make_user(Role.MARKETER))

    with django_assert_max_num_queries(29):
        down = client.get("/companies/?sort=-score")
    up = client.get("/companies/?sort=score")

    order = ["Acme", "Many"] if rule == "highest" else ["Many", "Acme"]
    assert [row.name for row in down.context["rows"]] == [*order, "Clerks", "Unscored"]
    points = [row.points for row in down.context["rows"]]
    assert [row.points for row in up.context["rows"]] == [*sorted(points[:3]), None]
    assert 'aria-sort="descending"' in down.content.decode()


def test_the_pages_of_that_order_hold_every_company_once_and_only_those_in_reach(people):
    for number in range(60):
        make_lead(job_title="CFO", company=CompanyFacts(name=f"C{number}", domain=f"c{number}.example"))
    drain(now=NOW)
    stranger = make_user(Role.SALES_REP, team=Team.objects.create(slug="far", name="Far"))
    Lead.objects.filter(company__name="C7").update(owner=stranger)

    client = browser(make_user(Role.SDR))
    pages = [client.get(f"/companies/?sort=-score&page={n}").context["rows"] for n in (1, 2)]

    names = [row.name for rows in pages for row in rows]
    assert (len(names), len(set(names))) == (60, 60)
    assert "C7" not in names
    for asked in ("q=C1", "q=nobody", "archived=1", "page=99"):
        assert client.get(f"/companies/?sort=score&{asked}").status_code == 200


def test_who_reaches_no_company_sees_none_in_that_order(people):
    newcomer = browser(make_user(Role.SALES_REP))

    assert newcomer.get("/companies/?sort=-score").context["rows"] == []


def test_without_a_model_the_list_has_no_score(db):
    make_lead(company=ACME)

    response = browser(make_user(Role.MARKETER)).get("/companies/")

    assert response.context["score_model"] is None


def test_the_side_of_a_lead_shows_the_score_of_its_company(people):
    response = browser(make_user(Role.MARKETER)).get(f"/leads/{people[1].pk}/")

    assert response.context["company_score"].points == 85
