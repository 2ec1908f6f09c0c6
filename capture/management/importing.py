"""What the import commands share: arguments, progress, the list of refusals and the count line."""

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from capture.imports.deals import EARLY
from capture.imports.mapping import InvalidMapping
from capture.imports.presets import Preset
from capture.imports.refused import RefusedFile
from capture.imports.run import Engine, Fate, Flow, Report, rehearse, run
from capture.imports.staging import Staging
from capture.imports.table import Table, Unreadable, open_table
from leads.people.attributes import AttributeClash
from users.clock import database_now
from users.models import Organisation


class ImportCommand(BaseCommand):
    """A command that imports one file by a preset. The last line on stdout counts the rows."""

    presets: Mapping[str, Any]  # by name
    needs_preset = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a CSV file")
        parser.add_argument(
            "--preset", required=self.needs_preset, choices=sorted(self.presets), help="what kind of file it is"
        )
        parser.add_argument("--encoding", default="", help="for example cp1252; without it found out")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")
        parser.add_argument("--refused", type=Path, help="where refused rows go; else FILE.refused.csv")

    def flow(self, options: Mapping[str, Any], preset: Preset, now: datetime) -> Flow:
        """The flow that takes the batches."""
        raise NotImplementedError

    def open(self, options: Mapping[str, Any], now: datetime) -> tuple[Table, Preset]:
        """The file and what kind it is. Raises Unreadable, InvalidMapping."""
        preset = self.presets[options["preset"]]
        names = [column.name for column in preset.columns]
        return open_table(options["file"], names, encoding=options["encoding"]), preset

    def handle(self, *args: Any, **options: Any) -> None:
        staging = Staging()
        now = database_now()
        try:
            table, preset = self.open(options, now)
            counts = self._import(table, preset, staging, options, now)
        except (Unreadable, InvalidMapping, AttributeClash) as error:
            raise CommandError(str(error)) from None
        finally:
            staging.drop()
        if options["dry_run"]:
            self.stderr.write("Dry run: nothing was written.")
        self.stdout.write(" ".join(f"{fate} {counts[fate]}" for fate in Fate))

    def _import(
        self, table: Table, preset: Preset, staging: Staging, options: Mapping[str, Any], now: datetime
    ) -> Counter[Fate]:
        """Run or rehearse; tells every refused and flagged row on stderr, and puts refused ones into a file."""
        total = staging.fill(table)
        engine = Engine(staging, table.header, preset, Organisation.load().zone)
        way = rehearse if options["dry_run"] else run
        counts: Counter[Fate] = Counter()
        flags: Counter[str] = Counter()
        with ExitStack() as stack:
            refused: RefusedFile | None = None
            # Shown on a terminal only; a log gets the count line.
            reports = way(engine, self.flow(options, preset, now))
            for report in tqdm(reports, total=total, unit=" rows", disable=None, leave=False):
                counts[report.result.fate] += 1
                if report.result.flag:
                    flags[report.result.flag] += 1
                if report.result.fate == Fate.REFUSED:
                    refused = refused or self._refused_file(stack, table, options)
                    refused.write([report])
                self._tell(report)
        for flag, number in sorted(flags.items()):
            self.stderr.write(_summary(flag, number))
        return counts

    def _refused_file(self, stack: ExitStack, table: Table, options: Mapping[str, Any]) -> RefusedFile:
        path = options["refused"] or table.path.with_name(f"{table.path.stem}.refused.csv")
        file = stack.enter_context(path.open("w", encoding="utf-8-sig", newline=""))
        stack.callback(self.stdout.write, f"Refused rows: {path}")
        return RefusedFile(file, table.header)

    def _tell(self, report: Report) -> None:
        result = report.result
        where = f"line {report.line}" + (f", {result.column}" if result.column else "")
        if result.reason or result.flag:
            with tqdm.external_write_mode():  # the bar steps aside
                self.stderr.write(f"{where}: {result.reason or result.flag}")


def _summary(flag: str, number: int) -> str:
    if flag == EARLY:
        rows = "1 row dated before its capture" if number == 1 else f"{number} rows dated before their captures"
        return f"{rows}: flagged"
    return f"{number} row{'' if number == 1 else 's'} flagged: {flag}"


def read_mapping(path: Path) -> Any:
    """What a mapping file says. Raises CommandError."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise CommandError(f"{path} is no JSON: {error}.") from None
