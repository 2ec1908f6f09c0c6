"""The sequences' share of the timetable. All truth stands in the tables: any of these may be lost, late or repeated."""

from celery import shared_task

from leads.activity.outbox import consume
from leads.nudge import nudge
from nurturing import news
from nurturing.advance import advance
from nurturing.enroll import enter
from users.clock import database_now

MOST_BATCHES = 20  # of news in one turn, then others have theirs


@shared_task
def work() -> int:
    """Let in whom the news made match, and do the steps that are due; returns how many steps were done."""
    for _ in range(MOST_BATCHES):
        if not consume(news.NAME, now=database_now()):
            break
    if done := advance(now=database_now()):
        nudge("mail")
    return done


@shared_task
def sweep_entries() -> int:
    """Let in whom only time, or a score, made match; returns how many entered."""
    return enter(None, now=database_now())
