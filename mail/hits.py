"""What readers' programs do with a mail, stored exactly as it comes; who it was is judged later (mail.judge)."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.urls import reverse

from mail.agents import LONGEST
from mail.content import contents
from mail.letters import is_site_open
from mail.models import Hit
from mail.tags import TAG, compile_tags
from mail.tokens import Want, sign
from users.links import absolute


@dataclass(frozen=True, kw_only=True, slots=True)
class NewHit:
    """A request as it came; `link` for a click."""

    message_id: int
    link: int | None = None
    method: str
    agent: str
    origin: str
    is_prefetch: bool


# One statement, so that a message or link that is gone stores nothing and costs no second question.
_OPEN = """
INSERT INTO mail_hit (message_id, kind, at, method, agent, origin, is_prefetch, reason)
SELECT id, %(kind)s, %(now)s, %(method)s, %(agent)s, %(origin)s, %(is_prefetch)s, ''
FROM mail_message WHERE id = %(message)s
RETURNING message_id
"""
_CLICK = """
WITH followed AS (
    SELECT m.id, k.url, s.name FROM mail_message m
    JOIN mail_link k ON k.letter_id = m.letter_id AND k.number = %(link)s JOIN mail_sender s ON s.id = m.sender_id
    WHERE m.id = %(message)s
), stored AS (
    INSERT INTO mail_hit (message_id, kind, link_number, at, method, agent, origin, is_prefetch, reason)
    SELECT id, %(kind)s, %(link)s, %(now)s, %(method)s, %(agent)s, %(origin)s, %(is_prefetch)s, ''
    FROM followed WHERE %(is_counted)s
)
SELECT url, name FROM followed
"""


def note_open(hit: NewHit, *, now: datetime) -> None:
    """Store that the picture of a mail was loaded."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, _params(hit, Hit.Kind.OPEN, now))


def follow(hit: NewHit, *, now: datetime, is_counted: bool = True) -> str | None:
    """Store that a link was followed; where it leads, by the letter alone. None where there is no such link."""
    with connection.cursor() as cursor:
        cursor.execute(_CLICK, {**_params(hit, Hit.Kind.CLICK, now), "is_counted": is_counted})
        found = cursor.fetchone()
    return target(found[0], hit.message_id, sender_name=found[1]) if found else None


def _params(hit: NewHit, kind: Hit.Kind, now: datetime) -> dict[str, Any]:
    return {
        "message": hit.message_id,
        "kind": kind.value,
        "link": hit.link,
        "now": now,
        "method": hit.method[:7],
        "agent": hit.agent.replace("\x00", "")[:LONGEST],
        "origin": hit.origin,
        "is_prefetch": hit.is_prefetch,
    }


_AROUND_TAGS = re.compile(f"({TAG.pattern})", re.DOTALL)
# These would end an address for whoever reads the tags; nothing of an address needs them as they are.
_ENDS = {ord(letter): f"%{ord(letter):02X}" for letter in " \t\r\n\"'<>"}


def target(url: str, message_id: int, *, sender_name: str) -> str | None:
    """A stored link with the reader's own values, percent-encoded. None where a value could choose the site."""
    if "{{" not in url and "{%" not in url:
        return url
    if is_site_open(url):
        return None
    parts = _AROUND_TAGS.split(url)
    url = "".join(part if place % 2 else part.translate(_ENDS) for place, part in enumerate(parts))
    unsubscribe = absolute(reverse("mail:unsubscribe", args=[sign(Want.UNSUBSCRIBE, message_id)]))
    own = {"sender_name": sender_name, "unsubscribe_url": unsubscribe, "preferences_url": unsubscribe}
    return compile_tags(url).render({**contents([message_id])[message_id].values, **own}, str)
