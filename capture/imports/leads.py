"""Importing leads: rows that are new become captures at rest; what came before in the same words is left alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from capture.imports.presets import LeadFacts
from capture.imports.run import Fate, Read, Result
from leads.models import Capture, Cause, Suppression
from leads.people.capture import Captured, NewCapture, capture, identities
from leads.people.channels import channel_ids
from leads.people.contact import suppress
from leads.people.identity import Identity, known_people

Rows = Sequence[Read[LeadFacts]]
Name = tuple[Identity, ...]
Cells = Mapping[str, str]


@transaction.atomic
def import_leads(
    rows: Rows, *, preset: str, file: str, campaign_id: int | None, by: int | None, now: datetime
) -> list[Result]:
    """Capture the people of these rows, at rest.

    A row whose person was captured from the very same cells before is left alone. The same person in other words is
    one more touch, which completes what was known.
    """
    captures = _captures(rows, preset, file, campaign_id)
    names = [tuple(identities(one)) for one in captures]
    told = _told_before(names, preset)
    fresh: list[Read[LeadFacts]] = []
    new: list[NewCapture] = []
    for name, row, one in zip(names, rows, captures, strict=True):
        if row.cells not in told.setdefault(name, []):
            told[name].append(row.cells)
            fresh.append(row)
            new.append(one)
    captured = capture(new, by=by, now=now, cause=Cause.IMPORT) if new else []
    bounced = [one.lead_id for row, one in zip(fresh, captured, strict=True) if row.facts.bounced and one.lead_id]
    if bounced:
        suppress(bounced, Suppression.BOUNCED, by=by, now=now)
    results = {row.line: _result(row, one) for row, one in zip(fresh, captured, strict=True)}
    return [results.get(row.line, Result(Fate.UNCHANGED)) for row in rows]


def _told_before(names: Sequence[Name], preset: str) -> dict[Name, list[Cells]]:
    """The cells from which the people of these names were captured before, by this preset."""
    people = known_people([list(name) for name in names])
    if not people:
        return {}
    cells: dict[int, list[Cells]] = {}
    stored = Capture.objects.filter(lead_id__in=set(people.values()), payload__import=preset)
    for lead_id, payload in stored.values_list("lead_id", "payload"):
        cells.setdefault(lead_id, []).append(payload["row"])
    if not cells:
        return {}
    return {
        name: [row for pk in {people[o] for o in name if o in people} for row in cells.get(pk, [])] for name in names
    }


def _captures(rows: Rows, preset: str, file: str, campaign_id: int | None) -> list[NewCapture]:
    channels = channel_ids(dict(row.facts.channel for row in rows if row.facts.channel))
    return [
        NewCapture(
            **row.facts.capture,
            channel_id=channels[row.facts.channel[0]] if row.facts.channel else None,
            campaign_id=campaign_id,
            payload={"import": preset, "file": file, "line": row.line, "row": row.cells},
        )
        for row in rows
    ]


def _result(row: Read[LeadFacts], captured: Captured) -> Result:
    if captured.refused:
        return Result(Fate.REFUSED, reason=captured.refused)
    return Result(Fate.NEW if captured.is_new else Fate.UPDATED, flag=row.facts.flag)
