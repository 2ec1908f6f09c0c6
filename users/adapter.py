"""Accounts are made by administrators; nobody signs up by themselves. Mails go out in their reader's language."""

from typing import Any
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse

from users.links import absolute
from users.mails import write_to


class HouseAccounts(DefaultAccountAdapter):
    """allauth as this house wants it."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse public sign-up."""
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The address in the mail, built from the site's own and never from what a request claims to be called."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return absolute(path.replace("UID-KEY", quote(key)))

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """Send the link to a new password."""
        write_to(user, "users/mail/password_reset", {"url": context["password_reset_url"]})
