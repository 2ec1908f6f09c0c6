from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from mail.deliver import deliver
from mail.line import SmtpLine
from users.clock import database_now


class Command(BaseCommand):
    help = "Send the mail that is due now, and say how much it was. Workers do the same by themselves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seconds", type=float, default=600.0, help="stop after so many seconds")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.MAIL_PAUSED:
            self.stdout.write("sending is off (MAIL_PAUSED)")
            return
        line = SmtpLine()
        try:
            done = deliver(line, now=database_now(), seconds=options["seconds"])
        finally:
            line.close()
        self.stdout.write(f"{done} messages")
