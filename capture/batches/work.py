"""The work of imports, one short transaction at a time: what is done stays done, whoever goes on begins behind it."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from django.db import InterfaceError, OperationalError, transaction

from capture.batches.prepare import orders_of, table_of
from capture.imports.columns import in_order
from capture.imports.kinds import LEAD_PRESETS, mapped_preset
from capture.imports.leads import import_leads
from capture.imports.mapping import from_json
from capture.imports.presets import LeadFacts, Preset
from capture.imports.run import Engine, Fate, Flow, Report, rehearse
from capture.imports.staging import Staging
from capture.imports.table import Table
from capture.models import ImportBatch, ImportState, RefusedRow
from leads.lifecycle.move import StageRetired
from leads.people.attributes import define_attributes
from users.cells import storable
from users.models import Organisation

KIND = "imports"  # of a nudge
SHOWN = 100  # refused rows a check keeps
logger = logging.getLogger(__name__)


@transaction.atomic
def work(*, now: datetime) -> bool:
    """Do the next piece of the oldest import at work that nobody else holds; False when there is none.

    What breaks an import stops it, told in words; what may pass by itself is raised, and tried again.
    """
    at_work = ImportBatch.objects.filter(state__in=[ImportState.CHECKING, ImportState.RUNNING])
    batch = at_work.select_for_update(skip_locked=True).order_by("pk").first()
    if batch is None:
        return False
    try:
        with transaction.atomic():
            (_check if batch.state == ImportState.CHECKING else _run)(batch, now)
    except (OperationalError, InterfaceError, StageRetired):
        raise
    except Exception as error:
        logger.exception("import %s stopped", batch.pk)
        batch.refresh_from_db()
        batch.state = ImportState.MAP if batch.state == ImportState.CHECKING else ImportState.FAILED
        batch.error = str(error)[:2000] or type(error).__name__
    batch.save()
    return True


def _check(batch: ImportBatch, now: datetime) -> None:
    """Everything the run would do, taken back again."""
    engine, flow = _engine(batch)
    counts: Counter[str] = Counter()
    flags: Counter[str] = Counter()
    shown: list[dict[str, object]] = []
    for report in rehearse(engine, flow):
        counts[report.result.fate] += 1
        if report.result.flag:
            flags[report.result.flag] += 1
        if report.result.fate == Fate.REFUSED and len(shown) < SHOWN:
            said = report.result
            shown.append({"line": report.line, "column": said.column, "reason": said.reason})
    batch.checked = {"counts": counts, "flags": flags, "refused": shown}
    batch.state = ImportState.CHECKED


def _run(batch: ImportBatch, now: datetime) -> None:
    """The next rows, with their count and the place to go on from, in one transaction."""
    engine, flow = _engine(batch)
    if batch.line == 0:
        define_attributes(engine.preset.attributes)
    reports = engine.batch(batch.line, flow)
    if not reports:
        batch.state, batch.finished_at = ImportState.DONE, now
        Staging(batch.pk).drop()
        return
    counts = Counter(batch.counts)
    counts.update(str(report.result.fate) for report in reports)
    counts.update(flagged=sum(bool(report.result.flag) for report in reports))
    batch.counts, batch.line = dict(counts), reports[-1].line
    _keep_refused(batch, [report for report in reports if report.result.fate == Fate.REFUSED])


def _keep_refused(batch: ImportBatch, reports: Sequence[Report]) -> None:
    RefusedRow.objects.bulk_create(
        [
            RefusedRow(
                batch=batch,
                line=report.line,
                column=storable(report.result.column)[:500],
                reason=storable(report.result.reason),
                cells=[storable(cell) for cell in report.cells],
            )
            for report in reports
        ]
    )


def _engine(batch: ImportBatch) -> tuple[Engine[LeadFacts], Flow[LeadFacts]]:
    """The engine over the staged file; one that a crash has emptied is staged anew."""
    table, staging = table_of(batch), Staging(batch.pk)
    if not staging.exists():
        batch.rows = staging.fill(table)
    preset = _preset(batch, table)
    assert batch.started_at is not None, "mapped imports have begun"
    flow = partial(
        import_leads,
        preset=preset.slug,
        file=batch.name,
        campaign_id=batch.campaign_id,
        by=batch.by_id,
        now=batch.started_at,
    )
    return Engine(staging, table.header, preset, Organisation.load().zone), flow


def _preset(batch: ImportBatch, table: Table) -> Preset[LeadFacts]:
    assert batch.started_at is not None, "mapped imports have begun"
    if batch.preset:
        return LEAD_PRESETS[batch.preset](batch.started_at)
    preset, orders = mapped_preset(table, from_json(batch.mapping), batch.started_at), orders_of(batch)
    columns = [in_order(column, orders[column.name]) if column.name in orders else column for column in preset.columns]
    return replace(preset, columns=columns)
