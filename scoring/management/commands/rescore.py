import os
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from tqdm import tqdm

from leads.models import ScoreModel
from scoring.company_sums import CompanySums
from scoring.rescore import chunks, rescore_chunk, sum_companies
from users.clock import database_now


class Command(BaseCommand):
    help = "Score every lead anew, on as many connections as there are cores, and judge it by the criteria."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--model", default="", help="key of one model; without it all")

    def handle(self, *args: Any, **options: Any) -> None:
        model_id, now, parts = _model_id(options["model"]), database_now(), SimpleQueue[int]()
        for chunk in chunks():
            parts.put(chunk)
        sums = CompanySums() if parts.qsize() > 1 else None
        bar = tqdm(total=parts.qsize(), unit=" chunks", disable=None, leave=False)
        with bar, ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            workers = [pool.submit(_score, parts, now, model_id, sums, bar) for _ in range(os.cpu_count() or 1)]
        self.stdout.write(f"changed {sum(worker.result() for worker in workers)}")


def _model_id(slug: str) -> int | None:
    """The id of one model; None stands for all."""
    if not slug:
        return None
    model = ScoreModel.objects.filter(slug=slug).first()
    if model is None:
        raise CommandError(f"There is no score model {slug!r}.")
    return model.pk


def _score(parts: SimpleQueue[int], now: datetime, model_id: int | None, sums: CompanySums | None, bar: tqdm) -> int:
    """Chunk after chunk on the thread's own connection, which does not outlive it."""
    changed = 0
    try:
        if sums is not None:
            sum_companies(sums, now=now, model_id=model_id)
        while True:
            changed += rescore_chunk(parts.get_nowait(), now=now, model_id=model_id, sums=sums)
            bar.update()
    except Empty:
        return changed
    finally:
        connection.close()
