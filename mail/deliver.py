"""The delivery loop: any number of workers may run it at once, and die in the middle of it.

claim a batch → commit that a few of it are being handed over → for each of them: note that it begins, and how the one
before ended → let it leave. A worker that dies leaves at most one message uncertain.
"""

import logging
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings

from mail.claim import Batch, Claimed, claim, give_back, rest, rested, sweep, work
from mail.content import Writer, contents
from mail.handing import Ending, begin, hand_over, prepared
from mail.line import Answer, Fate, Line, LineDown
from mail.models import Purpose, Sender, State, Why
from mail.tell import tell

BATCH = 100
TURN_SECONDS = 10.0  # what is left of a batch then goes back, well within its lease
MOST_AT_ONCE, BLINK = 25, 0.1  # handed over by one commit: so many, or as many as leave in so many seconds
DEADLINE = timedelta(days=2)
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 3600.0
logger = logging.getLogger(__name__)


def deliver(line: Line, *, now: datetime, seconds: float = TURN_SECONDS) -> int:
    """Hand over what is due by `now`, for at most `seconds`; returns how many messages came to an end or were tried.

    Works with nothing but the tables: whatever hints got lost. Does nothing while MAIL_PAUSED is set.
    """
    if settings.MAIL_PAUSED:
        return 0
    sweep()
    until = time.monotonic() + seconds
    done = 0
    for batch in _batches(now, until, is_free=line.is_recorded):
        done += _send(batch, line, now, until)
        tell(now=now)
    return done


def _batches(now: datetime, until: float, *, is_free: bool) -> Iterator[Batch]:
    for sender_id, purpose in work(now=now):
        while time.monotonic() < until:
            batch = claim(sender_id, purpose=purpose, now=now, limit=BATCH, is_free=is_free)
            if batch.messages:
                yield batch
            if len(batch.messages) < BATCH:
                break


def _send(batch: Batch, line: Line, now: datetime, until: float) -> int:
    """Hand over one batch; what never began goes back."""
    sender = Sender.objects.get(pk=batch.sender_id)
    round_ = _Round(batch, line, Writer(sender), now)
    with prepared():
        try:
            round_.run(until)
        except LineDown as error:
            logger.warning("the mail server of %s cannot be reached: %s", sender, error)
            rest(sender.pk, str(error))
        else:
            if sender.failures:
                rested(sender.pk)
        finally:
            round_.store()
            give_back(batch)
    return round_.done


class _Round:
    """One batch on one line. The ending of a message is stored with the next one's beginning."""

    def __init__(self, batch: Batch, line: Line, writer: Writer, now: datetime) -> None:
        self.batch, self.line, self.writer, self.now = batch, line, writer, now
        self.contents = contents([message.pk for message in batch.messages])
        self.endings: list[Ending] = []
        self.done = 0

    def run(self, until: float) -> None:
        """Hand over a few at a time, as many as leave in the blink of an eye. Raises LineDown."""
        waiting, size = list(self.batch.messages), 1
        while waiting and time.monotonic() < until:
            self.line.open()
            few, waiting = waiting[:size], waiting[size:]
            started = time.monotonic()
            self._few(few)
            pace = (time.monotonic() - started) / len(few)
            size = max(1, min(MOST_AT_ONCE, int(BLINK / pace), 2 * size))

    def _few(self, few: Sequence[Claimed]) -> None:
        is_recorded = self.line.is_recorded
        allowed = hand_over(self.endings, [one.pk for one in few], claim=self.batch.claim, is_recorded=is_recorded)
        self.endings = []
        for message in few:
            has_begun, why_not = allowed[message.pk]
            if has_begun:
                self._one(message)
            elif why_not:
                self._end(Ending(message.pk, State.SKIPPED, why_not))

    def _one(self, message: Claimed) -> None:
        """Build, begin, hand over. Raises LineDown before anything of it has left."""
        at = message.due_at if self.line.is_recorded else None
        try:
            content = self.contents[message.pk]
            outgoing = self.writer.write(content, date=at or self.now, eight_bit=self.line.takes_eight_bit)
        except Exception as error:  # whatever is wrong with one letter, the others go on
            logger.exception("message %s could not be made", message.pk)
            self._end(Ending(message.pk, State.FAILED, Why.UNBUILDABLE, repr(error)[:300]))
            return
        self.line.open()
        if at is None:
            before = self.endings.pop() if self.endings else None
            if not begin(before, message.pk, claim=self.batch.claim):
                return
        self._end(replace(ending(message, self.line.hand(outgoing), self.now), at=at))

    def store(self) -> None:
        """Store what has not been stored with a later beginning."""
        if self.endings:
            hand_over(self.endings, [], claim=self.batch.claim)
            self.endings = []

    def _end(self, how: Ending) -> None:
        self.endings.append(how)
        self.done += 1


def ending(message: Claimed, answer: Answer, now: datetime) -> Ending:
    """What an answer means for a message (rule 5); one that may be repeated is, where nothing is known of it."""
    if answer.fate == Fate.ACCEPTED:
        return Ending(message.pk, State.SENT, "", answer.reply)
    if answer.fate == Fate.NO_SUCH_ADDRESS:
        return Ending(message.pk, State.FAILED, Why.BOUNCED, answer.reply)
    if answer.fate == Fate.REFUSED:
        return Ending(message.pk, State.FAILED, Why.REFUSED, answer.reply)
    if answer.fate == Fate.UNCLEAR and message.purpose != Purpose.SERVICE:
        return Ending(message.pk, State.UNCERTAIN, Why.LINE_LOST, answer.reply)
    again = Ending(message.pk, State.PLANNED, "", answer.reply, now + _pause(message.attempts))
    if now - message.planned_at > DEADLINE:
        return replace(again, state=State.FAILED, reason=Why.EXPIRED, due_at=None)
    return again


def _pause(attempts: int) -> timedelta:
    """Longer after every attempt, and never the same for two that failed together."""
    return timedelta(seconds=min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempts, 20)) * random.uniform(0.75, 1.25))
