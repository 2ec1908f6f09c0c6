"""Deciding on leads just below the threshold (R55). Exactly one reviewer wins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from leads.lifecycle.hooks import Moved
from leads.lifecycle.move import Move, lock, move
from leads.models import Cause, Lead, Outcome, ScoreModel
from scoring.borderline import Band, band_of, in_band
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
def review(reviews: Sequence[Review], *, model: ScoreModel, by: int, now: datetime) -> list[Moved]:
    """Write down verdicts and move the leads they move, all or nothing; returns those moves.

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
    BorderlineReview.objects.bulk_create(_row(one, band, standing[one.lead_id], by, now) for one in reviews)
    moves = [_move(one, band, standing[one.lead_id]) for one in reviews if one.verdict != BorderlineVerdict.WAIT]
    return move(moves, by=by, now=now)


def _latest(model: ScoreModel, lead: Lead | None) -> BorderlineReview | None:
    if lead is None:
        return None
    rows = BorderlineReview.objects.filter(model=model, lead=lead, cycle=lead.cycle).select_related("by")
    return rows.order_by("-pk").first()


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
