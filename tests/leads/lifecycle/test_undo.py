"""Taking moves back: compensating lines, and everything as it was."""

from datetime import timedelta

import pytest

from leads.handover.close import close_lost, close_won, record_proof
from leads.handover.decide import Decision, Verb, decide, undo_decision
from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.move import MoveNotAllowed
from leads.lifecycle.undo import WINDOW, UndoNotPossible, undo
from leads.models import Handover, Lead, Opportunity, StageChange
from scoring.touched import drain
from tests.factories import NOW, PAGE_VIEWED, make_handover, make_lead, make_user, minutes, move_to, stage, view_pages

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(seconds=5)


def undo_last(lead: Lead, *, now=SOON, **options) -> Lead:
    """Take the lead's last move back; returns the lead as it stands then."""
    undo([StageChange.objects.filter(lead=lead).latest("pk").pk], by=None, now=now, **options)
    return Lead.objects.select_related("stage").get(pk=lead.pk)


def make_opportunity(by: int) -> Lead:
    offer = make_handover()
    decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=by, now=NOW)
    record_proof(offer.lead_id, form="oral", text="They said so.", by=by, now=NOW + minutes(1))
    return offer.lead


def test_every_line_of_a_move_is_undone() -> None:
    lead = move_to(make_lead(), "mql", now=NOW)

    lead = undo_last(lead)

    assert (lead.stage.slug, lead.outcome, lead.cycle, lead.stage_since) == ("mcl", "", 1, NOW)
    undone = StageChange.objects.filter(undoes__isnull=False)
    assert sorted(undone.values_list("undoes__to_stage__slug", flat=True)) == ["mel", "mql"]
    assert all(line.backward and line.cause == "undo" for line in undone)


def test_time_in_the_stage_goes_on_after_any_number_of_undone_moves() -> None:
    lead = make_lead()
    for day in (1, 2):
        later = NOW + timedelta(days=day)
        move_to(lead, "mel", now=later)
        lead = undo_last(lead, now=later + timedelta(seconds=3))

    assert lead.stage_since == NOW


@pytest.mark.parametrize("late", [WINDOW + timedelta(seconds=1)])
def test_an_old_move_is_not_undone(late: timedelta) -> None:
    lead = move_to(make_lead(), "mel", now=NOW)

    with pytest.raises(UndoNotPossible, match="time to undo"):
        undo_last(lead, now=NOW + late)


def test_neither_a_capture_nor_an_undo_is_undone() -> None:
    lead = make_lead()
    with pytest.raises(UndoNotPossible):
        undo_last(lead)

    move_to(lead, "mel", now=SOON)
    undo_last(lead, now=SOON)
    with pytest.raises(UndoNotPossible):
        undo_last(lead)


def test_a_move_that_others_followed_is_not_undone() -> None:
    lead = move_to(make_lead(), "mel", now=NOW)
    first = StageChange.objects.latest("pk")
    move_to(lead, "mql", now=SOON)

    with pytest.raises(UndoNotPossible, match="moved on"):
        undo([first.pk], by=None, now=SOON)


def test_where_criteria_put_a_lead_it_stays_away_after_the_undo_until_something_new_happens() -> None:
    set_criterion(stage("mel"), PAGE_VIEWED, by=None, now=NOW)
    lead = make_lead()
    view_pages([lead])
    drain(now=NOW)

    undo_last(lead)
    drain(now=SOON)
    assert Lead.objects.get().stage.slug == "mcl"

    view_pages([lead], now=NOW + minutes(2))
    drain(now=NOW + minutes(3))
    assert Lead.objects.get().stage.slug == "mel"


def test_a_decision_is_undone_with_its_handover_only() -> None:
    offer, by = make_handover(), make_user().pk
    decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=by, now=NOW)

    with pytest.raises(UndoNotPossible, match="Take the decision back"):
        undo_last(offer.lead)

    undo_decision(offer.pk, by=by, now=SOON)
    offer.refresh_from_db()
    assert (offer.state, offer.decided_at, offer.decided_by) == ("open", None, None)
    assert Lead.objects.get().stage.slug == "mql"
    assert Lead.objects.get().owner is None


def test_a_decision_is_undone_by_who_took_it() -> None:
    offer = make_handover()
    decide([Decision(handover_id=offer.pk, verb=Verb.RETURN, reason="not_ready")], by=make_user().pk, now=NOW)

    with pytest.raises(UndoNotPossible, match="person who decided"):
        undo_decision(offer.pk, by=make_user().pk, now=SOON)


def test_an_offer_that_a_move_withdrew_stands_again() -> None:
    offer = make_handover()
    move_to(offer.lead, "mcl", now=SOON)
    assert Handover.objects.get().state == "withdrawn"

    undo_last(offer.lead, now=SOON)

    assert Handover.objects.get().state == "open"


def test_an_offer_that_an_earlier_move_withdrew_stays_withdrawn() -> None:
    lead = make_handover().lead
    move_to(lead, "mel", now=NOW + minutes(1))
    move_to(lead, "mql", cause="import", now=NOW + minutes(2))
    move_to(lead, "mel", now=NOW + minutes(3))

    undo_last(lead, now=NOW + minutes(3))

    assert Handover.objects.get().state == "withdrawn"


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_deal_is_open_again_when_its_end_is_undone(outcome: str) -> None:
    by = make_user().pk
    lead = make_opportunity(by)
    if outcome == "won":
        close_won(lead.pk, amount=None, currency="USD", by=by, now=NOW + minutes(2))
    else:
        close_lost(lead.pk, reason="price", by=by, now=NOW + minutes(2))
    assert Opportunity.objects.get().state == outcome

    undo_last(lead, now=NOW + minutes(2))

    assert (Opportunity.objects.get().state, Opportunity.objects.get().closed_at) == ("open", None)


def test_no_deal_is_left_when_the_proof_is_undone() -> None:
    lead = make_opportunity(make_user().pk)

    lead = undo_last(lead, now=NOW + minutes(1))

    assert lead.stage.slug == "sal"
    assert not Opportunity.objects.exists()


def test_a_loss_before_any_opportunity_leaves_no_deal_when_undone() -> None:
    offer, by = make_handover(), make_user().pk
    decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=by, now=NOW)
    close_lost(offer.lead_id, reason="price", by=by, now=NOW + minutes(1))

    undo_last(offer.lead, now=NOW + minutes(1))

    assert not Opportunity.objects.exists()


def test_all_moves_of_a_list_are_refused_with_one_and_nothing_is_written() -> None:
    first, second = make_lead(), make_lead()
    move_to(first, "mel", now=NOW)
    lines = StageChange.objects.count()
    ids = [StageChange.objects.filter(lead=lead).latest("pk").pk for lead in (first, second)]

    with pytest.raises(UndoNotPossible):
        undo(ids, by=None, now=SOON)
    with pytest.raises(MoveNotAllowed):
        move_to(second, "sqo")

    assert StageChange.objects.count() == lines
