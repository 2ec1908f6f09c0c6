"""`create_api_token --email E [--scope S …]`: prints the token and nothing else."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from users.clock import database_now
from users.models import ApiToken, Scope, User


class Command(BaseCommand):
    help = "Make an API token for a user and print it; it cannot be read again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="whose token it is; it may do what they may")
        parser.add_argument(
            "--scope", action="append", default=[], choices=Scope.values, help="narrow it; may be given repeatedly"
        )
        parser.add_argument("--name", default="", help="what it is for")
        parser.add_argument("--days", type=int, help="until it expires; never, where not given")

    def handle(self, *args: Any, **options: Any) -> str:
        user = User.objects.filter(email=options["email"].strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {options['email']}.")
        if options["days"] is not None and not 0 < options["days"] <= 36_500:
            raise CommandError("Give the days as a number above zero.")
        expires_at = None if options["days"] is None else database_now() + timedelta(days=options["days"])
        _, secret = ApiToken.issue(user, options["scope"], name=options["name"][:100], expires_at=expires_at)
        return secret
