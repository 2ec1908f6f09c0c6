"""Nudges: look for imports at work. How far each has come stands in its row."""

import time

from celery import shared_task
from django.db import connection

from capture.batches.work import KIND, work
from leads.nudge import nudge
from users.clock import database_now

SECONDS = 20.0  # then others get their turn
_LOCK = 7301  # one process at a time: imports never fill every place of the worker


@shared_task
def run_imports() -> int:
    """Work on imports for a while; returns how many pieces were done."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
    try:
        return _work()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _work() -> int:
    done, until = 0, time.monotonic() + SECONDS
    while work(now=database_now()):
        done += 1
        if time.monotonic() > until:
            nudge(KIND)
            break
    return done
