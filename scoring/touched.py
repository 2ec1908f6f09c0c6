"""The touched worker: facts in, scores and stages out. Any number of workers may run at once."""

import logging
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection

from leads.activity.news import keep_rules, touch
from leads.conditions.plan import Scope
from leads.lifecycle.locks import hold
from leads.lifecycle.move import StageRetired
from leads.lifecycle.promote import settle, wake
from leads.models import Touched
from scoring.colleagues import with_colleagues
from scoring.rescore import due_leads, rescore, share_chunks
from users.transactions import one_transaction

BATCH = 500
logger = logging.getLogger(__name__)


def process_touched(*, now: datetime, limit: int = BATCH) -> int:
    """Process one batch of the touched log; returns how many touches it took, 0 when there is nothing to do.

    A batch that fails is split until the lead at fault stands alone and is set aside with its error, so that one
    bad row never stops the rest. What may pass by itself is raised, and the touches stay for the next time.
    """
    claimed: list[tuple[int, int, datetime | None]] = []
    try:
        return _batch(claimed, now=now, limit=limit)
    except Exception as error:
        if _may_pass(error):
            raise
        if len(claimed) == 1:
            logger.exception("touched lead %s could not be processed and is set aside", claimed[0][1])
            return _set_aside(claimed[0][0], error)
        if limit == 1:
            raise
        logger.warning("a batch of %s touches failed (%s); taking smaller ones", limit, error)
        return process_touched(now=now, limit=max(1, limit // 8))


def _may_pass(error: Exception) -> bool:
    """Whether the lead is not at fault: a deadlock, a connection that broke, a stage retired meanwhile."""
    code = getattr(error.__cause__, "pgcode", None)
    return isinstance(error, InterfaceError | StageRetired) or (
        isinstance(error, OperationalError) and (code is None or code.startswith(("40", "57P")))
    )


@one_transaction()
def _batch(claimed: list[tuple[int, int, datetime | None]], *, now: datetime, limit: int) -> int:
    keep_rules()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, lead_id, fact_at FROM leads_touched WHERE error = '' ORDER BY id LIMIT %s"
            " FOR UPDATE SKIP LOCKED",
            [limit],
        )
        claimed.extend(cursor.fetchall())
    if not claimed:
        return 0
    # Facts are read by later statements than the claim, so whatever the claimed touches announce is seen. Locks
    # come in one order everywhere: the rules, the chunks, the rows. Colleagues are judged anew, but none is woken by
    # a fact about another.
    ids = with_colleagues([(lead_id, fact_at) for _, lead_id, fact_at in claimed], now=now)
    facts = [(lead_id, fact_at) for _, lead_id, fact_at in claimed if fact_at is not None]
    _work(ids, facts, now)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM leads_touched WHERE id = ANY(%s)", [[row_id for row_id, _, _ in claimed]])
    return len(claimed)


def _work(ids: list[int], facts: list[tuple[int, datetime]], now: datetime) -> None:
    share_chunks(ids)
    quiet = hold(ids)
    if waking := [(lead_id, fact_at) for lead_id, fact_at in facts if lead_id in quiet]:
        wake([lead_id for lead_id, _ in waking], [fact_at for _, fact_at in waking])
    rescore(ids, now=now)
    settle(Scope(ids=ids), now=now, facts=facts, locked=True)


@one_transaction()
def _set_aside(touched_id: int, error: Exception) -> int:
    return Touched.objects.filter(pk=touched_id).update(error=repr(error)[:2000])


def drain(*, now: datetime) -> int:
    """Process batches until the log is empty; returns how many touches were taken."""
    total = 0
    while done := process_touched(now=now):
        total += done
    return total


@one_transaction()
def touch_due(*, now: datetime) -> int:
    """Put every lead on the touched log that time alone may have changed; returns how many."""
    ids = due_leads(now)
    touch(ids, fact_at=None)
    return len(ids)
