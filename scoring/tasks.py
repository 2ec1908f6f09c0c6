"""Nudges: look at the touched log now. Truth and delays live in the tables."""

from celery import shared_task

from scoring import touched
from users.clock import database_now


@shared_task
def process_touched() -> int:
    """Empty the touched log; returns how many touches were taken."""
    total = 0
    while done := touched.process_touched(now=database_now()):
        total += done
    return total


@shared_task
def sweep_due() -> int:
    """Touch the leads that time alone may have changed."""
    return touched.touch_due(now=database_now())
