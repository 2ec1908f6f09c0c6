"""Hits become activities: each with a verdict on who it was, revised when a burst shows up around it later."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from leads.activity.record import NewActivity, record
from leads.activity.verdict import reclassify
from leads.models import Activity, Evidence, Kind
from mail.models import Hit
from mail.tell import SOURCE
from mail.verdicts import BURST_SECONDS, Click, Seen, Sign, is_burst, judge
from users.transactions import one_transaction

LIMIT = 1000
# A burst is visible once everything that may belong to it has come; two seconds are for slow doors.
SETTLE = timedelta(seconds=BURST_SECONDS + 2)

_UNJUDGED = """
SELECT h.id, h.message_id, h.kind, h.link_number, h.at, h.method, h.agent, h.is_prefetch,
       -- The moment it was accepted; a message settled later has ended at some other time.
       CASE WHEN m.state = 'sent' AND m.finished_at < m.handed_at + interval '1 minute' THEN m.finished_at
            ELSE m.handed_at END,
       m.handed_at, CASE WHEN m.purpose = 'nurture' THEN m.lead_id END, t.series, t.number, t.campaign_id, k.url
FROM (SELECT * FROM mail_hit WHERE verdict IS NULL AND at <= %(now)s AND (kind = 'open' OR at <= %(settled)s)
      ORDER BY at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) h
JOIN mail_message m ON m.id = h.message_id
LEFT JOIN mail_letter t ON t.id = m.letter_id
LEFT JOIN mail_link k ON k.letter_id = m.letter_id AND k.number = h.link_number
ORDER BY h.at, h.id
"""
_CLICKS = """
SELECT id, message_id, link_number, at, verdict FROM mail_hit
WHERE kind = 'click' AND message_id = ANY(%s) AND at BETWEEN %s AND %s ORDER BY at, id
"""
_STORE = """
UPDATE mail_hit h SET verdict = v.verdict, reason = v.reason
FROM unnest(%s::bigint[], %s::smallint[], %s::text[]) AS v (id, verdict, reason) WHERE h.id = v.id
"""


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A hit with the mail it belongs to; `lead_id` only where it is to stand among a lead's activities."""

    pk: int
    message_id: int
    kind: str
    link: int | None
    at: datetime
    method: str
    agent: str
    is_prefetch: bool
    left_at: datetime | None
    handed_at: datetime | None
    lead_id: int | None
    series: str | None
    number: int | None
    campaign_id: int | None
    url: str | None

    @property
    def is_click(self) -> bool:
        """Whether a link was followed."""
        return self.kind == Hit.Kind.CLICK


@one_transaction()
def judge_hits(*, now: datetime, limit: int = LIMIT) -> int:
    """Judge hits that are ripe, at most `limit`; returns how many. Any number of workers may do it at once."""
    hits = [Unjudged(*row) for row in _rows(_UNJUDGED, {"now": now, "settled": now - SETTLE, "limit": limit})]
    if not hits:
        return 0
    clicks = _clicks_around([hit for hit in hits if hit.is_click])
    verdicts = [(hit, *judge(_seen(hit, clicks))) for hit in hits]
    _store([(hit.pk, evidence, sign) for hit, evidence, sign in verdicts])
    record([_activity(hit, evidence) for hit, evidence, _ in verdicts if hit.lead_id], by=None, now=now)
    late = [click for found in clicks.values() for click in _late(found)]
    _revise(late, now)
    return len(hits)


@dataclass
class _Clicks:
    """The clicks in one mail: by link, in order of time, and those judged human before."""

    times: dict[int, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    human: list[tuple[int, datetime]] = field(default_factory=list)

    def around(self, at: datetime) -> Iterator[Click]:
        """Of each link the nearest click before and after: no other one can make a burst where these do not."""
        for link, times in self.times.items():
            place = bisect_right(times, at)
            for near in times[max(0, place - 1) : place + 1]:
                yield Click((near - at).total_seconds(), link)


def _clicks_around(hits: Sequence[Unjudged]) -> Mapping[int, _Clicks]:
    """All clicks near these, by mail, whoever judged them."""
    found: dict[int, _Clicks] = {}
    if not hits:
        return found
    # Twice the span: what is near a neighbor decides whether the neighbor must be judged again.
    span = timedelta(seconds=2 * BURST_SECONDS)
    ids = sorted({hit.message_id for hit in hits})
    params = [ids, min(hit.at for hit in hits) - span, max(hit.at for hit in hits) + span]
    for pk, message_id, link, at, verdict in _rows(_CLICKS, params):
        mail = found.setdefault(message_id, _Clicks())
        mail.times[link].append(at)
        if verdict == Evidence.HUMAN:
            mail.human.append((pk, at))
    return found


def _seen(hit: Unjudged, clicks: Mapping[int, _Clicks]) -> Seen:
    seen = Seen(
        is_click=hit.is_click,
        method=hit.method,
        agent=hit.agent,
        is_prefetch=hit.is_prefetch,
        since_handing=_since_handing(hit),
    )
    return replace(seen, around=list(clicks[hit.message_id].around(hit.at))) if hit.is_click else seen


def _since_handing(hit: Unjudged) -> float | None:
    """Seconds since the mail left; several are handed over by one commit, the last of them some seconds later."""
    if hit.handed_at is None or hit.left_at is None or hit.at < hit.handed_at:
        return None
    return max(0.0, (hit.at - hit.left_at).total_seconds())


def _activity(hit: Unjudged, evidence: Evidence) -> NewActivity:
    assert hit.lead_id is not None
    said: dict[str, Any] = {"message": hit.message_id}
    if hit.is_click:
        said |= {"link": hit.link, "url": hit.url or ""}
    return NewActivity(
        lead_id=hit.lead_id,
        kind=Kind.MAIL_CLICK if hit.is_click else Kind.MAIL_OPEN,
        occurred_at=hit.at,
        campaign_id=hit.campaign_id,
        document=hit.series or "",
        mail_number=hit.number,
        evidence=evidence,
        source=SOURCE,
        external_id=_name(hit.pk),
        data=said,
    )


def _name(hit_id: int) -> str:
    return f"hit:{hit_id}"


def _late(mail: _Clicks) -> Iterator[int]:
    """Clicks judged human before, that turn out to be part of a burst."""
    return (pk for pk, at in mail.human if is_burst(list(mail.around(at))))


def _revise(hit_ids: Sequence[int], now: datetime) -> None:
    if not hit_ids:
        return
    _store([(pk, Evidence.MACHINE, Sign.BURST) for pk in hit_ids])
    known = Activity.objects.filter(source=SOURCE, external_id__in=[_name(pk) for pk in hit_ids])
    reclassify(list(known.values_list("pk", flat=True)), Evidence.MACHINE, Sign.BURST, by=None, now=now)


def _store(verdicts: Sequence[tuple[int, Evidence, Sign]]) -> None:
    ordered = sorted(verdicts)
    with connection.cursor() as cursor:
        columns: list[Any] = [
            [pk for pk, _, _ in ordered],
            [int(e) for _, e, _ in ordered],
            [str(s) for _, _, s in ordered],
        ]
        cursor.execute(_STORE, columns)


def _rows(query: str, params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchall()
