"""Make the digest of a week, and mail it."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reports import digest as weekly
from users.clock import database_now


def a_day(text: str) -> date:
    """A day as 2026-11-16; argparse says what else is wrong."""
    return date.fromisoformat(text)


class Command(BaseCommand):
    """Makes it anew unless it was mailed; mails it once."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--week", type=a_day, help="its Monday, as 2026-11-16; without one the last whole week")
        parser.add_argument("--mail", action="store_true", help="mail it to those who want it")

    def handle(self, *, week: date | None, mail: bool, **_options: Any) -> None:
        now = database_now()
        try:
            digest = weekly.make(week or weekly.last_week(now), by=None, now=now)
        except weekly.NotAWeek as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"Digest of the week from {digest.week_from:%Y-%m-%d} made.")
        if mail:
            self.stdout.write(f"{weekly.mail(digest, now=now)} mails written.")
