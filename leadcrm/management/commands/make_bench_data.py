"""Fill an empty database with leads and activities to measure on."""

import contextlib
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from leadcrm.management.bench_rows import STEPS, kinds, lives
from leads.models import Lead
from users.clock import database_now

TABLES = ["company", "lead", "capture", "pass", "consent", "contactability"]
TABLES += ["bantassessment", "handover", "stagechange", "opportunity", "activity"]


class Command(BaseCommand):
    """Set-based, so that a million leads take minutes; keys, checks and indexes are verified when all rows stand."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--leads", type=int, required=True)
        parser.add_argument("--activities", type=int, required=True)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--until", type=datetime.fromisoformat, help="the last instant with facts; default now")

    def handle(self, *, leads: int, activities: int, seed: int, until: datetime | None, **_options: Any) -> None:
        if leads < 1 or activities < 1:
            raise CommandError("Give at least one lead and one activity.")
        if Lead.objects.exists():
            raise CommandError("This database holds leads already; bench data go into an empty one.")
        until = until or database_now().replace(minute=0, second=0, microsecond=0)
        values = {
            "leads": leads,
            "activities": activities,
            "seed": seed,
            "until": until.isoformat(),
            "since": (until - timedelta(days=731)).isoformat(),
            "lives": lives(),
            "kinds": kinds(),
        }
        with transaction.atomic(), connection.cursor() as cursor, _bare(cursor, self._say):
            for name, text in STEPS.items():
                with self._timed(name):
                    cursor.execute(text.format(**values))
            cursor.execute("DROP TABLE person, life, line, share")
        with self._timed("vacuum"), connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")

    @contextlib.contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        self._say(f"{name:<12}{time.monotonic() - start:7.1f} s")

    def _say(self, text: str) -> None:
        if self.verbosity:
            self.stdout.write(text)

    def execute(self, *args: Any, **options: Any) -> str | None:
        self.verbosity = options["verbosity"]
        return super().execute(*args, **options)


@contextlib.contextmanager
def _bare(cursor: CursorWrapper, say: Any) -> Iterator[None]:
    """Take foreign keys, triggers and plain indexes off the tables, and put them back over all rows at once.

    Putting a foreign key back checks every row; the journal's triggers check rows as they come, which is left to the
    tests of this command.
    """
    tables = [f"leads_{name}" for name in TABLES]
    cursor.execute("SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL work_mem = '128MB'")
    cursor.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid = ANY(%s::regclass[]) ORDER BY 1, 2",
        [tables],
    )
    keys = cursor.fetchall()
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i"
        " WHERE indrelid = ANY(%s::regclass[])"
        " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND contype IN ('p', 'u'))"
        " ORDER BY 1",
        [tables],
    )
    indexes = cursor.fetchall()
    for table, name, _ in keys:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    start = time.monotonic()
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    for _, definition in indexes:
        cursor.execute(definition)
    for table, name, definition in keys:
        cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    say(f"{'indexes':<12}{time.monotonic() - start:7.1f} s")
