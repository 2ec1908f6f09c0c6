"""Whether we may write to people: withdrawing consent, suppressing an address, lifting it again."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from leads.activity.assess import ConsentFact, record_consents
from leads.activity.news import publish, touch
from leads.models import Contactability, Suppression
from users.transactions import one_transaction


def lock_contact(lead_ids: Collection[int]) -> None:
    """Keep senders away from these leads until the transaction ends; asked before the leads are locked."""
    if lead_ids:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT FROM leads_contactability WHERE lead_id = ANY(%s) ORDER BY lead_id FOR NO KEY UPDATE",
                [sorted(set(lead_ids))],
            )


@one_transaction()
def unsubscribe(lead_ids: Collection[int], *, source: str, ip: str | None, by: int | None, now: datetime) -> None:
    """Withdraw consent to mail (R22); repeating it adds no second withdrawal. No sign of interest, it wakes nobody."""
    lock_contact(lead_ids)
    standing = Contactability.objects.filter(lead_id__in=lead_ids).exclude(consent="withdrawn")
    ids = sorted(standing.values_list("lead_id", flat=True))
    record_consents(
        [ConsentFact(lead_id=pk, granted=False, source=source, ip=ip, occurred_at=now) for pk in ids],
        by=by,
        now=now,
        wakes=False,
    )


@one_transaction()
def suppress(lead_ids: Collection[int], reason: Suppression, *, by: int | None, now: datetime) -> None:
    """Send these leads nothing more, whatever they consented to; the first reason stands until it is lifted."""
    lock_contact(lead_ids)
    rows = Contactability.objects.filter(lead_id__in=lead_ids, suppression="")
    ids = list(rows.values_list("lead_id", flat=True))
    rows.filter(lead_id__in=ids).update(suppression=reason, suppressed_at=now)
    _tell("suppressed", ids, by, now, reason)


@one_transaction()
def lift_suppression(lead_ids: Collection[int], *, by: int | None, now: datetime) -> None:
    """Let mail go to these leads again, as far as they consented."""
    lock_contact(lead_ids)
    rows = Contactability.objects.filter(lead_id__in=lead_ids).exclude(suppression="")
    ids = list(rows.values_list("lead_id", flat=True))
    rows.filter(lead_id__in=ids).update(suppression="", suppressed_at=None)
    _tell("suppression_lifted", ids, by, now, "")


def _tell(kind: str, ids: list[int], by: int | None, now: datetime, reason: str) -> None:
    touch(ids, fact_at=None)
    publish(kind, ids, now=now, data={"reason": reason, "by": by})
