from typing import Any

from django.core.management.base import BaseCommand

from scoring.touched import process_touched
from users.clock import database_now


class Command(BaseCommand):
    help = "Score and judge all leads whose facts changed, once; prints how many touches were taken."

    def handle(self, *args: Any, **options: Any) -> None:
        total = 0
        while done := process_touched(now=database_now()):
            total += done
        self.stdout.write(f"touches {total}")
