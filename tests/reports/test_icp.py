"""What opportunities and customers have in common, against all leads."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.models import AttributeDefinition
from leads.people.companies import CompanyFacts
from leads.people.icp import NewProfile, Wish, publish_profile
from reports.queries.icp import SQO, WON, icp_report
from reports.queries.traits import EVEN, FEWEST, MORE, TOO_FEW, Trait
from tests.browsing import browser
from tests.callers import Caller
from tests.factories import NOW, make_campaign, make_lead, make_user
from tests.reports.histories import asked, imported
from users.models import Role

pytestmark = pytest.mark.django_db
SAAS = Wish("industry", "SaaS", {"leaf": "company", "field": "industry", "op": "eq", "value": "saas"})
BIG = Wish("firmographic", "Over 100 people", {"leaf": "company", "field": "employees", "op": "gt", "value": 100}, 3)


@pytest.fixture
def campaign():
    """Twenty leads; six became opportunities, all of them SaaS with three branches; two of those were won."""
    AttributeDefinition.objects.get_or_create(
        subject="company", key="branches", defaults={"label": "Branches", "type": "number"}
    )
    row = make_campaign(starts_on=NOW.date())
    for number in range(20):
        best = number < 6
        facts = CompanyFacts(
            name=f"C{number}",
            domain=f"c{number}.example",
            industry="saas" if best else ("saas", "retail", "")[number % 3],
            employees=200 if number % 2 else 20,
            attributes={"branches": 3 if best else 1} if number < 15 else {},
        )
        lead = make_lead(campaign_id=row.pk, company=facts)
        if best:
            imported(lead, "won" if number < 2 else "sqo", 5)
    publish_profile("marketing", NewProfile([SAAS, BIG]), by=None, now=NOW)
    return row


def found(campaign, best=SQO):
    return icp_report(asked(campaign=campaign), realm="marketing", best=best)


def trait(rows, label):
    return next(row for row in rows if row.label == label)


def test_shares_are_of_those_of_whom_it_is_known(campaign):
    saas = trait(found(campaign).conditions, "SaaS")

    assert (saas.known, saas.having) == (16, 11)  # four have no industry
    assert (saas.best_known, saas.best_having, saas.best_share) == (6, 6, 1.0)
    assert saas.lift == pytest.approx(16 / 11)


def test_values_of_attributes_are_compared_numbers_in_bands(campaign):
    rows = found(campaign).attributes

    three = trait(rows, "3")
    assert (three.field, three.having, three.best_having, three.verdict) == ("attributes.branches", 6, 6, MORE)
    assert {row.label for row in rows if row.field == "employees"} == {"20", "200"}


def test_a_few_customers_say_nothing(campaign):
    report = found(campaign, WON)

    assert (report.won, report.suggestions) == (2, [])
    assert {row.verdict for row in report.conditions} == {TOO_FEW}


def test_what_the_best_share_and_the_profile_does_not_ask_is_suggested(campaign):
    assert [(row.field, row.label) for row in found(campaign).suggestions] == [("attributes.branches", "3")]


def test_grades_say_what_became_of_their_leads(campaign):
    grades = {row.grade: (row.leads, row.sqo, row.won) for row in found(campaign).grades}

    assert sum(row[0] for row in grades.values()) == 20
    assert sum(row[1] for row in grades.values()) == 6
    assert grades["A"][1] == 3  # of the six, those with over 100 people


def test_a_difference_is_told_only_where_the_interval_leaves_the_share_of_all_aside():
    few = Trait("company", "x", "X", "x", 100, 50, FEWEST - 1, FEWEST - 1)
    same = Trait("company", "x", "X", "x", 100, 50, 10, 6)
    more = Trait("company", "x", "X", "x", 100, 20, 10, 9)

    assert [few.verdict, same.verdict, more.verdict] == [TOO_FEW, EVEN, MORE]


def test_nothing_to_count_is_no_error(campaign):
    empty = icp_report(asked(campaign=make_campaign("empty", starts_on=NOW.date())), realm="sales", best=SQO)

    assert (empty.leads, empty.profile, empty.conditions, empty.attributes, empty.grades) == (0, None, [], [], [])


def test_the_number_of_statements_does_not_grow(campaign):
    with CaptureQueriesContext(connection) as queries:
        found(campaign)

    assert len(queries) <= 12


def test_the_page_and_the_api_say_the_same(campaign):
    caller = Caller()
    page = browser(caller.user).get("/reports/icp/?campaign=spring")
    answer = caller.get("reports/icp/", campaign="spring").json()

    assert page.status_code == 200
    assert (answer["leads"], answer["sqo"], answer["won"], answer["version"]) == (20, 6, 2, 1)
    assert [row["label"] for row in answer["suggestions"]] == ["3"]
    assert [row.trait.label for row in page.context["suggestions"]] == ["3"]
    assert [row["grade"] for row in answer["grades"]] == list("ABCD")


@pytest.mark.parametrize("wrong", [{"best": "all"}, {"realm": "x"}, {"grade": "A"}, {"campaign": "none-such"}])
def test_what_is_not_understood_is_refused_by_name(wrong):
    answer = Caller().get("reports/icp/", **wrong)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == next(iter(wrong))


def test_a_rep_counts_only_what_is_their_own(campaign):
    answer = Caller(make_user(Role.SALES_REP)).get("reports/icp/", campaign="spring").json()

    assert answer["leads"] == 0


def test_what_is_shared_but_not_asked_begins_a_condition(campaign):
    page = browser(make_user(Role.MARKETER)).get("/reports/icp/", {"campaign": campaign.slug})
    line = next(line for line in page.context["suggestions"] if line.trait.field_label == "Branches")

    begun = browser(make_user(Role.MARKETER)).get(f"/settings/icp/marketing/new/?{line.begun}")

    assert line.trait.tree == {"leaf": "company", "field": "attributes.branches", "op": "eq", "value": 3}
    assert begun.context["editor"].tree == line.trait.tree
    assert begun.context["form"].initial["label"] == "Branches: 3"
