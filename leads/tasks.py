"""Housekeeping of the ground, and its ear at the outbox."""

import logging
from datetime import timedelta

from celery import shared_task

from leads import idempotency
from leads.activity.outbox import consume
from leads.handover.sweep import sweep
from leads.lifecycle import retire
from leads.lifecycle.move import MoveNotAllowed
from leads.lifecycle.recycle import recycle
from leads.notices import letters, news, read
from leads.people.todo import tell_due
from users.clock import database_now

MOST_BATCHES = 20  # of news in one turn, then others have theirs
KEPT_FOR = timedelta(days=180)
logger = logging.getLogger(__name__)


@shared_task
def forget_old_keys() -> int:
    """Delete idempotency keys older than their day; returns how many."""
    return idempotency.forget_old_keys(now=database_now())


@shared_task
def sweep_deadlines() -> int:
    """Mark clocks that warn, break and escalate, until none is left; returns how many."""
    marked = 0
    while swept := sweep(now=database_now()):
        marked += swept.warned + swept.breached + swept.escalated
    return marked


@shared_task
def empty_retired() -> int:
    """Move the leads that still stand at retired stages; returns how many."""
    moved = 0
    try:
        while done := retire.empty_retired(now=database_now()):
            moved += done
    except MoveNotAllowed as refused:  # their heir was retired too since it was read: the next look knows better
        logger.warning("leads of a retired stage wait for the next look: %s", refused)
    return moved


@shared_task
def recycle_leads() -> int:
    """Bring back the nurtured leads whose day has begun; returns how many."""
    total = 0
    while done := recycle(now=database_now()):
        total += done
    return total


@shared_task
def tell_due_tasks() -> int:
    """Make news of tasks that became due; returns how many."""
    total = 0
    while done := tell_due(now=database_now()):
        total += done
    return total


@shared_task
def tell_people() -> int:
    """Make notifications of the news, and mails of those that are due; returns how many mails."""
    for _ in range(MOST_BATCHES):
        if not consume(news.NAME, now=database_now(), older_than=news.HELD_BACK):
            break
    return letters.mail_due(now=database_now())


@shared_task
def forget_old_notices() -> int:
    """Delete notifications that were read long ago; returns how many."""
    return read.forget_old(before=database_now() - KEPT_FOR)
