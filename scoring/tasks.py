"""Nudges: look at the touched log and at studies now. Truth and delays live in the tables."""

from celery import shared_task
from django.db import connection

from scoring import studies, touched
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


_ONE_AT_A_TIME = 7303  # studies take every core: never two of them, so that facts are scored beside


@shared_task
def work_studies() -> int:
    """Make the studies that wait; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ONE_AT_A_TIME])
        if not cursor.fetchone()[0]:
            return 0
    try:
        done = 0
        while studies.work(now=database_now()):
            done += 1
        return done
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_ONE_AT_A_TIME])
