"""The one way to record an activity."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from leads.activity.news import publish, touch
from leads.activity.pages import page_ids, path_of
from leads.models import Document, Evidence, Kind, Medium
from users.rows import ids_by_slug, insert
from users.transactions import one_transaction

SESSION_SECONDS = 30 * 60
# Kinds that are no act of the lead: they neither end the rest after a return nor start a promotion.
PASSIVE = frozenset({Kind.MAIL_DELIVERED, Kind.MAIL_BOUNCE, Kind.NOTE})


@dataclass(frozen=True, kw_only=True, slots=True)
class NewActivity:
    """One fact to be recorded. `visit` names the session; page views without one share it by half hours.

    Without `wakes` it is no act of the lead, a call nobody took for one: who rests goes on resting.
    """

    lead_id: int
    kind: Kind
    occurred_at: datetime
    url: str = ""
    visit: str = ""
    dwell_seconds: int | None = None
    medium: Medium | None = None
    campaign_id: int | None = None
    channel_id: int | None = None
    document: str = ""
    mail_number: int | None = None
    evidence: Evidence = Evidence.HUMAN
    source: str = "api"
    external_id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    wakes: bool = True


@dataclass(frozen=True)
class Recorded:
    """How many facts were new and how many were already known by (source, external id)."""

    recorded: int
    known: int


Hook = Callable[[Sequence[int], int | None, datetime], None]
_hooks: dict[Hook, frozenset[Kind]] = {}


def after_record(hook: Hook, kinds: Collection[Kind]) -> None:
    """Call `hook` with the leads of new facts of these kinds, in the transaction that records them."""
    _hooks[hook] = frozenset(kinds)


def heard() -> Mapping[Hook, frozenset[Kind]]:
    """All hooks with their kinds."""
    return dict(_hooks)


_INSERT = """
INSERT INTO leads_activity (lead_id, kind, evidence, occurred_at, recorded_at, page_id, campaign_id, channel_id,
                            document_id, medium, mail_number, dwell_seconds, visit, source, external_id, by_id, data)
SELECT lead_id, kind, evidence, occurred_at, %s, page_id, campaign_id, channel_id, document_id, medium, mail_number,
       dwell_seconds, visit, source, external_id, %s, data::jsonb
FROM unnest(%s::bigint[], %s::smallint[], %s::smallint[], %s::timestamptz[], %s::int[], %s::bigint[], %s::bigint[],
            %s::bigint[], %s::smallint[], %s::smallint[], %s::int[], %s::bigint[], %s::text[], %s::text[], %s::text[])
     AS a (lead_id, kind, evidence, occurred_at, page_id, campaign_id, channel_id, document_id, medium, mail_number,
           dwell_seconds, visit, source, external_id, data)
ON CONFLICT (source, external_id) WHERE external_id IS NOT NULL DO NOTHING
RETURNING lead_id, kind, evidence
"""


@one_transaction()
def record(activities: Sequence[NewActivity], *, by: int | None, now: datetime) -> Recorded:
    """Record facts, touch their leads and tell the outbox. `by` is a user id; facts known before are left alone."""
    if not activities:
        return Recorded(0, 0)
    pages = page_ids(activity.url for activity in activities)
    documents = document_ids({activity.document for activity in activities if activity.document})
    rows = [_row(activity, pages, documents) for activity in activities]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [now, by, *map(list, zip(*rows, strict=True))])
        inserted = cursor.fetchall()
    acting = {activity.lead_id for activity in activities if activity.wakes}
    human = {
        lead
        for lead, kind, evidence in inserted
        if lead in acting and kind not in PASSIVE and evidence != Evidence.MACHINE
    }
    touch(human, fact_at=now)
    touch({lead for lead, _, _ in inserted} - human, fact_at=None)
    publish("activity_recorded", (lead for lead, _, _ in inserted), now=now)
    for hook, kinds in _hooks.items():
        if asked := [lead for lead, kind, evidence in inserted if kind in kinds and evidence != Evidence.MACHINE]:
            hook(asked, by, now)
    return Recorded(len(inserted), len(activities) - len(inserted))


def document_ids(slugs: set[str]) -> dict[str, int]:
    """Map document keys to ids; a key named for the first time becomes a document."""
    known = ids_by_slug(Document, slugs)
    if missing := sorted(slugs - known.keys()):
        insert(Document, [{"slug": slug} for slug in missing], skip_known=True)
        known |= ids_by_slug(Document, missing)
    return known


def _row(activity: NewActivity, pages: dict[str, int], documents: dict[str, int]) -> tuple[Any, ...]:
    return (
        activity.lead_id,
        int(activity.kind),
        int(activity.evidence),
        activity.occurred_at,
        pages[path_of(activity.url)] if activity.url else None,
        activity.campaign_id,
        activity.channel_id,
        documents[activity.document] if activity.document else None,
        None if activity.medium is None else int(activity.medium),
        activity.mail_number,
        activity.dwell_seconds,
        _visit_key(activity),
        activity.source,
        activity.external_id,
        json.dumps(activity.data),
    )


def _visit_key(activity: NewActivity) -> int | None:
    """A 64-bit name of the session (R30): collisions within one lead are beyond reach."""
    if activity.visit:
        name = f"{activity.lead_id}:{activity.source}:{activity.visit}"
    elif activity.kind == Kind.PAGE_VIEW:
        name = f"{activity.lead_id}:{int(activity.occurred_at.timestamp()) // SESSION_SECONDS}"
    else:
        return None
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
