import pytest
from django.core import signing
from django.test import Client

from tests.factories import make_user
from users.models import Organisation, Role, User
from users.setup import SALT, one_time_link

pytestmark = pytest.mark.django_db
FILLED = {
    "organisation": "Acme",
    "time_zone": "Asia/Jerusalem",
    "currency": "ILS",
    "name": "Dana Levi",
    "email": "Dana@Acme.example",
    "password": "long enough for anybody 7",
}


def link() -> str:
    return one_time_link("http://host")[len("http://host") :]


def test_the_link_makes_the_first_administrator_and_signs_them_in() -> None:
    client = Client()

    answer = client.post(link(), FILLED)

    user = User.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert (user.email, user.role, client.session["_auth_user_id"]) == ("dana@acme.example", Role.ADMIN, str(user.pk))
    assert Organisation.load().currency == "ILS"


def test_the_link_works_once() -> None:
    address = link()
    Client().post(address, FILLED)

    again = Client().post(address, {**FILLED, "email": "other@acme.example"})

    assert (again.status_code, User.objects.count(), one_time_link("http://host")) == (404, 1, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "nobody"), ("currency", "shekel"), ("time_zone", "Mars/Base"), ("password", "12345"), ("name", "")],
)
def test_bad_input_is_named_and_makes_nobody(field: str, value: str) -> None:
    answer = Client().post(link(), {**FILLED, field: value})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not User.objects.exists()


def test_a_foreign_link_opens_nothing() -> None:
    foreign = ("x", signing.dumps("first", salt="other"), signing.dumps("first", salt=SALT) + "0")

    assert [Client().get(f"/setup/{token}/").status_code for token in foreign] == [404, 404, 404]


def test_there_is_no_link_where_somebody_can_sign_in() -> None:
    make_user(Role.MARKETER)

    assert one_time_link("http://host") is None
