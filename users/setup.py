"""The first administrator of an empty installation: by a link that works while nobody can sign in yet."""

from django.core import signing
from django.db import connection, transaction
from django.urls import reverse

from users.accounts import NewAccount, change_organisation, open_accounts
from users.models import Role, User

SALT = "users.setup"
LINK_SECONDS = 24 * 60 * 60
LOCK = 7302  # an advisory lock: of two people with the link, one becomes the first


class SetupOver(Exception):
    """Somebody can sign in already, or the link is older than a day or not ours."""


def one_time_link(base_url: str) -> str | None:
    """The address that makes the first administrator; None once there is a user."""
    if User.objects.exists():
        return None
    return base_url.rstrip("/") + reverse("users:setup", args=[signing.dumps("first", salt=SALT)])


def check_link(token: str) -> None:
    """Raise SetupOver unless the link is ours, fresh and still of use."""
    try:
        signing.loads(token, salt=SALT, max_age=LINK_SECONDS)
    except signing.BadSignature:
        raise SetupOver from None
    if User.objects.exists():
        raise SetupOver


@transaction.atomic
def open_installation(
    token: str, *, organisation: str, time_zone: str, currency: str, name: str, email: str, password: str
) -> User:
    """Name the organisation and make its first administrator. Raises SetupOver, ValidationError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    check_link(token)
    change_organisation(name=organisation, time_zone=time_zone, currency=currency)
    (user,) = open_accounts([NewAccount(email=email, name=name, role=Role.ADMIN)], password=password)
    return user
