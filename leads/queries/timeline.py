"""One lead's timeline: everything that happened, newest first, read in slices by cursor."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from leads.models import (
    Activity,
    BantAssessment,
    Capture,
    Cause,
    Consent,
    Criterion,
    Kind,
    Pass,
    Reason,
    ScoreHistory,
    StageChange,
)
from leads.queries.judged_by import judged_by
from leads.queries.local import local

SLICE = 40


@dataclass
class Entry:
    """One line of the timeline. `kind` names the template part that words it; `row` is the fact behind it."""

    kind: str
    at: datetime
    row: Any
    # The views of one visit, newest first; the criterion or reason a stage change rests on.
    views: list[Activity] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def day(self) -> date:
        """The reader's day of the fact."""
        return local(self.at).date()

    @property
    def dwell(self) -> int:
        """Seconds spent on the pages of the visit."""
        return sum(view.dwell_seconds or 0 for view in self.views)


@dataclass(frozen=True)
class Slice:
    """A part of the timeline and the cursor of what comes earlier, empty at the end."""

    entries: list[Entry]
    cursor: str


class BadCursor(ValueError):
    """A cursor that no answer of ours has given out."""


@dataclass(frozen=True)
class _Source:
    """One table of facts; its place in SOURCES orders facts of the same moment."""

    kind: str
    rows: Callable[[int], QuerySet[Any]]
    moment: str = "occurred_at"


# Of facts of one moment the first source here is shown on top: what a capture brought about stands above it.
SOURCES = (
    _Source("stage", lambda lead: StageChange.objects.filter(lead=lead).select_related("from_stage", "to_stage", "by")),
    _Source("score", lambda lead: ScoreHistory.objects.filter(lead=lead).select_related("model"), "recorded_at"),
    _Source("bant", lambda lead: BantAssessment.objects.filter(lead=lead).select_related("by")),
    _Source("consent", lambda lead: Consent.objects.filter(lead=lead).select_related("by")),
    _Source(
        "activity",
        lambda lead: Activity.objects.filter(lead=lead).select_related("page", "document", "campaign", "by"),
    ),
    _Source(
        "capture",
        lambda lead: Capture.objects.filter(lead=lead).select_related("channel", "campaign", "document", "by"),
    ),
)


def timeline(lead_id: int, cursor: str = "", size: int = SLICE, kinds: Collection[str] = ()) -> Slice:
    """A slice of at most `size` facts before `cursor`, the views of a visit as one entry. Raises BadCursor.

    `kinds` narrows it to some of SOURCES, and asks those only.
    """
    before = _parse(cursor) if cursor else None
    facts: list[tuple[datetime, int, int, Entry]] = []
    for place, source in enumerate(SOURCES):
        if kinds and source.kind not in kinds:
            continue
        rows = source.rows(lead_id).order_by(f"-{source.moment}", "-pk")
        if before is not None:
            rows = rows.filter(_earlier(source, place, before))
        for row in rows[: size + 1]:
            at = getattr(row, source.moment)
            facts.append((at, -place, row.pk, Entry(source.kind, at, row)))
    facts.sort(key=lambda fact: fact[:3], reverse=True)
    kept = facts[:size]
    entries = _folded(entry for _, _, _, entry in kept)
    _tell(entries)
    return Slice(entries, _cursor(kept[-1]) if len(facts) > size else "")


def _cursor(fact: tuple[datetime, int, int, Entry]) -> str:
    at, place, pk, _entry = fact
    return f"{at.astimezone(UTC).strftime('%Y%m%dT%H%M%S%f')}-{-place}-{pk}"


def _parse(cursor: str) -> tuple[datetime, int, int]:
    try:
        moment, place, pk = cursor.split("-")
        return datetime.strptime(moment, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC), int(place), int(pk)
    except ValueError:
        raise BadCursor("This address does not name a place in the timeline.") from None


def _earlier(source: _Source, place: int, before: tuple[datetime, int, int]) -> Q:
    """What stands below the cursor: earlier, or of the same moment and further down."""
    at, last_place, last_pk = before
    earlier = Q(**{f"{source.moment}__lt": at})
    same = Q(**{source.moment: at})
    if place > last_place:
        return earlier | same
    return earlier | (same & Q(pk__lt=last_pk)) if place == last_place else earlier


def _folded(entries: Iterable[Entry]) -> list[Entry]:
    """Page views of one visit become one entry, at the newest view's place."""
    visits: dict[int, Entry] = {}
    folded: list[Entry] = []
    for entry in entries:
        if entry.kind != "activity" or entry.row.kind != Kind.PAGE_VIEW or entry.row.visit is None:
            folded.append(entry)
        elif entry.row.visit in visits:
            visits[entry.row.visit].views.append(entry.row)
        else:
            entry.kind, entry.views = "visit", [entry.row]
            visits[entry.row.visit] = entry
            folded.append(entry)
    return folded


def _tell(entries: Sequence[Entry]) -> None:
    """Look up what the stage changes of a slice rest on: one or two queries, whatever their number."""
    changes = [entry for entry in entries if entry.kind == "stage"]
    if not changes:
        return
    criteria = _by_id(Criterion.objects.only("version", "condition"), changes, Cause.CRITERIA)
    kinds = _passes(changes)
    labels: dict[str, str] = {}
    if slugs := {entry.row.reason for entry in changes if entry.row.reason}:
        labels = dict(Reason.objects.filter(slug__in=slugs).values_list("slug", "label"))
    by_criteria = [criteria.get(one.row.cause_id) if one.row.cause == Cause.CRITERIA else None for one in changes]
    moments = [entry.row.recorded_at for entry in changes]
    judged = judged_by(list(zip(by_criteria, moments, strict=True)))
    for entry, criterion, models in zip(changes, by_criteria, judged, strict=True):
        row: StageChange = entry.row
        entry.about = {
            "criterion": criterion,
            "models": models,
            "reason": labels.get(row.reason, row.reason),
            "began": kinds.get((row.lead_id, row.cycle)) if _begins(row) else None,
        }


def _begins(row: StageChange) -> bool:
    """Whether a line begins a pass that is not the lead's first."""
    return (
        row.cycle > 1
        and not row.outcome
        and row.undoes_id is None
        and bool(row.from_outcome or row.cause == Cause.CAPTURE)
    )


def _passes(changes: Sequence[Entry]) -> Mapping[tuple[int, int], Pass]:
    """The passes that lines of a slice begin."""
    begun = [entry.row for entry in changes if _begins(entry.row)]
    if not begun:
        return {}
    rows = Pass.objects.filter(lead__in={row.lead_id for row in begun}, cycle__in={row.cycle for row in begun})
    return {(row.lead_id, row.cycle): row for row in rows}


def _by_id(rows: QuerySet[Any], changes: Sequence[Entry], cause: str) -> Mapping[int | None, Any]:
    ids = {entry.row.cause_id for entry in changes if entry.row.cause == cause}
    return rows.in_bulk(ids) if ids else {}
