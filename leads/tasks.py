"""Housekeeping of the ground, and its ear at the outbox."""

from datetime import timedelta

from celery import shared_task

from leads import idempotency
from leads.activity.outbox import consume
from leads.handover.sweep import sweep
from leads.notices import letters, news, read
from users.clock import database_now

MOST_BATCHES = 20  # of news in one turn, then others have theirs
KEPT_FOR = timedelta(days=180)


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
