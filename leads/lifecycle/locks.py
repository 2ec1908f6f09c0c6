"""The locks of leads, taken in ascending order of id, so that no two flows wait for each other."""

from collections.abc import Iterable

from django.db import connection

from leads.models import Lead
from users.rows import Reader

_WITH_STAGE = Reader(Lead, "stage")
_LOCK = "WHERE t.id = ANY(%s) ORDER BY t.id FOR NO KEY UPDATE OF t"


def lock(lead_ids: Iterable[int]) -> dict[int, Lead]:
    """Lock leads in ascending id order and read them, with their stage."""
    if not (ids := sorted(set(lead_ids))):
        return {}
    leads = {lead.pk: lead for lead in _WITH_STAGE.read(_LOCK, [ids])}
    if len(leads) < len(ids):
        # Of a lead that moved while its lock was waited for, the row fits its stage of before no longer and is left
        # out, though locked: it is read by a statement that begins now.
        leads |= {lead.pk: lead for lead in _WITH_STAGE.read(_LOCK, [[pk for pk in ids if pk not in leads]])}
    return {pk: leads[pk] for pk in ids if pk in leads}


def hold(lead_ids: Iterable[int]) -> set[int]:
    """Lock leads as `lock` does, for who need not read them; returns those at rest."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH held AS MATERIALIZED (SELECT id, quiet_since FROM leads_lead WHERE id = ANY(%s::bigint[]) ORDER BY id"
            " FOR NO KEY UPDATE) SELECT id FROM held WHERE quiet_since IS NOT NULL",
            [sorted(set(lead_ids))],
        )
        return {lead_id for (lead_id,) in cursor.fetchall()}
