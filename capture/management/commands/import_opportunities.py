from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from capture.imports import maven, olist
from capture.imports.deals import import_deals
from capture.imports.opportunities import import_opportunities
from capture.imports.presets import Preset
from capture.imports.run import Flow
from capture.imports.table import Table
from capture.management.importing import ImportCommand


class Command(ImportCommand):
    help = "Import deals from a CSV file. Leads of closed ones, imported before, pass through all stages, flagged."
    presets = {olist.DEALS.slug: olist.DEALS, maven.OPPORTUNITIES.slug: maven.OPPORTUNITIES}

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--teams", type=Path, help="CSV file of sales agents with their managers and offices (maven)"
        )

    def open(self, options: Mapping[str, Any], now: datetime) -> tuple[Table, Preset]:
        table, preset = super().open(options, now)
        if options["teams"] is None:
            return table, preset
        if preset.slug != maven.SYSTEM:
            raise CommandError("Only Maven's deals name their teams in a file of their own.")
        try:
            return table, maven.with_teams(preset, maven.read_teams(options["teams"]))
        except ValueError as error:
            raise CommandError(str(error)) from None

    def flow(self, options: Mapping[str, Any], preset: Preset, now: datetime) -> Flow:
        if preset.slug == maven.SYSTEM:
            return partial(import_opportunities, system=preset.slug, by=None, now=now)
        return partial(import_deals, preset=preset.slug, by=None, now=now)
