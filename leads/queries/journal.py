"""The journal of one lead: every line of every pass, what it rests on, and how long the lead stood there (R5, R6)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from leads.models import Capture, Cause, Criterion, Handover, Lead, Proof, Realm, Reason, Stage, StageChange
from leads.queries.judged_by import judged_by
from users.calendars import Calendars
from users.hours import Calendar


@dataclass
class Line:
    """One line as the table shows it. `took_back`: the line it undoes; `is_gone`: another undid it."""

    row: StageChange
    why: str
    reason: str = ""
    criterion: Criterion | None = None
    stood: timedelta | None = None
    worked: timedelta | None = None
    is_gone: bool = False


def journal(lead: Lead, now: datetime) -> list[Line]:
    """Every line, newest first. A handful of queries, however long the life."""
    rows = list(StageChange.objects.filter(lead=lead).select_related("from_stage", "to_stage", "by").order_by("pk"))
    gone = {row.undoes_id for row in rows}
    facts = {cause: _facts(rows, cause, query) for cause, query in _BEHIND.items()}
    slugs = {row.reason for row in rows if row.reason}
    reasons = dict(Reason.objects.filter(slug__in=slugs).values_list("slug", "label")) if slugs else {}
    lines = [
        Line(
            row,
            _why(row, facts.get(row.cause, {}).get(row.cause_id)),
            reasons.get(row.reason, row.reason),
            facts[Cause.CRITERIA].get(row.cause_id) if row.cause == Cause.CRITERIA else None,
            is_gone=row.pk in gone,
        )
        for row in rows
    ]
    _tell_models(lines)
    _measure([line for line in lines if line.row.undoes_id is None and not line.is_gone], lead, now)
    return lines[::-1]


def _tell_models(lines: Sequence[Line]) -> None:
    """Name the versions of the models that criteria were judged by."""
    judged = judged_by([(line.criterion, line.row.recorded_at) for line in lines])
    for line, models in zip(lines, judged, strict=True):
        line.why = ", ".join([line.why, *(f"{model.name} v{model.number}" for model in models.values())])


def stood(lead: Lead, now: datetime) -> tuple[timedelta, timedelta]:
    """How long the lead has stood where it stands, by the clock and in working time."""
    return now - lead.stage_since, _worked(_calendar(lead, lead.stage, Calendars()), lead.stage_since, now)


_BEHIND: Mapping[str, Callable[[], QuerySet[Any]]] = {
    Cause.CAPTURE: lambda: Capture.objects.select_related("channel", "document"),
    Cause.CRITERIA: lambda: Criterion.objects.select_related("stage"),
    Cause.HANDOVER: lambda: Handover.objects.all(),
    Cause.PROOF: lambda: Proof.objects.all(),
    Cause.RETIRED: lambda: Stage.everything.all(),
}


def _facts(rows: Iterable[StageChange], cause: str, query: Callable[[], QuerySet[Any]]) -> Mapping[int | None, Any]:
    ids = {row.cause_id for row in rows if row.cause == cause}
    return query().in_bulk(ids) if ids else {}


def _why(row: StageChange, fact: Any) -> str:
    """What a line rests on, in a few words."""
    if fact is None:
        return str(Cause(row.cause).label)
    if row.cause == Cause.CAPTURE:
        said = ", ".join(str(part) for part in (fact.channel, fact.document) if part)
        return _("Captured: %(source)s") % {"source": said} if said else _("Captured")
    if row.cause == Cause.CRITERIA:
        return _("Criterion of %(stage)s, version %(n)d") % {"stage": fact.stage.label, "n": fact.version}
    if row.cause == Cause.HANDOVER:
        return _("Handover: %(state)s") % {"state": _decided(row)}
    if row.cause == Cause.PROOF:
        return _("Proof: %(text)s") % {"text": fact.text}
    return _("%(stage)s was retired") % {"stage": fact.label}


def _decided(row: StageChange) -> str:
    """What was decided, by the line itself: a decision taken back leaves the handover open, not the line."""
    if row.outcome:
        return _("rejected")
    return _("returned") if row.backward else _("accepted")


def _measure(lines: Sequence[Line], lead: Lead, now: datetime) -> None:
    """How long the lead stood at each line that counts: until the next one, or until now."""
    calendars = Calendars()
    ends = [*(line.row.occurred_at for line in lines[1:]), now]
    for line, end in zip(lines, ends, strict=True):
        start = line.row.occurred_at
        if line.row.passed_through or end < start:
            continue
        line.stood = end - start
        if not line.row.date_only:
            line.worked = _worked(_calendar(lead, line.row.to_stage, calendars), start, end)


def _calendar(lead: Lead, stage: Stage, calendars: Calendars) -> Calendar:
    """Sales works by the hours of the owner's team, marketing by the organisation's."""
    is_sales = stage.realm == Realm.SALES and lead.owner is not None
    return calendars.of(lead.owner.team_id if is_sales and lead.owner else None)


def _worked(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    return timedelta(seconds=calendar.between(start, end))
