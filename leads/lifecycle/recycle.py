"""Leads set aside until a date come back by themselves when the day begins (R7)."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection

from leads.activity.news import publish
from leads.lifecycle.locks import lock
from leads.lifecycle.move import FIRST, Move, move
from leads.models import Cause, Stage, StageRole
from users.models import Organisation
from users.transactions import one_transaction

BATCH = 500

# What set the lead aside in its present pass. A line that was taken back, or has already brought the lead back once,
# brings nobody back.
_DUE = """
SELECT h.id, h.lead_id, h.by_id, was.position FROM leads_stagechange h
JOIN leads_lead l ON l.id = h.lead_id AND l.cycle = h.cycle AND l.outcome = 'nurture' AND l.archived_at IS NULL
JOIN leads_stage was ON was.id = l.stage_id
WHERE h.until <= %(today)s AND h.undoes_id IS NULL AND (%(ids)s::bigint[] IS NULL OR l.id = ANY(%(ids)s))
  AND NOT EXISTS (SELECT FROM leads_stagechange u WHERE u.undoes_id = h.id)
  AND NOT EXISTS (SELECT FROM leads_stagechange r
                  WHERE r.lead_id = h.lead_id AND r.cause = 'recycle' AND r.cause_id = h.id)
ORDER BY h.lead_id LIMIT %(most)s
"""


@one_transaction()
def recycle(*, now: datetime) -> int:
    """Begin a new pass for nurtured leads whose day has come, by the organisation's calendar; returns how many.

    A lead that had been engaged walks to the engaged stage at once. It rests there until something new happens: old
    facts do not qualify it. One batch a call; safe to call twice at once.
    """
    today = now.astimezone(Organisation.load().zone).date()
    found = [lead_id for _line, lead_id, _by, _position in _due(today, None)]
    lock(found)  # whoever moved one of them meanwhile has committed, and what is read now is the last word
    due = _due(today, found) if found else []
    engaged = Stage.objects.filter(role=StageRole.ENGAGED).first()
    moves = [
        Move(lead_id=lead_id, to=_to(engaged, position), cause=Cause.RECYCLE, cause_id=line)
        for line, lead_id, _by, position in due
    ]
    move(moves, by=None, now=now)
    by = {str(lead_id): person for _line, lead_id, person, _position in due if person is not None}
    publish("lead_recycled", (lead_id for _line, lead_id, _by, _position in due), now=now, data={"set_aside_by": by})
    return len(due)


def _due(today: date, lead_ids: Sequence[int] | None) -> list[tuple[int, int, int | None, int]]:
    """Journal line, lead, who wrote it and the place of the lead's stage."""
    with connection.cursor() as cursor:
        ids = None if lead_ids is None else list(lead_ids)
        cursor.execute(_DUE, {"today": today, "ids": ids, "most": BATCH})
        return cursor.fetchall()


def _to(engaged: Stage | None, position: int) -> str:
    return engaged.slug if engaged is not None and position >= engaged.position else FIRST
