from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from leads.models import ScoreModel
from scoring.bands import BandRow, NoSuchOutcome, bands


class Command(BaseCommand):
    help = "For each band of a model: its leads, and the share of them of whom a yes-or-no attribute is true."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--model", required=True, help="key of the model")
        parser.add_argument("--attribute", default="converted", help="key of the attribute")

    def handle(self, *args: Any, **options: Any) -> None:
        model = ScoreModel.objects.filter(slug=options["model"]).first()
        if model is None:
            raise CommandError(f"There is no score model {options['model']!r}.")
        try:
            rows = bands(model, options["attribute"])
        except NoSuchOutcome as error:
            raise CommandError(str(error)) from None
        total = BandRow("all", sum(row.leads for row in rows), sum(row.true for row in rows))
        self.stdout.write(f"{'band':<8}{'leads':>9}  {options['attribute']:>12}")
        for row in (*rows, total):
            share = "–" if row.share is None else f"{row.share:.1%}"
            self.stdout.write(f"{row.band:<8}{row.leads:>9,}  {share:>12}")
