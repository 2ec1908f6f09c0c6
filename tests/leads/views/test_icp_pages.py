"""The ideal customer in the settings and on the lead's page."""

import pytest

from leads.models import IcpProfile
from leads.people.companies import CompanyFacts
from leads.people.icp import NewProfile, Wish, publish_profile
from tests.browsing import browser
from tests.factories import NOW, make_lead, make_user
from users.models import Role

pytestmark = pytest.mark.django_db
EMPLOYEES = {"leaf": "company", "field": "employees", "op": "gte", "value": 100}
FORM = {
    "label": "A hundred people",
    "group": "firmographic",
    "weight": "2",
    "version": "0",
    "when-json": '{"leaf": "company", "field": "employees", "op": "gte", "value": 100}',
}


@pytest.fixture
def client():
    return browser(make_user(Role.MARKETER))


@pytest.fixture
def profile():
    return publish_profile(
        "marketing",
        NewProfile([Wish("firmographic", "A hundred people", EMPLOYEES), Wish("need", "Need", EMPLOYEES)]),
        by=None,
        now=NOW,
    )


def latest() -> IcpProfile:
    return IcpProfile.objects.filter(realm="marketing").latest("version")


def test_the_first_condition_begins_a_profile(client):
    response = client.post("/settings/icp/marketing/new/", FORM)

    assert response["Location"] == "/settings/icp/"
    assert [(row.label, row.weight, row.condition) for row in latest().conditions.all()] == [
        ("A hundred people", 2, EMPLOYEES)
    ]
    assert "A hundred people" in client.get("/settings/icp/").text


def test_a_change_is_the_next_version_and_can_be_taken_back(client, profile):
    row = profile.conditions.first()

    client.post(f"/settings/icp/marketing/{row.pk}/", {**FORM, "weight": "9", "version": "1"})
    assert [wish.weight for wish in latest().conditions.all()] == [9, 1]
    client.post("/settings/icp/marketing/restore/1/")

    assert (latest().version, [wish.weight for wish in latest().conditions.all()]) == (3, [1, 1])
    assert "weight 1 instead of 9" in client.get("/settings/icp/marketing/").text


def test_somebody_elses_version_is_not_overwritten_and_nothing_typed_is_lost(client, profile):
    row = profile.conditions.first()
    publish_profile("marketing", NewProfile([Wish("need", "Theirs", EMPLOYEES)]), by=None, now=NOW)

    refused = client.post(f"/settings/icp/marketing/{row.pk}/", {**FORM, "version": "1"})
    assert (refused.status_code, refused.context["form"]["version"].value()) == (409, "2")
    assert refused.context["form"]["label"].value() == "A hundred people"
    client.post(f"/settings/icp/marketing/{row.pk}/", {**FORM, "version": "2"})

    assert [wish.label for wish in latest().conditions.all()] == ["Theirs", "A hundred people"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": ""},
        {"weight": "0"},
        {"group": "size"},
        {"when-json": "{"},
        {"when-json": '{"leaf": "stage", "value": ["mel"]}'},
        {"when-json": '{"leaf": "icp", "realm": "marketing", "op": "is", "value": "A"}'},
    ],
)
def test_a_bad_condition_is_refused_and_kept(client, profile, wrong):
    response = client.post("/settings/icp/marketing/new/", {**FORM, "version": "1", "label": "New", **wrong})

    assert response.status_code == 422
    assert latest().version == 1


def test_two_of_one_name_are_refused_at_the_form(client, profile):
    response = client.post("/settings/icp/marketing/new/", {**FORM, "version": "1"})

    assert response.status_code == 422
    assert "has this name" in response.text


def test_a_condition_is_removed_but_not_the_last_one(client, profile):
    for _ in range(2):
        client.post(f"/settings/icp/marketing/{latest().conditions.first().pk}/remove/")

    assert [wish.label for wish in latest().conditions.all()] == ["Need"]


def test_bounds_change_in_order(client, profile):
    refused = client.post("/settings/icp/marketing/bounds/", {"a_from": 50, "b_from": 60, "c_from": 5, "version": 1})
    client.post("/settings/icp/marketing/bounds/", {"a_from": 90, "b_from": 60, "c_from": 5, "version": 1})

    assert refused.status_code == 422
    assert (latest().version, latest().a_from) == (2, 90)


def test_each_side_writes_its_own(profile):
    marketer, manager = browser(make_user(Role.MARKETER)), browser(make_user(Role.SALES_MANAGER))

    assert marketer.get("/settings/icp/sales/new/").status_code == 403
    assert manager.get("/settings/icp/marketing/new/").status_code == 403
    assert manager.post("/settings/icp/sales/copy/").status_code == 302
    assert IcpProfile.objects.get(realm="sales").conditions.count() == 2
    assert manager.get("/settings/icp/other/").status_code == 404


def test_how_leads_grade_now_leads_to_them(client, profile):
    make_lead(company=CompanyFacts(name="Acme", employees=320))

    page = client.get("/settings/icp/marketing/standing/")

    assert page.context["standing"].total == {"A": 1, "B": 0, "C": 0, "D": 0}
    listed = client.get("/leads/?outcome=open&icp=marketing-A")
    assert [row.lead.company.name for row in listed.context["rows"]] == ["Acme"]
    assert client.get("/leads/?outcome=open&icp=marketing-D").context["rows"] == []


def test_the_panel_of_a_lead_says_what_is_known_and_what_to_ask(client, profile):
    lead = make_lead()

    page = client.get(f"/leads/{lead.pk}/icp/")

    assert "Employees: how many?" in page.text
    assert "up to A once 2 more are known" in page.text


def test_the_list_asks_few_questions(client, profile, django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        client.get("/settings/icp/")
