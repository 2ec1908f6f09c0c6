"""Leads and companies by hand: checked like the API's, explained beside the field."""

import pytest

from leads.models import AttributeChange, Capture, Company, Consent, Lead
from leads.people.companies import CompanyFacts
from tests.browsing import browser
from tests.factories import make_lead, make_user
from users.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return browser(make_user(Role.MARKETER))


def test_a_lead_entered_by_hand_is_a_capture(client):
    response = client.post(
        "/leads/new/",
        {
            "email": " Dana.Levi@ACME.example",
            "first_name": "Dana",
            "company": "Acme",
            "employees": "40",
            "channel": "manual",
            "consent": "yes",
            "consent_source": "card at the fair",
            "attribute_customers_per_month": "1200",
        },
    )

    lead = Lead.objects.get(email="dana.levi@acme.example")
    assert response["Location"] == f"/leads/{lead.pk}/"
    assert (lead.company.employees, lead.attributes) == (40, {"customers_per_month": 1200})
    assert Capture.objects.get(lead=lead).channel.slug == "manual"
    assert Consent.objects.get(lead=lead).source == "card at the fair"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "email"),
        ({"email": "no address"}, "email"),
        ({"phone": "03 555"}, "phone"),
        ({"email": "a@b.example", "consent": "yes"}, "consent_source"),
        ({"email": "a@b.example", "channel": "gone"}, "channel"),
        ({"email": "a@b.example", "attribute_customers_per_month": "many"}, "attribute_customers_per_month"),
        ({"email": "a@b.example", "first_name": "x" * 101}, "first_name"),
        ({"email": "a@b.example", "first_name": "x\x00"}, "first_name"),
    ],
)
def test_a_bad_lead_is_refused_at_the_field_and_nothing_is_written(client, sent, field):
    response = client.post("/leads/new/", {"channel": "manual", **sent})

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not Lead.objects.exists()


def test_editing_writes_journals_and_keeps_what_was_not_named(client):
    lead = make_lead(first_name="Dana", attributes={"seniority": "senior"})
    sent = {"email": lead.email, "first_name": "Dina", "company": "Acme", "attribute_seniority": "senior"}

    client.post(f"/leads/{lead.pk}/edit/", sent)

    lead.refresh_from_db()
    assert (lead.first_name, lead.company.name, lead.attributes) == ("Dina", "Acme", {"seniority": "senior"})
    assert AttributeChange.objects.get(lead=lead).before == {"first_name": "Dana", "company_id": None}


def test_another_leads_address_cannot_be_taken(client):
    lead, other = make_lead(), make_lead()

    response = client.post(f"/leads/{lead.pk}/edit/", {"email": other.email.upper()})

    assert response.context["form"].errors["email"] == ["Another lead has this address."]


def test_a_lead_cannot_lose_everything_that_names_it(client):
    lead = make_lead()

    assert "email" in client.post(f"/leads/{lead.pk}/edit/", {"email": ""}).context["form"].errors


def test_a_company_is_added_edited_archived_and_found(client):
    client.post("/companies/new/", {"name": "Acme Ltd", "domain": "https://www.acme.example/", "country": "il"})
    company = Company.objects.get()
    assert (company.domain, company.country) == ("acme.example", "IL")

    client.post(f"/companies/{company.pk}/edit/", {"name": "Acme", "domain": "acme.example", "employees": "7"})
    client.post(f"/companies/{company.pk}/archive/")

    company.refresh_from_db()
    assert (company.name, company.employees, company.archived_at is None) == ("Acme", 7, False)
    assert [row.pk for row in client.get("/companies/", {"q": "acm", "archived": "1"}).context["rows"]] == [company.pk]
    assert client.get("/companies/").context["rows"] == []


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Acme", "domain": "nonsense"}, "domain"),
        ({"name": "Other", "domain": "acme.example"}, "domain"),
        ({"name": "Acme", "domain": "gmail.com"}, "domain"),
        ({"name": "New", "country": "Israel"}, "country"),
        ({"name": "New", "region": "US East"}, "region"),
        ({"name": "New", "employees": "-1"}, "employees"),
        ({"name": "New", "attribute_branches": "two"}, "attribute_branches"),
    ],
)
def test_a_bad_company_is_refused_at_the_field(client, sent, field):
    make_lead(company=CompanyFacts(name="Acme", domain="acme.example"))

    response = client.post("/companies/new/", sent)

    assert response.status_code == 422
    assert field in response.context["form"].errors


def test_the_company_page_shows_its_people(client):
    lead = make_lead(company=CompanyFacts(name="Acme"))

    assert lead.name in client.get(f"/companies/{lead.company_id}/").content.decode()


def test_sales_reps_do_not_add_companies():
    assert browser(make_user()).post("/companies/new/", {"name": "Acme"}).status_code == 403
