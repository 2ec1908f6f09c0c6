"""G8: somebody unsubscribes while their mail is being handed over."""

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from django.db import connection

from chaos.people import Mailing
from chaos.results import Result, at_most
from leads.people.contact import unsubscribe
from mail.claim import Batch, claim
from mail.handing import Ending, hand_over, prepared
from mail.models import Message, Sender, State, Why
from users.clock import database_now

TOGETHER = 100
APART = 0.003  # seconds at most between the two


def race(rounds: int, *, seed: int) -> Result:
    """So many races; a send that begins after the unsubscribe was answered is one too many."""
    dice = random.Random(seed)
    mailing = Mailing(f"race{seed}-", rounds)
    sender_id = Sender.objects.get(is_default=True).pk
    begun = late = raced = 0
    while mailing.planned < rounds:
        mailing.plan(min(TOGETHER, rounds - mailing.planned), nudges=0)
        batch = claim(sender_id, now=database_now(), limit=TOGETHER)
        began, seen = _Races(batch, dice).run()
        raced += len(seen)
        begun += sum(began.values())
        late += sum(1 for pk, has_begun in began.items() if has_begun and seen[pk] == State.CLAIMED)
        _finish(batch)
    detail = f"sends begun after the unsubscribe was answered, over {raced} races; the mail was first in {begun}"
    result = at_most("G8", late, 0, detail)
    return Result(result.id, result.value, result.bar, result.met and raced == rounds, result.detail)


class _Races:
    """One batch of claimed messages: two threads, each with a connection of its own, start together on each."""

    def __init__(self, batch: Batch, dice: random.Random) -> None:
        self.batch = batch
        leads = dict(Message.objects.filter(claim=batch.claim).values_list("pk", "lead_id"))
        self.pairs = [(message.pk, leads[message.pk]) for message in batch.messages]
        self.pauses = [(dice.uniform(0, APART), dice.uniform(0, APART)) for _ in self.pairs]
        self.start = threading.Barrier(2, timeout=30)
        self.began: dict[int, bool] = {}
        self.seen: dict[int, str] = {}

    def run(self) -> tuple[Mapping[int, bool], Mapping[int, str]]:
        """Whether each send began, and the state its message had when the unsubscribe had been answered."""
        sides = (self._hand, self._leave)
        threads = [threading.Thread(target=self._each, args=side) for side in enumerate(sides)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.began, self.seen

    def _each(self, side: int, act: Callable[[int, int], None]) -> None:
        try:
            with prepared():
                for pair, pauses in zip(self.pairs, self.pauses, strict=True):
                    self.start.wait()
                    time.sleep(pauses[side])
                    act(*pair)
        finally:
            connection.close()

    def _hand(self, pk: int, _lead_id: int) -> None:
        self.began[pk] = hand_over([], [pk], claim=self.batch.claim)[pk][0]

    def _leave(self, pk: int, lead_id: int) -> None:
        unsubscribe([lead_id], source="mail", ip=None, by=None, now=database_now())
        self.seen[pk] = Message.objects.values_list("state", flat=True).get(pk=pk)


def _finish(batch: Batch) -> None:
    """No mail server takes part: what was begun ends here, as does what was not."""
    ends: Sequence[Ending] = [Ending(one.pk, State.SKIPPED, Why.WITHDRAWN) for one in batch.messages]
    with prepared():
        hand_over(ends, [], claim=batch.claim)
