"""The run of an import: a file in batches through one flow, every row counted, every refusal told with its line."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Generic
from zoneinfo import ZoneInfo

from django.db import transaction

from capture.imports.columns import CellRefused, values_of
from capture.imports.presets import Facts, Preset
from capture.imports.table import Row, Table
from leads.people.attributes import define_attributes

BATCH = 2_000


class Fate(StrEnum):
    """The four ends of a row, in the order of the count line."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row; `reason` with its column where it was refused. `is_flagged`: dated out of order."""

    fate: Fate
    column: str = ""
    reason: str = ""
    is_flagged: bool = False


@dataclass(frozen=True, slots=True)
class Read(Generic[Facts]):
    """A row that could be read: its cells as they came and what they say."""

    row: Row
    facts: Facts


Flow = Callable[[Sequence[Read[Facts]]], Sequence[Result]]


@dataclass(frozen=True, slots=True)
class Report:
    """One row's result, on its line."""

    line: int
    result: Result


def run(table: Table, preset: Preset[Facts], flow: Flow[Facts], *, zone: ZoneInfo) -> Iterator[Report]:
    """Import a table batch by batch, each in a transaction of its own; yields what became of each row.

    Raises AttributeClash before the first batch.
    """
    define_attributes(preset.attributes)
    rows = table.rows()
    while batch := list(islice(rows, BATCH)):
        yield from _batch(batch, preset, flow, zone)


def rehearse(table: Table, preset: Preset[Facts], flow: Flow[Facts], *, zone: ZoneInfo) -> Iterator[Report]:
    """Everything `run` does, in one transaction that is rolled back at the end."""
    with transaction.atomic():
        yield from run(table, preset, flow, zone=zone)
        transaction.set_rollback(True)


def _batch(batch: Sequence[Row], preset: Preset[Facts], flow: Flow[Facts], zone: ZoneInfo) -> list[Report]:
    """What became of the rows of one batch, in the order of their lines."""
    readable: list[Read[Facts]] = []
    reports: list[Report] = []
    for row in batch:
        if row.refused:
            reports.append(Report(row.line, Result(Fate.REFUSED, reason=row.refused)))
            continue
        try:
            values = values_of(row.cells, preset.columns, zone)
        except CellRefused as error:
            reports.append(Report(row.line, Result(Fate.REFUSED, error.column, str(error))))
        else:
            readable.append(Read(row, preset.facts(values)))
    for read, result in zip(readable, flow(readable), strict=True):
        reports.append(Report(read.row.line, result))
    return sorted(reports, key=lambda report: report.line)
