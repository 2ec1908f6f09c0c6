"""Housekeeping of the ground."""

from celery import shared_task

from leads import idempotency
from users.clock import database_now


@shared_task
def forget_old_keys() -> int:
    """Delete idempotency keys older than their day; returns how many."""
    return idempotency.forget_old_keys(now=database_now())
