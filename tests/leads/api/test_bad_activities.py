"""Bad facts and bad questions are refused by name."""

import json

import pytest

from leads.models import Activity, ScoreModel
from tests.callers import Caller, faults
from tests.factories import make_lead

pytestmark = pytest.mark.django_db

EMAIL = "dana@acme.example"
HUGE = 10**30


@pytest.fixture
def caller():
    return Caller()


def bad_activities():
    good = {"lead": {"email": EMAIL}, "kind": "page_view"}
    return [
        ("no lead", {"kind": "page_view"}, "lead"),
        ("unknown lead", {**good, "lead": {"email": "nobody@acme.example"}}, "lead"),
        ("unknown number", {**good, "lead": {"id": 987654321}}, "lead"),
        ("number beyond all", {**good, "lead": {"id": HUGE}}, "lead.id"),
        ("lead named twice", {**good, "lead": {"id": 1, "email": EMAIL}}, "lead"),
        ("lead not named", {**good, "lead": {}}, "lead"),
        ("no kind", {"lead": {"email": EMAIL}}, "kind"),
        ("unknown kind", {**good, "kind": "telepathy"}, "kind"),
        ("kind of another type", {**good, "kind": {"a": 1}}, "kind"),
        ("unknown field", {**good, "duration": 3}, "duration"),
        ("too long on the page", {**good, "dwell_seconds": 86_401}, "dwell_seconds"),
        ("time running backwards", {**good, "dwell_seconds": -1}, "dwell_seconds"),
        ("mail number beyond all", {**good, "mail_number": 40_000}, "mail_number"),
        ("unknown medium", {**good, "medium": "smoke"}, "medium"),
        ("unknown campaign", {**good, "campaign": "none-such"}, "campaign"),
        ("unknown channel", {**good, "channel": "pigeon"}, "channel"),
        ("odd document", {**good, "document": "a b"}, "document"),
        ("future", {**good, "occurred_at": "2999-01-01T00:00:00Z"}, "occurred_at"),
        ("no zone", {**good, "occurred_at": "2026-01-01T00:00:00"}, "occurred_at"),
        ("data no object", {**good, "data": [1]}, "data"),
        ("too much data", {**good, "data": {"a": "x" * 20_000}}, "data"),
        ("NUL in data", {**good, "data": {"a": "\x00"}}, "data.a"),
        ("NUL in a name in data", {**good, "data": {"a\x00": "a"}}, "data"),
        ("note without words", {**good, "kind": "note"}, "data.text"),
        ("call with a number for words", {**good, "kind": "call", "data": {"text": 5}}, "data.text"),
        ("over-long url", {**good, "url": "https://a.example/" + "a" * 2000}, "url"),
    ]


@pytest.mark.parametrize(
    ("body", "field"), [case[1:] for case in bad_activities()], ids=[case[0] for case in bad_activities()]
)
def test_a_bad_activity_is_refused_by_name_and_its_neighbours_with_it(caller, body, field):
    caller.post("leads/", {"email": EMAIL})
    good = {"lead": {"email": EMAIL}, "kind": "page_view"}

    assert field in faults(caller.post("activities/", body))
    assert f"1.{field}" in faults(caller.post("activities/", [good, body, good]))
    assert not Activity.objects.exists()


@pytest.mark.parametrize("body", [[], [{}] * 1001, "text", 5, [5], [[]]], ids=str)
def test_odd_lists_of_activities_are_refused(caller, body):
    answer = caller.client.post("/api/v1/activities/", json.dumps(body), content_type="application/json")

    faults(answer)


@pytest.mark.parametrize("url", ["http://[bad", "//", "https://a.example:port/x", "\\", "?#", "http://" + "é" * 100])
def test_an_odd_url_is_no_reason_to_fail(caller, url):
    caller.post("leads/", {"email": EMAIL})

    answer = caller.post("activities/", {"lead": {"email": EMAIL}, "kind": "page_view", "url": url})

    assert answer.status_code in (201, 400)


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("leads/?page=0", "page"),
        ("leads/?page=two", "page"),
        ("leads/?page=2", "page"),
        (f"leads/?page={HUGE}", "page"),
        ("leads/?page=²", "page"),
        ("leads/?page_size=1000", "page_size"),
        ("leads/?ordering=password", "ordering"),
        ("leads/?ordering=", "ordering"),
        ("leads/?stage=mvp", "stage"),
        ("leads/?stage=%00", "stage"),
        ("leads/?outcome=open-ended", "outcome"),
        ("leads/?owner=nobody@acme.example", "owner"),
        ("leads/?company=x", "company"),
        (f"leads/?company={HUGE}", "company"),
        ("leads/?colour=red", "colour"),
        ("companies/?ordering=domain", "ordering"),
        ("companies/?name=%00", "name"),
        ("handovers/?state=ajar", "state"),
        ("handovers/?team=none-such", "team"),
        ("handovers/?lead=x", "lead"),
        (f"handovers/?lead={HUGE}", "lead"),
    ],
)
def test_a_bad_question_is_refused_by_name(caller, address, field):
    assert field in faults(caller.get(address))


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("explanation/?at=tomorrow", "at"),
        ("explanation/?at=2026-13-01", "at"),
        ("explanation/?at=9999-12-31", "at"),
        ("explanation/?at=0001-01-01", "at"),
        ("explanation/?model=none", "model"),
        ("explanation/?model=%00", "model"),
        ("timeline/?cursor=x", "cursor"),
        ("timeline/?cursor=%00", "cursor"),
    ],
)
def test_a_bad_question_about_a_lead_is_refused_by_name(caller, address, field):
    lead = make_lead()
    ScoreModel.objects.create(slug="mql", name="MQL", purpose="marketing")
    address = address.replace("?at=", "?model=mql&at=")

    assert faults(caller.get(f"leads/{lead.pk}/{address}")) == [field]


@pytest.mark.parametrize("number", [0, 987654321, 2**63, HUGE, "9" * 5000])
@pytest.mark.parametrize("address", ["leads/{}/", "leads/{}/timeline/", "companies/{}/", "handovers/{}/"])
def test_a_number_nobody_has_is_not_found(caller, address, number):
    answer = caller.get(address.format(number))

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_an_address_that_does_not_exist_is_a_problem_too(caller):
    answer = caller.get("nothing/here/")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
