"""The pages of customers."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.models import Lead, Pass
from tests.browsing import browser
from tests.factories import make_lead, make_user
from tests.leads.dealing import make_customer
from users.clock import database_now
from users.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep():
    return make_user()


@pytest.fixture
def customer(rep):
    return make_customer(rep, now=database_now())


def test_who_bought_is_a_customer(rep, customer):
    make_lead()

    rows = browser(rep).get("/customers/").context["rows"]

    assert [(row.lead, row.deals, row.won[0][0]) for row in rows] == [(customer, 1, "EUR")]


def test_what_they_say_of_us_is_kept_and_filters(rep, customer):
    client = browser(rep)

    client.post(
        f"/customers/{customer.pk}/",
        {"onboarded_on": "2026-10-01", "experience_rating": "9", "is_advocate": "true"},
    )

    customer.refresh_from_db()
    assert customer.attributes == {"experience_rating": 9, "is_advocate": True}
    assert customer.company.attributes == {"onboarded_on": "2026-10-01"}
    for query, found in (
        ("advocates=on", 1),
        ("onboarded=no", 0),
        ("rating=high", 1),
        ("rating=low", 0),
        ("passes=open", 0),
        ("passes=ended", 1),
        ("q=nobody", 0),
    ):
        assert len(client.get(f"/customers/?{query}").context["rows"]) == found, query


def test_a_rating_is_from_one_to_ten(rep, customer):
    answer = browser(rep).post(f"/customers/{customer.pk}/", {"experience_rating": "11"})

    assert answer.status_code == 422
    customer.refresh_from_db()
    assert customer.attributes == {}


@pytest.mark.parametrize("kind", ["renewal", "upsell", "cross_sell", "service"])
def test_a_new_pass_begins_and_is_taken_back(rep, customer, kind):
    client = browser(rep)

    answer = client.post(f"/customers/{customer.pk}/again/", {"kind": kind, "note": "ten more seats"}, follow=True)

    assert answer.redirect_chain[-1][0] == f"/leads/{customer.pk}/"
    assert Pass.objects.get(lead=customer, cycle=2).kind == kind
    undo = answer.content.decode().split('action="/moves/')[1].split('"')[0]
    client.post(f"/moves/{undo}")
    customer.refresh_from_db()
    assert (customer.outcome, customer.cycle, customer.owner) == ("won", 1, rep)


def test_an_open_pass_ends_before_another_begins(rep, customer):
    client = browser(rep)
    client.post(f"/customers/{customer.pk}/again/", {"kind": "renewal"})

    answer = client.post(f"/customers/{customer.pk}/again/", {"kind": "upsell"})

    assert answer.status_code == 409
    assert "still open" in answer.content.decode()


def test_a_referral_needs_somebody_and_makes_a_lead(rep, customer):
    client = browser(rep)
    said = {"kind": "referral", "first_name": "Noa"}

    assert client.post(f"/customers/{customer.pk}/again/", said).status_code == 422
    assert client.post(f"/customers/{customer.pk}/again/", {**said, "email": "no address"}).status_code == 422
    client.post(f"/customers/{customer.pk}/again/", {**said, "email": "noa@other.example", "company": "Other"})

    named = Lead.objects.get(email="noa@other.example")
    assert (named.company.name, named.channel.slug) == ("Other", "referrals")
    (row,) = client.get("/customers/").context["rows"]
    assert row.referred == 1
    page = browser(make_user(Role.ADMIN)).get(f"/leads/{named.pk}/").content.decode()
    assert f'<a href="/leads/{customer.pk}/">named by a customer</a>' in page


def test_a_capture_that_claims_a_referrer_in_its_own_words_breaks_no_page(rep):
    lead = make_lead(payload={"referred_by": "my friend"})

    page = browser(make_user(Role.ADMIN)).get(f"/leads/{lead.pk}/")

    assert page.status_code == 200
    assert "named by a customer" not in page.content.decode()


def test_only_customers_have_these_pages(rep, customer):
    lead = make_lead()

    assert browser(rep).get(f"/customers/{customer.pk}/again/").status_code == 200
    assert browser(make_user(Role.ADMIN)).get(f"/customers/{lead.pk}/").status_code == 404
    assert browser(make_user(Role.MARKETER)).get(f"/customers/{customer.pk}/again/").status_code == 403


def test_the_list_says_how_customers_come(rep):
    assert "first opportunity that is won" in browser(rep).get("/customers/").content.decode()


def test_the_list_costs_the_same_queries_with_many(rep, customer):
    client = browser(rep)
    client.get("/customers/")
    with CaptureQueriesContext(connection) as few:
        client.get("/customers/")
    for _ in range(4):
        make_customer(rep, now=database_now())
    with CaptureQueriesContext(connection) as many:
        client.get("/customers/")

    assert len(many) <= len(few) + 1 <= 22
