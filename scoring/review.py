"""Deciding on leads just below the threshold (R55). Exactly one reviewer wins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from leads.lifecycle.locks import lock
from leads.lifecycle.move import Move, move
from leads.lifecycle.undo import WINDOW, UndoNotPossible, undo
from leads.models import Cause, Lead, Outcome, ScoreModel, StageChange
from scoring.borderline import Band, band_of, in_band, said_of
from scoring.models import BorderlineReview, BorderlineVerdict
from users.models import Organisation
from users.transactions import one_transaction


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """One verdict. `until` is the day to look again, or of nurture the day to try again; `reason` goes with nurture."""

    lead_id: int
    verdict: BorderlineVerdict
    until: date | None = None
    reason: str = ""
    note: str = ""


class NotBorderline(Exception):
    """Leads no longer in the queue, each with the review that was faster, if one was. Nothing was written."""

    def __init__(self, faster: Mapping[int, BorderlineReview | None]) -> None:
        super().__init__(f"Not in the borderline queue: {', '.join(map(str, faster))}")
        self.faster = dict(faster)


class DayRequired(Exception):
    """To look again later needs a day to come."""


@one_transaction()
def review(reviews: Sequence[Review], *, model: ScoreModel, by: int, now: datetime) -> list[BorderlineReview]:
    """Write down verdicts and move the leads they move, all or nothing; returns what was written.

    "promoted" takes a lead to the stage the model opens, "nurture" ends its pass, "wait" hides it until its day.
    Raises NotBorderline, DayRequired and MoveNotAllowed.
    """
    today = now.astimezone(Organisation.load().zone).date()
    if any(one.verdict == BorderlineVerdict.WAIT and (one.until is None or one.until <= today) for one in reviews):
        raise DayRequired("Give a day to come.")
    ids = [one.lead_id for one in reviews]
    if len(set(ids)) < len(ids):
        raise ValueError("One review a lead.")
    leads = lock(ids)  # whoever decided before us has committed: what is read from here on is the last word
    band = band_of(model, now)
    standing = {} if band is None else {lead.pk: lead for lead in in_band(band, today).filter(pk__in=ids)}
    if band is None or len(standing) < len(ids):
        raise NotBorderline({pk: _latest(model, leads.get(pk)) for pk in ids if pk not in standing})
    rows = BorderlineReview.objects.bulk_create(_row(one, band, standing[one.lead_id], by, now) for one in reviews)
    moves = [_move(one, band, standing[one.lead_id]) for one in reviews if one.verdict != BorderlineVerdict.WAIT]
    move(moves, by=by, now=now)
    return rows


@one_transaction()
def take_back(review_id: int, *, by: int, now: datetime) -> None:
    """Take back one's own verdict within the undo window: the lead stands where it stood, in the queue.

    Raises UndoNotPossible, and then writes nothing.
    """
    lock([BorderlineReview.objects.values_list("lead_id", flat=True).get(pk=review_id)])
    row = BorderlineReview.objects.select_related("lead", "model").get(pk=review_id)
    if row.by_id != by:
        raise UndoNotPossible(_("Only the person who decided can take a decision back."))
    if now - row.recorded_at > WINDOW:
        raise UndoNotPossible(_("The time to undo has passed. Decide anew once the lead is in the queue."))
    if row != said_of(row.lead, row.model, row.cycle).first():
        raise UndoNotPossible(_("This was taken back already, or decided anew."))
    if row.verdict != BorderlineVerdict.WAIT:
        undo([_change_of(row).pk], by=by, now=now)
    row.taken_back_at = now
    row.save(update_fields=["taken_back_at"])


def _change_of(row: BorderlineReview) -> StageChange:
    """The last journal line of the move that a verdict made: written in the same transaction."""
    lines = StageChange.objects.filter(lead_id=row.lead_id, recorded_at=row.recorded_at, cause=Cause.PERSON)
    return lines.latest("pk")


def _latest(model: ScoreModel, lead: Lead | None) -> BorderlineReview | None:
    if lead is None:
        return None
    return said_of(lead, model, lead.cycle).select_related("by").first()


def _row(one: Review, band: Band, lead: Lead, by: int, now: datetime) -> BorderlineReview:
    points: int = lead.points  # type: ignore[attr-defined]
    return BorderlineReview(
        lead=lead,
        model=band.model,
        version=band.version,
        cycle=lead.cycle,
        points=points,
        verdict=one.verdict,
        until=one.until if one.verdict == BorderlineVerdict.WAIT else None,
        note=one.note,
        by_id=by,
        recorded_at=now,
    )


def _move(one: Review, band: Band, lead: Lead) -> Move:
    is_up = one.verdict == BorderlineVerdict.PROMOTED
    return Move(
        lead_id=one.lead_id,
        to=band.stage.slug if is_up else Outcome.NURTURE.value,
        cause=Cause.PERSON,
        reason="" if is_up else one.reason,
        note=one.note,
        expect_stage_id=lead.stage_id,
        until=None if is_up else one.until,
    )
