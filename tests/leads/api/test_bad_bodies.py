"""Bodies that are no sound object, whatever they say."""

import pytest

from leads.models import Activity, Company, Event, Lead, Touched
from tests.callers import Caller

pytestmark = pytest.mark.django_db


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


RAW = [
    ("no JSON", "email=dana", 400),
    ("half JSON", '{"email": "dana', 400),
    ("no body", "", 400),
    ("not a number", '{"email": "d@a.example", "attributes": {"customers_per_month": NaN}}', 400),
    ("infinite", '{"email": "d@a.example", "attributes": {"customers_per_month": -Infinity}}', 400),
    ("beyond doubles", '{"email": "d@a.example", "attributes": {"customers_per_month": 1e999}}', 400),
    ("digits without end", '{"email": "d@a.example", "attributes": {"customers_per_month": ' + "9" * 5000 + "}}", 400),
    ("list", "[]", 400),
    ("text", '"dana"', 400),
    ("null", "null", 400),
    ("deep objects", '{"a":' * 5000 + "1" + "}" * 5000, 400),
    ("deep lists", "[" * 100_000 + "]" * 100_000, 400),
    ("a little too deep", '{"attributes": ' + "[" * 20 + "]" * 20 + "}", 400),
    ("bytes that are no UTF-8", b'{"email": "\xff\xfe"}', 400),
    ("ten megabytes", '{"email": "' + "a" * (10 * 2**20) + '"}', 413),
]


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("key", [None, "k1"])
@pytest.mark.parametrize(("body", "status"), [case[1:] for case in RAW], ids=[case[0] for case in RAW])
def test_a_body_that_is_no_sound_object_is_refused(caller, body, status, key):
    headers = {"Idempotency-Key": key} if key else {}

    answer = caller.client.post("/api/v1/leads/", body, content_type="application/json", headers=headers)

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("key", [None, "k1"])
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_another_content_type_is_refused(caller, kind, key):
    headers = {"Idempotency-Key": key} if key else {}

    answer = caller.client.post("/api/v1/leads/", b"--b--", content_type=kind, headers=headers)

    assert (answer.status_code, answer["Content-Type"]) == (415, "application/problem+json")
