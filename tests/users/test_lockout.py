import pytest
from django.conf import settings
from django.test import Client

from tests.factories import make_user
from users.models import Role

pytestmark = pytest.mark.django_db
PASSWORD = "right and long 7"


def sign_in(email: str, password: str) -> int:
    return Client().post("/accounts/login/", {"login": email, "password": password}).status_code


def somebody(role: Role) -> str:
    user = make_user(role)
    user.set_password(PASSWORD)
    user.save()
    return user.email


def test_wrong_passwords_pause_the_address_they_were_tried_on() -> None:
    email = somebody(Role.MARKETER)

    tries = [sign_in(email.upper(), "wrong") for _ in range(settings.AXES_FAILURE_LIMIT)]

    assert 429 in tries
    assert sign_in(email, PASSWORD) == 429


def test_others_at_the_same_network_address_still_sign_in() -> None:
    other = somebody(Role.SDR)

    for _ in range(settings.AXES_FAILURE_LIMIT + 1):
        sign_in("nobody@acme.example", "wrong")

    assert sign_in(other, PASSWORD) == 302
