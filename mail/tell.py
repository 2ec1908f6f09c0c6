"""What became of nurture mail is told to the lead's history: delivered, or bounced and never written to again."""

from datetime import datetime

from django.db import connection

from leads.activity.record import NewActivity, record
from leads.models import Evidence, Kind, Suppression
from leads.people.contact import suppress
from users.transactions import one_transaction

SOURCE = "mail"
LIMIT = 1000

_UNTOLD = """
SELECT m.id, m.lead_id, m.state, m.reason, m.finished_at, t.series, t.number, t.campaign_id
FROM (SELECT * FROM mail_message WHERE NOT is_told AND purpose = 'nurture' AND state IN ('sent', 'failed')
      ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) m
JOIN mail_letter t ON t.id = m.letter_id
"""


@one_transaction()
def tell(*, now: datetime) -> int:
    """Record deliveries and bounces not told yet, once each; returns how many. An address that bounced is suppressed.

    Told apart from the sending, so that a crash between both loses nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNTOLD, [LIMIT])
        rows = cursor.fetchall()
    if not rows:
        return 0
    activities, bounced = [], []
    for pk, lead_id, state, reason, finished_at, series, number, campaign_id in rows:
        if state == "failed" and reason != "bounced":
            continue
        kind = Kind.MAIL_DELIVERED if state == "sent" else Kind.MAIL_BOUNCE
        if kind == Kind.MAIL_BOUNCE:
            bounced.append(lead_id)
        activities.append(
            NewActivity(
                lead_id=lead_id,
                kind=kind,
                occurred_at=finished_at,
                campaign_id=campaign_id,
                document=series,
                mail_number=number,
                evidence=Evidence.HUMAN,
                source=SOURCE,
                external_id=f"{kind.slug}:{pk}",
                data={"message": pk},
            )
        )
    if bounced:
        suppress(bounced, Suppression.BOUNCED, by=None, now=now)
    record(activities, by=None, now=now)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE mail_message SET is_told = TRUE WHERE id = ANY(%s)", [[row[0] for row in rows]])
    return len(rows)
