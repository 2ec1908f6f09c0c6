"""Mails to those who work here, each in their language."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from users.models import Organisation, User


@contextmanager
def in_language_of(user: User) -> Iterator[None]:
    """Speak the language the user chose; who chose none is spoken to in that of whoever causes the mail."""
    known = user.language in dict(settings.LANGUAGES)
    with translation.override(user.language if known else translation.get_language()):
        yield


def frame(user: User) -> dict[str, Any]:
    """What every mail's template may say."""
    return {"user": user, "organisation": Organisation.load().name, "site": settings.SITE_URL}


def write_to(user: User, template: str, context: Mapping[str, Any]) -> None:
    """Send a mail made of `template`_subject.txt, _message.txt and _message.html, by Django's mail backend."""
    with in_language_of(user):
        words = {**frame(user), **context}
        subject = " ".join(render_to_string(f"{template}_subject.txt", words).split())
        mail = EmailMultiAlternatives(
            subject, render_to_string(f"{template}_message.txt", words).strip() + "\n", to=[user.email]
        )
        mail.attach_alternative(render_to_string(f"{template}_message.html", words), "text/html")
    mail.send()
