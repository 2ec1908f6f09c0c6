"""What the import commands share: arguments, progress, the list of refusals and the count line."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from capture.imports.presets import Preset
from capture.imports.run import Fate, Flow, Report, rehearse, run
from capture.imports.table import Table, Unreadable, open_table
from leads.people.attributes import AttributeClash
from users.models import Organisation


class ImportCommand(BaseCommand):
    """A command that imports one file by a preset. The last line on stdout counts the rows."""

    presets: Mapping[str, Preset]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a CSV file whose first line names the columns")
        parser.add_argument("--preset", required=True, choices=sorted(self.presets), help="what kind of file it is")
        parser.add_argument("--encoding", default="", help="for example cp1252; without it UTF-8")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")

    def flow(self, options: Mapping[str, Any]) -> Flow:
        """The flow that takes the batches; reads the clock once."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        preset = self.presets[options["preset"]]
        names = [column.name for column in preset.columns]
        try:
            table = open_table(options["file"], names, encoding=options["encoding"])
            counts = self._import(table, preset, options)
        except (Unreadable, AttributeClash) as error:
            raise CommandError(str(error)) from None
        if options["dry_run"]:
            self.stderr.write("Dry run: nothing was written.")
        self.stdout.write(" ".join(f"{fate} {counts[fate]}" for fate in Fate))

    def _import(self, table: Table, preset: Preset, options: Mapping[str, Any]) -> Counter[Fate]:
        """Run or rehearse; tells every refused and flagged row on stderr."""
        way = rehearse if options["dry_run"] else run
        reports = way(table, preset, self.flow(options), zone=Organisation.load().zone)
        counts: Counter[Fate] = Counter()
        flagged = 0
        # Shown on a terminal only; a log gets the count line.
        for report in tqdm(reports, total=table.records, unit=" rows", disable=None, leave=False):
            counts[report.result.fate] += 1
            flagged += report.result.is_flagged
            self._tell(report)
        if flagged:
            rows = "1 row dated before its capture" if flagged == 1 else f"{flagged} rows dated before their captures"
            self.stderr.write(f"{rows}: flagged")
        return counts

    def _tell(self, report: Report) -> None:
        result = report.result
        where = f"line {report.line}" + (f", {result.column}" if result.column else "")
        if result.reason or result.is_flagged:
            with tqdm.external_write_mode():  # the bar steps aside
                self.stderr.write(f"{where}: {result.reason or 'dated before the capture of its lead'}")
