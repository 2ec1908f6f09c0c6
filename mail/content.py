"""What leaves: the bytes of claimed messages, letters from their prepared form, service mail as it was written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import connection
from django.urls import reverse

from mail.footer import with_way_out
from mail.line import Outgoing
from mail.mime import Addressed, Skeleton
from mail.models import Letter, Sender
from mail.tokens import Want, sign
from mail.values import values_of
from users.links import absolute


@dataclass(frozen=True, slots=True)
class Content:
    """A message's content, not yet written out; `raw` is service mail."""

    pk: int
    letter_id: int | None
    to_address: str
    message_id: str
    raw: bytes | None
    values: Mapping[str, str]


_CONTENT = """
SELECT m.id, m.letter_id, m.to_address, m.message_id, m.raw, l.first_name, l.last_name, l.job_title,
       coalesce(c.name, ''), coalesce(k.name, '')
FROM mail_message m LEFT JOIN leads_lead l ON l.id = m.lead_id LEFT JOIN leads_company c ON c.id = l.company_id
LEFT JOIN mail_letter t ON t.id = m.letter_id LEFT JOIN leads_campaign k ON k.id = t.campaign_id
WHERE m.id = ANY(%s)
"""


def contents(pks: Sequence[int]) -> dict[int, Content]:
    """What these messages say, by key; people's names as they are now."""
    with connection.cursor() as cursor:
        cursor.execute(_CONTENT, [list(pks)])
        return {row[0]: _content(*row) for row in cursor.fetchall()}


def _content(
    pk: int,
    letter_id: int | None,
    to: str,
    message_id: str,
    raw: memoryview | None,
    first: str | None,
    last: str | None,
    title: str | None,
    company: str,
    campaign: str,
) -> Content:
    values = values_of(
        first_name=first or "",
        last_name=last or "",
        job_title=title or "",
        company=company,
        campaign=campaign,
        email=to,
    )
    return Content(pk, letter_id, to, message_id, None if raw is None else bytes(raw), values)


class Writer:
    """Writes out the messages of one sender."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender
        self._base = absolute("/").rstrip("/")

    def write(self, one: Content, *, date: datetime, eight_bit: bool) -> Outgoing:
        """Envelope and content of a message. Raises whatever makes it unbuildable."""
        if one.letter_id is None:
            return Outgoing(self.sender.address, one.to_address, one.raw or b"")
        letter = prepared(one.letter_id, self.sender)
        unsubscribe = self._address("mail:unsubscribe", Want.UNSUBSCRIBE, one.pk)
        addressed = Addressed(
            to=one.to_address,
            message_id=one.message_id,
            values={
                **one.values,
                "sender_name": self.sender.name,
                "unsubscribe_url": unsubscribe,
                "preferences_url": unsubscribe,
            },
            date=date,
            link_urls=[
                self._address("mail:click", Want.CLICK, one.pk, number) if letter.is_tracked else url
                for number, url in letter.links
            ],
            pixel_url=self._address("mail:open", Want.OPEN, one.pk),
            unsubscribe_url=unsubscribe,
        )
        return Outgoing(self.sender.address, one.to_address, letter.skeleton.bytes_for(addressed, eight_bit=eight_bit))

    def _address(self, view: str, want: Want, pk: int, number: int = 0) -> str:
        before, after = _pattern(view)
        return f"{self._base}{before}{sign(want, pk, number)}{after}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A letter ready to be addressed."""

    skeleton: Skeleton
    links: Sequence[tuple[int, str]]
    is_tracked: bool


def prepared(letter_id: int, sender: Sender) -> Prepared:
    """A letter in its prepared form; letters do not change, so each process makes it once."""
    return _prepared(letter_id, sender.name, sender.address, sender.reply_to)


@lru_cache(maxsize=200)
def _prepared(letter_id: int, from_name: str, from_address: str, reply_to: str) -> Prepared:
    letter = Letter.objects.get(pk=letter_id)
    html, text = with_way_out(letter.html, letter.text)
    skeleton = Skeleton(
        subject=letter.subject,
        preheader=letter.preheader,
        html=html,
        text=text,
        from_name=from_name,
        from_address=from_address,
        reply_to=reply_to,
        is_tracked=letter.is_tracked,
    )
    return Prepared(skeleton, list(letter.links.values_list("number", "url")), letter.is_tracked)


@lru_cache(maxsize=10)
def _pattern(view: str) -> tuple[str, str]:
    before, after = reverse(view, args=["TOKEN"]).split("TOKEN")
    return before, after
