from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from capture.imports.guess import guess
from capture.imports.kinds import LEAD_PRESETS, mapped_preset
from capture.imports.leads import import_leads
from capture.imports.mapping import FileMap, from_json
from capture.imports.presets import LeadFacts, Preset
from capture.imports.run import Flow
from capture.imports.table import Table, open_table
from capture.management.importing import ImportCommand, read_mapping
from leads.models import Campaign


class Command(ImportCommand):
    help = "Import leads from a CSV file. They are scored but rest: no promotion, no handover, no notice."
    presets = LEAD_PRESETS
    needs_preset = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--campaign", default="", help="key of the campaign that brought them; without it none")
        parser.add_argument("--mapping", type=Path, help="JSON file, column to field; else guessed from the header")

    def open(self, options: Mapping[str, Any], now: datetime) -> tuple[Table, Preset]:
        file, encoding = options["file"], options["encoding"]
        if options["preset"] and options["mapping"]:
            raise CommandError("Give a preset or a mapping, not both.")
        if options["preset"]:
            preset = self.presets[options["preset"]](now)
            names = [column.name for column in preset.columns]
            return open_table(file, names, encoding=encoding), preset
        wanted = from_json(read_mapping(options["mapping"])) if options["mapping"] else None
        table = open_table(file, list(wanted.taken) if wanted else (), encoding=encoding)
        return table, mapped_preset(table, wanted or self._guessed(table), now)

    def _guessed(self, table: Table) -> FileMap:
        rows = [row.cells for row in table.first(100) if not row.refused]
        found = guess(table.header, dict(zip(table.header, zip(*rows, strict=True), strict=False)))
        for column, target in found.taken.items():
            self.stderr.write(f"{column}: {target.field}")
        return found

    def flow(self, options: Mapping[str, Any], preset: Preset, now: datetime) -> Flow[LeadFacts]:
        return partial(
            import_leads,
            preset=preset.slug,
            file=options["file"].name,
            campaign_id=_campaign_id(options["campaign"]),
            by=None,
            now=now,
        )


def _campaign_id(slug: str) -> int | None:
    if not slug:
        return None
    campaign = Campaign.objects.filter(slug=slug).first()
    if campaign is None:
        raise CommandError(f"There is no campaign {slug!r}.")
    return campaign.pk
