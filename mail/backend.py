"""Django's way of sending mail, turned into messages: sign-in, invitation, reset and notices leave as all mail does."""

from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from leads.nudge import nudge
from mail.plan import Written, plan_written
from users.clock import database_now


class StoredMail(BaseEmailBackend):
    """Writes a service message per recipient in the caller's transaction; the delivery loop sends it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Plan the messages; returns how many were given. Header injection is refused by Django (BadHeaderError)."""
        written = [row for message in email_messages for row in _written(message)]
        plan_written(written, now=database_now())
        nudge("mail")
        return len(email_messages)


def _written(message: EmailMessage) -> list[Written]:
    """One message a recipient: a refusal of one never touches the others."""
    rows = []
    for recipient in message.recipients():
        address = parseaddr(recipient)[1]
        mime: Any = message.message()
        del mime["Message-ID"]
        for name in ("To", "Cc", "Bcc"):
            del mime[name]
        mime["To"] = address
        mime["Auto-Submitted"] = "auto-generated"
        rows.append(Written(to_address=address, subject=str(message.subject), mime=mime))
    return rows
