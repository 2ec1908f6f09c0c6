"""The doors of pixel and links: they store a hit, lead nowhere but to the stored address, and never fall over."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from leads.people.edit import edit_leads
from mail import origin
from mail.hits import target
from mail.letters import LetterRefused
from mail.models import Hit, Message
from mail.tokens import Want, sign
from mail.views import tracking
from tests.factories import NOW, make_lead, make_letter
from tests.mail.test_agents import CHROME
from tests.mail.tracked import VIEWS, address, many_links, reader, sent
from tests.tables import counts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted():
    cache.clear()
    origin._not_before = 0.0


def test_the_pixel_is_a_tiny_picture_nobody_keeps():
    (message,) = sent()

    answer = reader().get(address(Want.OPEN, message))

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/gif")
    assert answer.content.startswith(b"GIF89a")
    assert len(answer.content) < 50
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    stored = Hit.objects.get()
    assert (stored.kind, stored.message_id, stored.agent, stored.verdict) == ("open", message.pk, CHROME, None)
    assert len(stored.origin) == 32
    assert "127.0.0.1" not in stored.origin


def test_a_link_leads_to_its_stored_address():
    (message,) = sent()

    answer = reader().get(address(Want.CLICK, message, 2))

    assert (answer.status_code, answer["Location"]) == (302, "https://site.example/2")
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    assert Hit.objects.values_list("kind", "link_number").get() == ("click", 2)


def test_a_link_is_filled_with_the_readers_values_percent_encoded():
    link = "https://site.example/x?n={{ first_name }}&c={% if company %}{{ company }}{% else %}'none'{% endif %}#part"
    lead = make_lead(consent=True, first_name="דנה & Co?#/", last_name="x")
    (message,) = sent([lead], make_letter(html=f'<p><a href="{link}">x</a></p>'))

    answer = reader().get(address(Want.CLICK, message, 1))

    name = "%D7%93%D7%A0%D7%94%20%26%20Co%3F%23%2F"
    assert answer["Location"] == f"https://site.example/x?n={name}&c=%27none%27#part"


@given(st.text(max_size=80))
def test_no_value_gets_out_of_its_place(name):
    lead = make_lead(consent=True)
    (message,) = sent([lead])
    edit_leads({lead.pk: {"first_name": name.replace("\x00", "")[:80]}}, by=None, now=NOW)

    url = target("https://site.example/a?q='{{ first_name }}'&next=1#end", message.pk, sender_name="")

    assert url is not None
    value = url.removeprefix("https://site.example/a?q=%27").removesuffix("%27&next=1#end")
    assert url.startswith("https://site.example/a?q=%27")
    assert url.endswith("%27&next=1#end")
    assert not set(value) & set(" &#?/'\"<>=\r\n")


@pytest.mark.parametrize("link", ["https://{{ first_name }}/x", "https://{{ company|evil.example }}.site.example/"])
def test_no_value_chooses_the_site(link):
    with pytest.raises(LetterRefused, match="must name its site"):
        make_letter(html=f'<p><a href="{link}">x</a></p>')

    (message,) = sent()
    assert target(link, message.pk, sender_name="") is None


@pytest.mark.parametrize(
    "extra",
    [
        "?url=https://evil.example/",
        "?next=//evil.example",
        "?r=javascript:alert(1)",
        "//evil.example/",
        "https://evil.example/",
        "%2F%2Fevil.example",
        "?" + "a" * 5000,
        "\\evil.example",
    ],
)
def test_nothing_in_the_request_leads_elsewhere(extra):
    (message,) = sent()

    answer = reader(Referer="https://evil.example/", **{"X-Forwarded-Host": "evil.example"}).get(
        address(Want.CLICK, message, 1) + extra
    )

    assert answer.status_code in (302, 404)
    assert answer.headers.get("Location", "https://site.example/1") == "https://site.example/1"


def test_a_token_opens_one_door_and_cannot_be_altered():
    (message,) = sent()
    token = sign(Want.CLICK, message.pk, 1)
    altered = token[:-1] + ("A" if token[-1] != "A" else "B")
    before = counts()

    for want, name in VIEWS.items():
        for wrong in (altered, sign(Want.OPEN if want != Want.OPEN else Want.CLICK, message.pk, 1), token[:-4], "x"):
            answer = reader().get(f"/m/{name[5]}/{wrong}{'.gif' if want == Want.OPEN else '/'}")
            assert answer.status_code == 404, (name, wrong)

    assert counts() == before


def test_a_link_that_is_not_there_is_told_in_plain_words():
    (message,) = sent(letter=many_links(2))
    before = counts()

    answer = reader().get(address(Want.CLICK, message, 9))

    assert answer.status_code == 404
    assert "This link leads nowhere" in answer.content.decode()
    assert not answer.cookies
    assert counts() == before


def test_a_message_that_is_gone_still_has_its_picture():
    assert reader().get(address(Want.OPEN, 987_654_321)).status_code == 200
    assert reader().get(address(Want.CLICK, 987_654_321, 1)).status_code == 404
    assert not Hit.objects.exists()


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Sec-Purpose", "prefetch;anonymous-client-ip"),
        ("Purpose", "prefetch"),
        ("X-Purpose", "preview"),
        ("X-Moz", "prefetch"),
    ],
)
def test_prefetching_is_recorded_as_such(header, value):
    (message,) = sent()

    reader(**{header: value}).get(address(Want.CLICK, message, 1))

    assert Hit.objects.get().is_prefetch


def test_head_is_recorded_as_such():
    (message,) = sent()

    assert reader().head(address(Want.CLICK, message, 1)).status_code == 302
    assert reader().head(address(Want.OPEN, message)).content == b""
    assert set(Hit.objects.values_list("method", flat=True)) == {"HEAD"}


def test_other_verbs_are_refused_and_store_nothing():
    (message,) = sent()
    before = counts()

    for verb in ("post", "put", "patch", "delete", "options"):
        for want in (Want.OPEN, Want.CLICK):
            assert getattr(reader(), verb)(address(want, message, 1)).status_code == 405

    assert counts() == before


def test_a_hit_changes_no_table_but_its_own():
    (message,) = sent()
    before = counts()

    reader().get(address(Want.CLICK, message, 1))
    reader().get(address(Want.OPEN, message))

    assert counts() == {**before, "mail_hit": before["mail_hit"] + 2}


@pytest.mark.parametrize(("want", "ceiling"), [(Want.OPEN, 2), (Want.CLICK, 2)])
def test_a_hit_costs_two_questions(want, ceiling):
    (message,) = sent()
    where = address(want, message, 1)

    with CaptureQueriesContext(connection) as asked:
        reader().get(where)

    assert len(asked) <= ceiling, [query["sql"] for query in asked]


@given(st.binary(max_size=60), st.text(max_size=400), st.text(max_size=40))
def test_odd_input_is_never_an_error(token, agent, purpose):
    message = Message.objects.first() or sent()[0]
    client = Client(raise_request_exception=True)
    extra = {"HTTP_USER_AGENT": agent, "HTTP_SEC_PURPOSE": purpose, "REMOTE_ADDR": agent[:20]}

    for path in (address(Want.CLICK, message, 1), address(Want.OPEN, message)):
        assert client.get(path, **extra).status_code in (200, 302)
    for kind in ("o/%s.gif", "c/%s/", "u/%s/"):
        path = "/m/" + kind % "".join(f"%{byte:02x}" for byte in token)
        assert client.get(path, **extra).status_code in (200, 302, 404)


def test_one_address_is_counted_only_so_often_and_still_answered(monkeypatch):
    monkeypatch.setattr(tracking, "FROM_ONE_ADDRESS_FOR_A_MAIL", 3)
    (message,) = sent()

    answers = [reader().get(address(Want.CLICK, message, 1)) for _ in range(5)]

    assert {answer["Location"] for answer in answers} == {"https://site.example/1"}
    assert Hit.objects.count() == 3


def test_a_cache_that_is_away_limits_nobody(settings, monkeypatch):
    monkeypatch.setattr(origin.cache, "add", lambda *_, **__: 1 / 0)
    (message,) = sent()

    assert reader().get(address(Want.OPEN, message)).status_code == 200
    assert Hit.objects.count() == 1
