"""The steps of an import before it runs: taking the file, reading it, mapping its columns."""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from capture.imports.dates import DateColumn, Order
from capture.imports.guess import guess
from capture.imports.kinds import LEAD_PRESETS, mapped_preset
from capture.imports.mapping import FileMap, InvalidMapping, from_json
from capture.imports.staging import Staging
from capture.imports.table import MAX_BYTES, Table, Unreadable, open_table
from capture.models import ImportBatch, ImportState, SourceMapping

OPEN = frozenset({ImportState.READ, ImportState.MAP, ImportState.CHECKED})
READY = frozenset({ImportState.CHECKED, ImportState.FAILED})


class WrongStep(Exception):
    """The import is at work or done; its file is no longer changed."""


def folder() -> Path:
    """Where uploaded files lie."""
    path: Path = settings.STATE_DIR / "imports"
    path.mkdir(parents=True, exist_ok=True)
    return path


def open_batch(name: str, chunks: Iterable[bytes], *, by: int | None, now: datetime) -> ImportBatch:
    """Keep an uploaded file and find out how it is written. Raises Unreadable; then nothing is kept."""
    path = folder() / f"{secrets.token_hex(16)}.csv"
    try:
        size = _write(path, chunks)
        table = open_table(path)
        return ImportBatch.objects.create(
            name=name[-200:],
            file=path.name,
            size=size,
            encoding=table.encoding,
            delimiter=table.delimiter,
            has_header=table.has_header,
            header=table.header,
            by_id=by,
            created_at=now,
        )
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write(path: Path, chunks: Iterable[bytes]) -> int:
    size = 0
    with path.open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > MAX_BYTES:
                raise Unreadable(f"The file is larger than {MAX_BYTES // 2**20} MB. Split it.")
            file.write(chunk)
    return size


def table_of(batch: ImportBatch) -> Table:
    """The file of an import. Raises Unreadable where it is gone."""
    path = folder() / batch.file
    if not path.exists():
        raise Unreadable("The file is gone. Upload it again.")
    return Table(path, batch.encoding, batch.delimiter, batch.header, batch.has_header)


@transaction.atomic
def set_reading(pk: int, *, encoding: str, delimiter: str, has_header: bool) -> ImportBatch:
    """Read the file in another way. Raises Unreadable, WrongStep."""
    batch = _opened(pk)
    table = open_table(folder() / batch.file, encoding=encoding, delimiter=delimiter, has_header=has_header)
    if table.header != batch.header:
        batch.mapping, batch.orders = {}, {}
    batch.encoding, batch.delimiter, batch.has_header = table.encoding, table.delimiter, table.has_header
    batch.header, batch.state = table.header, ImportState.MAP
    _forget(batch)
    batch.save()
    return batch


def first_mapping(batch: ImportBatch) -> FileMap:
    """The mapping to begin with: the one chosen before, else what such a file had last, else a guess."""
    if batch.mapping:
        return from_json(batch.mapping)
    last = SourceMapping.objects.filter(header_digest=_digest(batch.header)).first()
    if last is not None:
        with suppress(InvalidMapping):  # of an older version
            return from_json(last.mapping)
    rows = [row.cells for row in table_of(batch).first(100) if not row.refused]
    return guess(batch.header, dict(zip(batch.header, zip(*rows, strict=True), strict=False)))


@transaction.atomic
def set_mapping(
    pk: int, *, preset: str, file_map: FileMap | None, campaign_id: int | None, now: datetime
) -> ImportBatch:
    """Choose what the columns say, remember it for the next such file, and have the file checked.

    Raises InvalidMapping, Unreadable, WrongStep.
    """
    batch = _opened(pk)
    table = table_of(batch)
    if preset:
        _check_preset(preset, table, now)
    elif file_map is None:
        raise InvalidMapping("Say what the columns are.")
    else:
        mapped_preset(table, file_map, now)
        batch.mapping = file_map.as_json()
        SourceMapping.objects.update_or_create(
            header_digest=_digest(batch.header), defaults={"mapping": batch.mapping, "updated_at": now}
        )
        batch.orders = _orders(table, file_map)
    batch.preset, batch.campaign_id, batch.state = preset, campaign_id, ImportState.CHECKING
    batch.started_at = now
    _forget(batch)
    batch.save()
    return batch


def _check_preset(preset: str, table: Table, now: datetime) -> None:
    if preset not in LEAD_PRESETS:
        raise InvalidMapping(f"There is no preset {preset!r}.")
    names = [column.name for column in LEAD_PRESETS[preset](now).columns]
    if missing := [name for name in names if name not in table.header]:
        raise InvalidMapping(f"This preset needs the columns: {', '.join(missing)}.")


def _orders(table: Table, file_map: FileMap) -> dict[str, dict[str, Any]]:
    """The order of each column of dates over the whole file, whether it is sure, and three of its cells."""
    wanted = {name: target for name, target in file_map.taken.items() if target.is_date}
    if not wanted:
        return {}
    places = {name: table.header.index(name) for name in wanted}
    seen = {name: DateColumn() for name in wanted}
    samples: dict[str, list[str]] = {name: [] for name in wanted}
    for row in table.rows():
        for name, place in places.items() if not row.refused else ():
            cell = row.cells[place].strip()
            seen[name].see(cell)
            if cell and len(samples[name]) < 3 and cell not in samples[name]:
                samples[name].append(cell)
    return {
        name: {
            "order": target.dates or str(seen[name].order),
            "sure": bool(target.dates) or seen[name].is_sure,
            "samples": samples[name],
        }
        for name, target in wanted.items()
    }


def orders_of(batch: ImportBatch) -> Mapping[str, Order]:
    """The decided order of every column of dates."""
    return {name: Order(said["order"]) for name, said in batch.orders.items()}


@transaction.atomic
def start(pk: int, *, now: datetime) -> ImportBatch:
    """Run an import that was checked, or go on with one that stopped. Raises WrongStep."""
    batch = _opened(pk, READY)
    batch.state, batch.error = ImportState.RUNNING, ""
    batch.save(update_fields=["state", "error"])
    return batch


@transaction.atomic
def discard(pk: int) -> None:
    """Forget an import that is not at work, with its file; what it brought stays."""
    batch = ImportBatch.objects.select_for_update().get(pk=pk)
    if batch.state in (ImportState.CHECKING, ImportState.RUNNING):
        raise WrongStep("The import is at work. Wait until it has ended.")
    Staging(batch.pk).drop()
    path = folder() / batch.file
    batch.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def _opened(pk: int, states: Collection[str] = OPEN) -> ImportBatch:
    batch = ImportBatch.objects.select_for_update().get(pk=pk)
    if batch.state not in states:
        raise WrongStep("This import is at another step.")
    return batch


def _forget(batch: ImportBatch) -> None:
    """What an earlier reading or check found."""
    batch.rows, batch.line, batch.counts, batch.checked, batch.error = None, 0, {}, {}, ""
    batch.refused_rows.all().delete()
    Staging(batch.pk).drop()


def _digest(header: Sequence[str]) -> str:
    return hashlib.blake2b("\x1f".join(header).encode(), digest_size=16).hexdigest()
