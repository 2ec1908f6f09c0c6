"""One's own profile, the language of pages, and a forgotten password."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from tests.browsing import browser
from tests.factories import make_user
from users.links import absolute
from users.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_limits_left_over():
    cache.clear()


def test_people_change_their_profile_and_nothing_else():
    user = make_user(Role.SDR)

    browser(user).post("/profile/", {"name": "Dana", "time_zone": "Asia/Jerusalem", "language": "he", "role": "admin"})

    user.refresh_from_db()
    assert (user.name, user.time_zone, user.language, user.role) == ("Dana", "Asia/Jerusalem", "he", Role.SDR)


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {"time_zone": "Mars/Base"}, {"name": "x" * 151}])
def test_what_does_not_exist_is_refused(wrong):
    user = make_user()

    answer = browser(user).post("/profile/", {"name": "", "time_zone": "", "language": "", **wrong})

    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == wrong.keys()


@pytest.mark.parametrize(("chosen", "spoken"), [("he", "he"), ("", "en"), ("xx", "en")])
def test_pages_speak_the_chosen_language_before_the_browsers(chosen, spoken):
    answer = browser(make_user(language=chosen), Accept_Language="en").get("/profile/")

    assert f'<html lang="{spoken}"' in answer.content.decode()
    assert answer["Content-Language"] == spoken


def test_who_chose_none_is_spoken_to_in_the_browsers():
    assert browser(make_user(), Accept_Language="he").get("/profile/")["Content-Language"] == "he"


def test_the_language_buttons_are_remembered_with_the_person():
    user = make_user(language="he")

    browser(user).post("/i18n/language/", {"language": "en", "next": "/profile/"})
    Client().post("/i18n/language/", {"language": "he", "next": "/"})
    browser(user).post("/i18n/language/", {"language": "xx", "next": "/"})

    user.refresh_from_db()
    assert user.language == "en"


def test_links_begin_with_the_address_of_the_site(settings):
    settings.SITE_URL = "https://crm.example"

    assert absolute("/profile/") == "https://crm.example/profile/"


def test_a_forgotten_password_is_answered_alike_for_known_and_unknown():
    user = make_user(email="dana@acme.example", name="Dana", password="old and known")
    make_user(email="gone@acme.example", is_active=False)

    answers = [
        Client().post("/accounts/password/reset/", {"email": email}, follow=True)
        for email in ("dana@acme.example", "gone@acme.example", "nobody@acme.example")
    ]

    assert len({(answer.redirect_chain[0], tokenless(answer)) for answer in answers}) == 1
    (message,) = mail.outbox
    assert message.to == [user.email]
    assert "Hello Dana," in message.body
    assert "The link works once" in message.alternatives[0][0]


def tokenless(answer) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|"x-csrftoken": "\w+"', "", answer.content.decode())


def test_the_link_never_trusts_the_name_a_request_calls_us_by(settings):
    settings.ALLOWED_HOSTS = ["*"]
    make_user(email="dana@acme.example")

    Client(headers={"Host": "evil.example"}).post("/accounts/password/reset/", {"email": "dana@acme.example"})

    assert "evil.example" not in mail.outbox[0].body
    assert "http://localhost:8000/accounts/password/reset/key/" in mail.outbox[0].body


def test_a_new_password_ends_other_sessions():
    user = make_user(email="dana@acme.example", password="old and known")
    elsewhere = browser(user)
    Client().post("/accounts/password/reset/", {"email": user.email})
    link = re.search(r"http://localhost:8000(\S+)", mail.outbox[0].body)[1]
    client = Client()

    form = client.get(link, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "three calm words", "password2": "three calm words"})

    user.refresh_from_db()
    assert user.check_password("three calm words")
    assert elsewhere.get("/profile/").status_code == 302
    assert Client().get(link, follow=True).context["token_fail"]


def test_links_are_not_asked_for_without_end():
    make_user(email="dana@acme.example")

    answers = [Client().post("/accounts/password/reset/", {"email": "dana@acme.example"}) for _ in range(7)]

    assert [answer.status_code for answer in answers] == [302] * 5 + [429] * 2
    assert len(mail.outbox) == 5
