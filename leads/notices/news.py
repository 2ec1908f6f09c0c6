"""The ear at the outbox: news becomes notifications, once for each person and cause."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection

from leads.lifecycle.undo import WINDOW
from leads.models import Event, MailWish, Notification
from leads.notices.causes import TELLERS, Notice
from leads.notices.staff import Staff, may_open, within_reach
from leads.notices.wishes import Wishes, mail_time
from users.models import Organisation
from users.rows import insert
from users.transactions import one_transaction

NAME = "notices"
# News is read once it can no longer be taken back; an undo of the last moment may still be writing.
HELD_BACK = WINDOW + timedelta(seconds=3)
# A restored or newly filled installation does not tell of days gone by.
NEWS_FOR = timedelta(days=3)


def hear(events: Sequence[Event], now: datetime) -> None:
    """Tell people of what happened. Idempotent: a cause is told once, however often it is heard of."""
    by_kind: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.kind in TELLERS and now - event.recorded_at <= NEWS_FOR:
            by_kind[event.kind].append(event)
    if not by_kind:
        return
    staff = Staff()
    notices = [notice for kind, rows in by_kind.items() for notice in TELLERS[kind](rows, staff)]
    tell(notices, staff, now=now)
    _lay_aside({lead_id for rows in by_kind.values() for event in rows for lead_id in event.lead_ids}, now=now)


@one_transaction()
def tell(notices: Iterable[Notice], staff: Staff, *, now: datetime) -> int:
    """Write notifications to those who may see their matter, and when its mail may leave; returns how many are new."""
    wanted = {(notice.user_id, notice.dedupe_key): notice for notice in notices}
    reached = within_reach(staff.by_id, ((row.user_id, row.lead_id) for row in wanted.values() if row.lead_id))
    told = [
        row
        for row in wanted.values()
        if ((row.user_id, row.lead_id) in reached if row.lead_id else may_open(staff.by_id[row.user_id], row.data))
    ]
    if not told:
        return 0
    wishes, organisation = Wishes(list({notice.user_id for notice in told})), Organisation.load()
    rows = []
    for notice in told:
        wish = wishes.of(notice.user_id, notice.kind)
        if not wish.in_app and wish.mail == MailWish.OFF:
            continue
        rows.append(
            {
                "user_id": notice.user_id,
                "kind": notice.kind.value,
                "lead_id": notice.lead_id,
                "data": notice.data,
                "dedupe_key": notice.dedupe_key,
                "created_at": now,
                "read_at": None if wish.in_app else now,
                "mail_at": mail_time(staff.by_id[notice.user_id], wish.mail, organisation, now),
            }
        )
    return len(insert(Notification, rows, skip_known=True))


def _lay_aside(lead_ids: Iterable[int], *, now: datetime) -> None:
    """What asked for a decision that was made meanwhile, by anybody, is no news any more."""
    with connection.cursor() as cursor:
        cursor.execute(_LAY_ASIDE, [now, list(lead_ids), WAITS_FOR_A_DECISION])


WAITS_FOR_A_DECISION = ["offered", "recommended", "assigned", "warned", "breached", "escalated"]
_LAY_ASIDE = """
UPDATE leads_notification n SET read_at = %s FROM leads_handover h
WHERE n.read_at IS NULL AND n.lead_id = ANY(%s) AND n.kind = ANY(%s)
  AND h.id = (n.data ->> 'handover')::bigint AND h.state <> 'open'
"""
