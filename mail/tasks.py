"""Nudges to send what is due. All truth stands in the tables: any of these may be lost, late or repeated."""

from celery import shared_task

from leads.nudge import nudge
from mail.deliver import deliver as deliver_due
from mail.judge import LIMIT, judge_hits
from mail.line import SmtpLine
from mail.tell import tell
from users.clock import database_now

TURN_SECONDS = 3.0  # then others have their turn


@shared_task
def deliver() -> int:
    """Hand over what is due, for one turn; returns how many messages came to an end or were tried."""
    line, now = SmtpLine(), database_now()
    try:
        done = deliver_due(line, now=now, seconds=TURN_SECONDS)
        tell(now=now)  # what people settled has no batch to be told with
    finally:
        line.close()
    if done:
        nudge("mail")  # there may be more
    return done


@shared_task
def judge() -> int:
    """Judge the hits that are ripe; returns how many."""
    done = judge_hits(now=database_now())
    if done:
        nudge()  # clicks score
    if done == LIMIT:
        nudge("hits")  # there is more
    return done
