"""G4: a broker that forgets everything, and repeats what it has not forgotten."""

import random
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from django.conf import settings
from redis import Redis

from chaos.crew import Crew, nudge_workers
from chaos.people import Mailing
from chaos.results import Result
from chaos.sink import sink_process
from chaos.storm import accepted, wait_for
from mail.models import FINAL, Message

RECOVERY = 30.0
TIMES = 3


def forget(environment: Mapping[str, str], folder: Path, *, rounds: int, each: int, seed: int) -> Result:
    """Empty the broker so often, each time with mails planned and their tasks published three times."""
    dice = random.Random(seed)
    log = folder / "accepted.log"
    log.touch()
    mailing = Mailing(f"forget{seed}-", rounds * each)
    broker = Redis.from_url(settings.REDIS_URL)
    slowest, planned = 0.0, 0
    with sink_process(log, seed=seed) as port, Crew({**environment, "EMAIL_URL": f"smtp://127.0.0.1:{port}"}, folder):
        for _ in range(rounds):
            ids = mailing.plan(each, nudges=TIMES)
            planned += len(ids)
            time.sleep(dice.uniform(0.0, 0.2))
            broker.flushall()
            started = time.monotonic()
            wait_for(partial(_are_final, ids), seconds=RECOVERY * 2)
            slowest = max(slowest, time.monotonic() - started)
            nudge_workers(times=TIMES)
    taken = accepted(log)
    twice = sum(1 for times in taken.values() if times > 1)
    missing = planned - len(taken)
    detail = (
        f"duplicates {twice}, missing {missing} of {planned} under FLUSHALL × {rounds}, every task published {TIMES} "
        f"times; slowest recovery {slowest:.1f} s (bar {RECOVERY:g} s)"
    )
    return Result("G4", twice + missing, "0", twice + missing == 0 and slowest <= RECOVERY, detail)


def _are_final(ids: Sequence[int]) -> bool:
    return Message.objects.filter(pk__in=ids, state__in=FINAL).count() == len(ids)
