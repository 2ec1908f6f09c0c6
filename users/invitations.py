"""Invitations: a link by which somebody whose account stands chooses the first password."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from users.links import absolute
from users.mails import write_to
from users.models import User


class InvitationTokens(PasswordResetTokenGenerator):
    """Tokens that die by the first password, a changed address, and after settings.PASSWORD_RESET_TIMEOUT.

    They are no password resets, nor the other way round.
    """

    key_salt = "users.invitations"


tokens = InvitationTokens()


class InvitationOver(Exception):
    """The link is too old, was used, or is none of ours."""


@transaction.atomic
def invite(user_ids: Collection[int], *, by: int | None, now: datetime) -> list[User]:
    """Send an invitation to those of them who may work here and have no password yet; returns these.

    Who was invited before gets a new link; the older one lives as long as it would have.
    """
    rows = User.objects.select_for_update().filter(pk__in=user_ids, is_active=True).order_by("pk")
    users = [user for user in rows if not user.has_usable_password()]
    inviter = None if by is None else User.objects.filter(pk=by).first()
    for user in users:
        write_to(user, "users/mail/invitation", {"inviter": inviter, "url": absolute(path_for(user))})
    User.objects.filter(pk__in=[user.pk for user in users]).update(invited_at=now)
    return users


def path_for(user: User) -> str:
    """The path of a fresh invitation."""
    return reverse("users:invitation", args=[urlsafe_base64_encode(force_bytes(user.pk)), tokens.make_token(user)])


def invited(uid: str, token: str) -> User:
    """Whom the link invites. Raises InvitationOver."""
    try:
        pk = int(urlsafe_base64_decode(uid))
    except (ValueError, OverflowError):
        raise InvitationOver from None
    user = User.objects.filter(pk=pk, is_active=True).first() if pk < 2**63 else None
    if user is None or user.has_usable_password() or not tokens.check_token(user, token):
        raise InvitationOver
    return user


@transaction.atomic
def accept_invitation(uid: str, token: str, *, name: str, password: str) -> User:
    """Set the first password and the name. Raises InvitationOver: of two who use one link, one comes in."""
    User.objects.select_for_update().filter(pk=invited(uid, token).pk).first()
    user = invited(uid, token)
    user.name = name
    user.set_password(password)
    user.save(update_fields=["name", "password"])
    return user
