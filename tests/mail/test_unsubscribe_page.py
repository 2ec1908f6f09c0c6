"""Unsubscribing: a GET changes nothing, one POST is enough, from anybody's mail program, for ever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.models import Activity, Consent, Contactability
from mail.models import Message, Purpose
from mail.tokens import Want
from tests.factories import make_lead
from tests.mail.tracked import address, reader, sent
from tests.tables import counts

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def where():
    """The address of the page of one mail that was sent to Dana."""
    (message,) = sent([make_lead(consent=True, email="dana.levi@acme.example")])
    return address(Want.UNSUBSCRIBE, message)


def consent() -> str:
    return Contactability.objects.get().consent


def test_the_page_says_who_and_asks(where):
    answer = reader().get(where)
    text = answer.content.decode()

    assert answer.status_code == 200
    assert "d***@acme.example" in text
    assert "dana.levi" not in text
    assert 'value="unsubscribe"' in text
    assert "<script" not in text.split("</head>")[1]
    assert not answer.cookies
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("verb", ["get", "head", "options", "put", "patch", "delete"])
def test_only_a_post_acts(where, verb):
    before = counts()

    assert getattr(reader(), verb)(where + "?act=unsubscribe&List-Unsubscribe=One-Click").status_code in (200, 405)

    assert counts() == before
    assert consent() == "granted"


def test_the_form_unsubscribes_and_offers_the_way_back(where):
    answer = reader().post(where, {"act": "unsubscribe"})

    assert answer.status_code == 200
    assert "write to me again" in answer.content.decode()
    withdrawal = Consent.objects.latest("pk")
    assert (withdrawal.granted, withdrawal.source, withdrawal.ip) == (False, "unsubscribe page", "127.0.0.1")
    assert consent() == "withdrawn"

    answer = reader().post(where, {"act": "again"})

    granted = Consent.objects.latest("pk")
    assert "We write to you again" in answer.content.decode()
    assert (granted.granted, granted.source) == (True, "unsubscribe page")
    assert granted.text.startswith("Write to me again")
    assert consent() == "granted"


@pytest.mark.parametrize(
    "body",
    [
        {"data": "List-Unsubscribe=One-Click", "content_type": "application/x-www-form-urlencoded"},
        {"data": ONE_CLICK},  # multipart/form-data
        {"data": "List-Unsubscribe=One-Click", "content_type": "text/plain"},
        {"data": "", "content_type": "application/octet-stream"},
        {"data": "List-Unsubscribe=One-Click", "content_type": "multipart/form-data"},  # no boundary
        {"data": b"--x\r\nbroken", "content_type": "multipart/form-data; boundary=x"},
        {"data": "a=1", "content_type": "application/x-www-form-urlencoded; charset=latin-1"},
        {"data": "&".join(f"a{n}=1" for n in range(5000)), "content_type": "application/x-www-form-urlencoded"},
    ],
)
def test_one_click_acts_without_redirect_whatever_the_body(where, body):
    answer = reader().post(where, **body)

    assert answer.status_code == 200
    assert not answer.cookies
    assert consent() == "withdrawn"
    assert Consent.objects.latest("pk").source == "one-click"


def test_no_cookie_and_no_csrf_token_are_asked_for(where):
    client = reader()
    client.handler.enforce_csrf_checks = True

    assert client.post(where, ONE_CLICK).status_code == 200
    assert consent() == "withdrawn"


def test_posting_it_again_is_fine(where):
    for _ in range(3):
        assert reader().post(where, ONE_CLICK).status_code == 200

    assert Consent.objects.filter(granted=False).count() == 1
    assert "You are unsubscribed" in reader().get(where).content.decode()


def test_it_is_no_sign_of_interest(where):
    before = Activity.objects.count()

    reader().post(where, ONE_CLICK)

    assert Activity.objects.count() == before


def test_again_without_a_withdrawal_grants_nothing():
    (message,) = sent([make_lead()])

    reader().post(address(Want.UNSUBSCRIBE, message), {"act": "again"})

    assert not Consent.objects.exists()


def test_it_speaks_hebrew_from_right_to_left(where):
    answer = reader(**{"Accept-Language": "he"}).get(where)

    assert '<html lang="he"' in answer.content.decode()
    assert 'dir="rtl"' in answer.content.decode()


def test_a_message_that_is_gone_gets_a_friendly_page():
    where = address(Want.UNSUBSCRIBE, 987_654_321)

    for answer in (reader().get(where), reader().post(where, ONE_CLICK)):
        assert answer.status_code == 200
        assert "This mail is gone" in answer.content.decode()


def test_a_test_mail_unsubscribes_nobody(where):
    Message.objects.update(lead=None, purpose=Purpose.TEST)

    assert reader().post(where, ONE_CLICK).status_code == 200
    assert consent() == "granted"


@given(st.binary(max_size=200), st.sampled_from(["multipart/form-data; boundary=b", "application/json", "text/html"]))
def test_any_body_unsubscribes(body, kind):
    (message,) = sent([make_lead(consent=True)])

    answer = reader().post(address(Want.UNSUBSCRIBE, message), data=body, content_type=kind)

    assert answer.status_code == 200
    assert Contactability.objects.get(lead=message.lead_id).consent == "withdrawn"
