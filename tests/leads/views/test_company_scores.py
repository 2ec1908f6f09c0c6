"""Company pages show what a company is worth and whose points make it so."""

import pytest

from leads.models import Lead
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


def test_without_a_model_the_list_has_no_score(db):
    make_lead(company=ACME)

    response = browser(make_user(Role.MARKETER)).get("/companies/")

    assert response.context["score_model"] is None


def test_the_side_of_a_lead_shows_the_score_of_its_company(people):
    response = browser(make_user(Role.MARKETER)).get(f"/leads/{people[1].pk}/")

    assert response.context["company_score"].points == 85
