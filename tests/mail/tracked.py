"""Mails that left, and readers' programs that load and follow what stands in them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.test import Client
from django.urls import reverse

from leads.models import Lead
from mail.deliver import deliver
from mail.hits import NewHit, follow, note_open
from mail.line import RecordedLine
from mail.models import Letter, Message, State, Why
from mail.tokens import Want, sign
from tests.factories import NOW, make_lead, make_letter, plan_mail
from tests.mail.test_agents import CHROME

VIEWS = {Want.OPEN: "mail:open", Want.CLICK: "mail:click", Want.UNSUBSCRIBE: "mail:unsubscribe"}


def sent(leads: Sequence[Lead] | None = None, letter: Letter | None = None, *, now: datetime = NOW) -> list[Message]:
    """A mail that was handed over at `now`, to each lead."""
    messages = plan_mail([make_lead(consent=True)] if leads is None else leads, letter or many_links(), now=now)
    deliver(RecordedLine(), now=now)
    return list(Message.objects.select_related("lead").filter(pk__in=[message.pk for message in messages]))


def many_links(number: int = 6, **fields: object) -> Letter:
    """The third letter of a series, with so many links."""
    html = "".join(f'<p><a href="https://site.example/{n}">{n}</a></p>' for n in range(1, number + 1))
    return make_letter(html=html, **{"series": "study", "number": 3, **fields})


def address(want: Want, message: Message | int, number: int = 0) -> str:
    """An address as it stands in a mail."""
    return reverse(VIEWS[want], args=[sign(want, message if isinstance(message, int) else message.pk, number)])


def ago(seconds: float) -> timedelta:
    """So many seconds."""
    return timedelta(seconds=seconds)


def hit(message: Message, after: float, link: int | None = 1, **fields: object) -> None:
    """A hit, `after` seconds from the handing; without a link an open."""
    known = {"method": "GET", "agent": CHROME, "origin": "", "is_prefetch": False, **fields}
    new = NewHit(message_id=message.pk, link=link, **known)
    assert message.handed_at is not None
    (note_open if link is None else follow)(new, now=message.handed_at + ago(after))


def reader(**headers: str) -> Client:
    """A browser nobody is signed in with."""
    return Client(headers={"User-Agent": CHROME, **headers})


def uncertain(leads: Sequence[Lead], letter: Letter | None = None) -> list[Message]:
    """Mails whose line was lost while the mail server answered."""
    pks = [message.pk for message in plan_mail(leads, letter)]
    Message.objects.filter(pk__in=pks).update(
        state=State.UNCERTAIN, reason=Why.LINE_LOST, reply="Connection lost", attempts=1, handed_at=NOW, finished_at=NOW
    )
    return list(Message.objects.filter(pk__in=pks).order_by("pk"))
