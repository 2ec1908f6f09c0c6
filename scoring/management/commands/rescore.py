import os
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from tqdm import tqdm

from leads.models import ScoreModel
from scoring.engine import VersionSpec, published
from scoring.rescore import chunks, rescore_chunk
from users.clock import database_now


class Command(BaseCommand):
    help = "Score every lead anew, on as many connections as there are cores, and judge it by the criteria."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--model", default="", help="key of one model; without it all")

    def handle(self, *args: Any, **options: Any) -> None:
        versions, now, parts = _versions(options["model"]), database_now(), chunks()
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            done = pool.map(lambda chunk: _score(chunk, now, versions), parts)
            changed = sum(tqdm(done, total=len(parts), unit=" chunks", disable=None, leave=False))
        self.stdout.write(f"changed {changed}")


def _versions(slug: str) -> list[VersionSpec]:
    versions = published()
    if not slug:
        return versions
    model = ScoreModel.objects.filter(slug=slug).first()
    if model is None:
        raise CommandError(f"There is no score model {slug!r}.")
    return [version for version in versions if version.model_id == model.pk]


def _score(chunk: int, now: datetime, versions: list[VersionSpec]) -> int:
    """One chunk on the thread's own connection, which does not outlive it."""
    try:
        return rescore_chunk(chunk, now=now, versions=versions)
    finally:
        connection.close()
