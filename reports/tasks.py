"""Nudges of the reports. All truth stands in the tables: any of these may be lost, late or repeated."""

from celery import shared_task

from reports.digest import send_weekly
from users.clock import database_now


@shared_task
def weekly_digest() -> int:
    """Mail last week's digest where it is due and was not mailed; returns how many mails."""
    return send_weekly(now=database_now())
