"""An SDR recommends a lead to sales: it becomes qualified by hand, with the recommendation on its offer (R43)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from leads.activity.news import publish
from leads.lifecycle.hooks import Moved
from leads.lifecycle.locks import lock
from leads.lifecycle.move import Move, MoveNotAllowed, move
from leads.lifecycle.undo import WINDOW, UndoNotPossible
from leads.models import Cause, Handover, HandoverState, Lead, Realm, Stage, StageRole
from users.transactions import one_transaction


@dataclass(frozen=True, kw_only=True, slots=True)
class Recommendation:
    """Why sales should take this lead, in the words of who spoke to it."""

    lead_id: int
    text: str


@one_transaction()
def recommend(recommendations: Sequence[Recommendation], *, by: int, now: datetime) -> list[Moved]:
    """Recommend leads, one recommendation each, all or none; returns those that had to be moved to be offered.

    An open offer is marked; a lead of marketing without one is moved to the qualified stage, which offers it.
    Raises ValueError for one without words, MoveNotAllowed.
    """
    wanted = {one.lead_id: one.text.strip() for one in recommendations}
    if not all(wanted.values()):
        raise ValueError("Say why sales should take it.")
    leads = lock(wanted)
    offered = set(_open(list(wanted)).values_list("lead_id", flat=True))
    qualified = Stage.objects.filter(role=StageRole.QUALIFIED).first()
    refused = {pk: why for pk in wanted if pk not in offered and (why := _refusal(leads.get(pk), qualified))}
    if refused:
        raise MoveNotAllowed(refused)
    moves = [
        Move(lead_id=pk, to=qualified.slug, cause=Cause.PERSON, note=text)
        for pk, text in wanted.items()
        if pk not in offered and qualified is not None
    ]
    moved = move(moves, by=by, now=now)
    rows = list(_open(list(wanted)).select_for_update(of=("self",)).order_by("lead_id"))
    for row in rows:
        row.recommended_by_id, row.recommended_at, row.recommendation = by, now, wanted[row.lead_id]
    Handover.objects.bulk_update(rows, ["recommended_by", "recommended_at", "recommendation"])
    publish("handover_recommended", wanted, now=now, data={"handovers": [row.pk for row in rows]})
    return moved


@one_transaction()
def withdraw_recommendation(handover_id: int, *, by: int, now: datetime) -> Handover:
    """Take back one's own recommendation of an open offer within the undo window. Raises UndoNotPossible."""
    lead_id = Handover.objects.values_list("lead_id", flat=True).get(pk=handover_id)
    lock([lead_id])
    row = Handover.objects.select_for_update(of=("self",)).get(pk=handover_id)
    if row.recommended_by_id != by or row.recommended_at is None:
        raise UndoNotPossible("Only the person who recommended can take a recommendation back.")
    if row.state != HandoverState.OPEN:
        raise UndoNotPossible("Sales has decided on it by now.")
    if now - row.recommended_at > WINDOW:
        raise UndoNotPossible("The time to undo has passed.")
    row.recommended_by, row.recommended_at, row.recommendation = None, None, ""
    row.save(update_fields=["recommended_by", "recommended_at", "recommendation"])
    publish("recommendation_withdrawn", [row.lead_id], now=now)
    return row


def _open(lead_ids: list[int]) -> QuerySet[Handover]:
    return Handover.objects.filter(lead__in=lead_ids, state=HandoverState.OPEN)


def _refusal(lead: Lead | None, qualified: Stage | None) -> str:
    if lead is None:
        return "There is no such lead."
    if qualified is None:
        return "The line has no stage at which leads are offered to sales. An administrator can add one."
    if lead.outcome:
        return "Its pass has ended. Reopen the lead first."
    if lead.stage.realm == Realm.SALES:
        return "Sales works on it already."
    if lead.stage_id == qualified.pk:
        return "Sales has decided on it in this stage. Send it back to an earlier stage first."
    return ""
