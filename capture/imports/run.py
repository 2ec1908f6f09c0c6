"""The run of an import: staged rows in batches through one flow, every row counted, every refusal told."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic
from zoneinfo import ZoneInfo

from django.db import transaction

from capture.imports.columns import CellRefused, Reader, in_order
from capture.imports.dates import DateColumn
from capture.imports.presets import Facts, Preset
from capture.imports.staging import Staging
from capture.imports.table import Row
from leads.people.attributes import define_attributes

BATCH = 4_000


class Fate(StrEnum):
    """The four ends of a row, in the order of the count line."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row; `reason` with its column where it was refused, `flag` where it is odd but taken."""

    fate: Fate
    column: str = ""
    reason: str = ""
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Read(Generic[Facts]):
    """A row that could be read: its cells as they came, by column, and what they say."""

    line: int
    cells: dict[str, str]
    facts: Facts


Flow = Callable[[Sequence[Read[Facts]]], Sequence[Result]]


@dataclass(frozen=True, slots=True)
class Report:
    """One row's result, on its line, with its cells where it was refused."""

    line: int
    result: Result
    cells: Sequence[str] = ()


class Engine(Generic[Facts]):
    """Takes the batches of one file, which may come after a pause: all it knows can be read again."""

    def __init__(self, staging: Staging, header: Sequence[str], preset: Preset[Facts], zone: ZoneInfo) -> None:
        self.preset = ordered(preset, staging, header)
        self._staging, self._header = staging, header
        self._reader = Reader(header, self.preset.columns, zone)

    def batch(self, after: int, flow: Flow[Facts]) -> list[Report]:
        """What became of the rows of the next batch, in the order of their lines; none at the end."""
        readable: list[Read[Facts]] = []
        reports: list[Report] = []
        rows = self._staging.read(after, BATCH)
        for row in rows:
            read = self._read(row)
            if isinstance(read, Result):
                reports.append(Report(row.line, read, row.cells))
            else:
                readable.append(read)
        cells = {row.line: row.cells for row in rows}
        for read, result in zip(readable, flow(readable), strict=True):
            reports.append(Report(read.line, result, cells[read.line] if result.fate == Fate.REFUSED else ()))
        return sorted(reports, key=lambda report: report.line)

    def _read(self, row: Row) -> Read[Facts] | Result:
        if row.refused:
            return Result(Fate.REFUSED, row.column, row.refused)
        try:
            facts = self.preset.facts(self._reader.values(row.cells))
        except CellRefused as error:
            return Result(Fate.REFUSED, error.column, str(error))
        return Read(row.line, dict(zip(self._header, row.cells, strict=True)), facts)


def ordered(preset: Preset[Facts], staging: Staging, header: Sequence[str]) -> Preset[Facts]:
    """The preset with the order of its dates decided, each column over the whole file."""
    open_columns = {column.name: header.index(column.name) for column in preset.columns if column.dated}
    if not open_columns:
        return preset
    seen = {name: DateColumn() for name in open_columns}
    for row in staging.all():
        if not row.refused:
            for name, place in open_columns.items():
                seen[name].see(row.cells[place])
    columns = [in_order(c, seen[c.name].order) if c.name in seen else c for c in preset.columns]
    return replace(preset, columns=columns)


def run(engine: Engine[Facts], flow: Flow[Facts]) -> Iterator[Report]:
    """Import batch by batch, each in a transaction of its own; yields what became of each row.

    Raises AttributeClash before the first batch.
    """
    define_attributes(engine.preset.attributes)
    after = 0
    while reports := engine.batch(after, flow):
        yield from reports
        after = reports[-1].line


def rehearse(engine: Engine[Facts], flow: Flow[Facts]) -> Iterator[Report]:
    """Everything `run` does, in one transaction that is rolled back at the end."""
    with transaction.atomic():
        yield from run(engine, flow)
        transaction.set_rollback(True)
