"""A bad capture is refused by name, and nothing half of it is written."""

from datetime import timedelta

import pytest
from django.db import connection

from leads.models import Activity, Company, Event, Lead, Touched
from tests.callers import Caller, faults
from tests.factories import make_campaign
from users.clock import database_now

pytestmark = pytest.mark.django_db

EMAIL = "dana@acme.example"
HUGE = 10**30


@pytest.fixture
def caller():
    return Caller()


@pytest.fixture
def nothing_written(caller):
    """After the test nothing came into being but what stood before it."""
    tables = (Lead, Company, Activity, Event, Touched)
    before = [table.objects.count() for table in tables]
    yield
    assert [table.objects.count() for table in tables] == before


BAD_CAPTURES = [
    ("no identity", {"first_name": "Dana"}, "email"),
    ("unknown field", {"email": EMAIL, "surname": "Levi"}, "surname"),
    ("unknown nested field", {"email": EMAIL, "company": {"name": "A", "size": 3}}, "company.size"),
    ("unknown field of a list", {"external_ids": [{"system": "a", "id": "1", "x": 1}]}, "external_ids.0.x"),
    ("number for a text", {"email": EMAIL, "first_name": 5}, "first_name"),
    ("text for a number", {"email": EMAIL, "company": {"name": "A", "employees": "many"}}, "company.employees"),
    ("text of digits for a number", {"email": EMAIL, "company": {"name": "A", "employees": "4"}}, "company.employees"),
    ("fraction of a person", {"email": EMAIL, "company": {"name": "A", "employees": 4.5}}, "company.employees"),
    ("minus three people", {"email": EMAIL, "company": {"name": "A", "employees": -3}}, "company.employees"),
    ("more people than fit", {"email": EMAIL, "company": {"name": "A", "employees": HUGE}}, "company.employees"),
    ("text for yes or no", {"email": EMAIL, "consent": {"granted": "yes"}}, "consent.granted"),
    ("consent that says nothing", {"email": EMAIL, "consent": {}}, "consent.granted"),
    ("object for a text", {"email": EMAIL, "last_name": {"a": 1}}, "last_name"),
    ("list for an object", {"email": EMAIL, "company": ["Acme"]}, "company"),
    ("null for a text", {"email": EMAIL, "last_name": None}, "last_name"),
    ("over-long text", {"email": EMAIL, "first_name": "x" * 101}, "first_name"),
    ("over-long address", {"email": "a" * 250 + "@acme.example"}, "email"),
    ("bad address", {"email": "dana@"}, "email"),
    ("bad phone", {"phone": "12"}, "phone"),
    ("bad domain", {"email": EMAIL, "company": {"domain": "not a domain"}}, "company.domain"),
    ("bad country", {"email": EMAIL, "company": {"name": "A", "country": "1!"}}, "company.country"),
    ("nameless company", {"email": EMAIL, "company": {"employees": 3}}, "company.name"),
    ("bad date", {"email": EMAIL, "captured_at": "yesterday"}, "captured_at"),
    ("impossible date", {"email": EMAIL, "captured_at": "2026-02-30T10:00:00Z"}, "captured_at"),
    ("date without zone", {"email": EMAIL, "captured_at": "2026-01-30T10:00:00"}, "captured_at"),
    ("number for a date", {"email": EMAIL, "captured_at": 1764000000}, "captured_at"),
    ("future", {"email": EMAIL, "captured_at": "2999-01-01T00:00:00Z"}, "captured_at"),
    ("end of time", {"email": EMAIL, "captured_at": "9999-12-31T23:59:59-23:59"}, "captured_at"),
    ("long ago", {"email": EMAIL, "captured_at": "1989-12-31T23:59:59Z"}, "captured_at"),
    ("year one", {"email": EMAIL, "captured_at": "0001-01-01T00:00:00+14:00"}, "captured_at"),
    ("unknown channel", {"email": EMAIL, "source": {"channel": "pigeon"}}, "source.channel"),
    ("unknown campaign", {"email": EMAIL, "source": {"campaign": "none-such"}}, "source.campaign"),
    ("odd slug", {"email": EMAIL, "source": {"document": "a/b"}}, "source.document"),
    ("unknown medium", {"email": EMAIL, "source": {"medium": "smoke"}}, "source.medium"),
    ("odd utm", {"email": EMAIL, "source": {"utm": {"source": ["a"]}}}, "source.utm.source"),
    ("unknown attribute", {"email": EMAIL, "attributes": {"shoe_size": 43}}, "attributes.shoe_size"),
    ("attribute of another type", {"email": EMAIL, "attributes": {"seniority": 4}}, "attributes.seniority"),
    ("attributes no object", {"email": EMAIL, "attributes": [1]}, "attributes"),
    ("NUL", {"email": EMAIL, "first_name": "a\x00b"}, "first_name"),
    ("NUL far inside", {"email": EMAIL, "source": {"utm": {"a": "\x00"}}}, "source.utm.a"),
    ("half a character", {"email": EMAIL, "first_name": "\ud800"}, "first_name"),
    ("external id named like our own", {"external_ids": [{"system": "email", "id": EMAIL}]}, "external_ids.0.system"),
    ("empty external id", {"external_ids": [{"system": "crm", "id": " "}]}, "external_ids.0.id"),
]


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize(("body", "field"), [case[1:] for case in BAD_CAPTURES], ids=[case[0] for case in BAD_CAPTURES])
def test_a_bad_capture_is_refused_by_name(caller, body, field):
    assert field in faults(caller.post("leads/", body))


def test_a_clock_a_little_fast_is_taken_as_now(caller):
    soon = database_now() + timedelta(minutes=4)

    answer = caller.post("leads/", {"email": EMAIL, "captured_at": soon.isoformat()})

    assert answer.status_code == 201
    assert Lead.objects.get().captured_at <= database_now()


def test_identities_of_two_people_are_refused_whole(caller):
    caller.post("leads/", {"email": EMAIL})
    caller.post("leads/", {"external_ids": [{"system": "crm", "id": "7"}]})

    answer = caller.post(
        "leads/", {"email": EMAIL, "external_ids": [{"system": "crm", "id": "7"}], "company": {"name": "New one"}}
    )

    assert (answer.status_code, answer.json()["type"].split("/")[-1]) == (409, "identity-clash")
    assert not Company.objects.exists()


def test_the_connection_survives_every_refusal(caller):
    make_campaign("always-on")

    caller.post("leads/", {"email": "taken\x00"})

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
