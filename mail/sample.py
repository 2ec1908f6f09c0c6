"""A letter as somebody would get it, before it is sent: for previews and for tests to oneself. Nothing is tracked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from django.urls import reverse

from leads.models import Lead
from mail import html
from mail.footer import with_way_out
from mail.letters import LetterRefused, LetterSpec, check
from mail.mime import Addressed, Skeleton
from mail.models import Sender
from mail.values import values_of
from users.links import absolute

SAMPLE = values_of(
    first_name="Dana",
    last_name="Levi",
    job_title="CFO",
    company="Acme",
    campaign="",
    email="dana.levi@acme.example",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader sees."""

    sender: str
    subject: str
    html: str
    text: str


def reader_values(lead: Lead, campaign: str = "") -> dict[str, str]:
    """What is put into a letter to this lead."""
    return values_of(
        first_name=lead.first_name,
        last_name=lead.last_name,
        job_title=lead.job_title,
        company=lead.company.name if lead.company else "",
        campaign=campaign,
        email=lead.email or "",
    )


def write_sample(
    spec: LetterSpec, *, sender: Sender, to: str, values: Mapping[str, str], message_id: str, now: datetime
) -> bytes:
    """The whole message. Its links are as written, the way out leads to nobody's. Raises LetterRefused."""
    if problems := check(spec):
        raise LetterRefused(problems)
    body, text = with_way_out(html.clean(spec.html), spec.text)
    nobody = absolute(reverse("mail:unsubscribe", args=["test"]))
    skeleton = Skeleton(
        subject=spec.subject,
        preheader=spec.preheader,
        html=body,
        text=text,
        from_name=sender.name,
        from_address=sender.address,
        reply_to=sender.reply_to,
        is_tracked=False,
    )
    ours = {"sender_name": sender.name, "unsubscribe_url": nobody, "preferences_url": nobody}
    return skeleton.bytes_for(
        Addressed(
            to=to,
            message_id=message_id,
            values={**values, **ours},
            date=now,
            link_urls=[],
            pixel_url="",
            unsubscribe_url=nobody,
        )
    )


def see(spec: LetterSpec, *, sender: Sender, values: Mapping[str, str], now: datetime) -> Seen:
    """The letter as a reader with these values sees it. Raises LetterRefused."""
    raw = write_sample(spec, sender=sender, to=values.get("email", ""), values=values, message_id="preview", now=now)
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    parts = {part.get_content_type(): str(part.get_content()) for part in message.iter_parts()}
    return Seen(str(message["From"]), str(message["Subject"]), parts["text/html"], parts["text/plain"])
