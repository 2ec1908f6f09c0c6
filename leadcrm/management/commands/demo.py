"""Fill an empty installation with the demo: a fictional company's two campaigns and one that runs now."""

import os
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leadcrm.demo import logins, state
from leadcrm.demo.build import build
from leads.models import Lead
from users.clock import database_now

SAY_HOW = "Set LEADCRM_DEMO_PASSWORD to choose it; `manage.py demo --reset-password` makes a new one."


class Command(BaseCommand):
    """Everything goes through the flows real leads take, day by day. A second run changes nothing."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset-password", action="store_true", help="give the demo's logins a new password")

    def handle(self, *, reset_password: bool, **_options: Any) -> None:
        if os.environ.get("EMAIL_URL"):
            raise CommandError("EMAIL_URL is set: the demo is not made where mail really leaves.")
        password = os.environ.get("LEADCRM_DEMO_PASSWORD") or logins.new_password()
        if state.is_complete():
            self._stands(password, reset_password=reset_password)
            return
        if reset_password:
            raise CommandError("There is no demo here yet. Run `manage.py demo` first.")
        if Lead.objects.exists():
            raise CommandError("This installation holds leads already; the demo goes into an empty one.")
        self._started = time.monotonic()
        build(password=password, now=database_now(), tell=self._say)
        logins.keep_password(password)
        self.stdout.write(f"\n{logins.table(password)}\n{SAY_HOW}\n")

    def _stands(self, password: str, *, reset_password: bool) -> None:
        if reset_password:
            logins.reset_logins(password)
            logins.keep_password(password)
            self.stdout.write(logins.table(password))
            return
        self.stdout.write(f"The demo is there already; nothing was changed.\n{logins.table(logins.kept_password())}")
        self.stdout.write(SAY_HOW)

    def _say(self, phase: str) -> None:
        """One line per phase, at once."""
        self.stdout.write(f"  {phase:<22} {time.monotonic() - self._started:5.1f} s")
        self.stdout.flush()
