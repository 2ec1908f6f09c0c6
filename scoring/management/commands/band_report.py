from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from leads.models import ScoreModel
from scoring.bands import NoSuchOutcome, bands, total
from users.clock import database_now


class Command(BaseCommand):
    help = (
        "For each band of a model: the leads of whom a yes-or-no attribute is known, and the share of whom it is true."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--model", required=True, help="key of the model")
        parser.add_argument("--attribute", default="converted", help="key of the attribute")

    def handle(self, *args: Any, **options: Any) -> None:
        model = ScoreModel.objects.filter(slug=options["model"]).first()
        if model is None:
            raise CommandError(f"There is no score model {options['model']!r}.")
        try:
            rows = bands(model, options["attribute"], now=database_now())
        except NoSuchOutcome as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{'band':<8}{'leads':>9}  {options['attribute']:>12}")
        for row in (*rows, total(rows)):
            rate = row.rates[0].share
            share = "–" if rate is None else f"{rate:.1%}"
            self.stdout.write(f"{row.band:<8}{row.leads:>9,}  {share:>12}")
