"""Terms of deals: journaled, atomic, never another system's."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from leads.handover.close import close_lost, close_won
from leads.handover.deals import (
    NewMilestone,
    NoStakeholder,
    OwnedElsewhere,
    Stake,
    add_milestones,
    amend,
    drop_milestones,
    edit_milestones,
    set_stakeholders,
    undo_amendment,
)
from leads.handover.named import NamedDeal, keep_deals
from leads.lifecycle.undo import UndoNotPossible
from leads.models import BuyingRole, Event, Milestone, Opportunity, OpportunityChange, OpportunityState, Stakeholder
from leads.people.companies import CompanyFacts
from tests.factories import NOW, make_lead, make_user
from tests.leads.dealing import ACME, make_deal

pytestmark = pytest.mark.django_db


def external(name: str = "X1") -> Opportunity:
    keep_deals("maven", [NamedDeal(external_id=name, state=OpportunityState.OPEN)])
    return Opportunity.objects.get(external_id=name)


def last_change() -> OpportunityChange:
    return OpportunityChange.objects.latest("pk")


def test_terms_change_with_their_journal_and_news():
    user, deal = make_user(), make_deal()

    amend({deal.pk: {"amount": Decimal("1200.50"), "expected_close_on": date(2026, 4, 30)}}, by=user.pk, now=NOW)

    deal.refresh_from_db()
    assert (deal.amount, deal.expected_close_on) == (Decimal("1200.50"), date(2026, 4, 30))
    change = last_change()
    assert (change.before, change.after) == (
        {"amount": None, "expected_close_on": None},
        {"amount": "1200.50", "expected_close_on": "2026-04-30"},
    )
    assert (change.by, change.recorded_at) == (user, NOW)
    assert Event.objects.filter(kind="deal_amended", lead_ids=[deal.lead_id]).exists()


def test_what_does_not_differ_leaves_no_trace():
    deal = make_deal(amount=Decimal(5), currency="EUR")
    before = OpportunityChange.objects.count()

    assert amend({deal.pk: {"amount": Decimal(5), "data": {}}}, by=None, now=NOW) == {}
    assert OpportunityChange.objects.count() == before


def test_many_deals_are_amended_by_as_many_statements_as_one(django_assert_max_num_queries):
    deals = [make_deal(company=CompanyFacts(name=f"C{n}")) for n in range(4)]

    with django_assert_max_num_queries(8):
        amend({deal.pk: {"competitor": "Rival"} for deal in deals}, by=None, now=NOW)

    assert Opportunity.objects.filter(competitor="Rival").count() == 4


def test_another_systems_deal_is_refused_and_nothing_is_written():
    ours, theirs = make_deal(), external()

    with pytest.raises(OwnedElsewhere, match="maven owns"):
        amend({ours.pk: {"name": "x"}, theirs.pk: {"name": "y"}}, by=None, now=NOW)
    with pytest.raises(OwnedElsewhere):
        add_milestones([NewMilestone(deal_id=theirs.pk, title="Demo")], by=None, now=NOW)
    assert not OpportunityChange.objects.exists()
    assert not Opportunity.objects.exclude(name="").exists()


def test_state_is_no_term():
    deal = make_deal()

    with pytest.raises(ValueError, match="state"):
        amend({deal.pk: {"state": "won"}}, by=None, now=NOW)


def test_ones_own_change_is_taken_back_within_the_window():
    user, deal = make_user(), make_deal(expected_close_on=date(2026, 3, 31))
    (change_id,) = amend({deal.pk: {"expected_close_on": date(2026, 5, 31)}}, by=user.pk, now=NOW).values()

    with pytest.raises(UndoNotPossible):
        undo_amendment(change_id, by=make_user().pk, now=NOW)
    with pytest.raises(UndoNotPossible, match="time to undo"):
        undo_amendment(change_id, by=user.pk, now=NOW + timedelta(minutes=1))
    undo_amendment(change_id, by=user.pk, now=NOW + timedelta(seconds=5))

    deal.refresh_from_db()
    assert deal.expected_close_on == date(2026, 3, 31)
    assert last_change().after == {"expected_close_on": "2026-03-31"}


def test_a_change_somebody_built_on_is_not_taken_back():
    user, deal = make_user(), make_deal()
    (change_id,) = amend({deal.pk: {"amount": Decimal(10)}}, by=user.pk, now=NOW).values()
    amend({deal.pk: {"amount": Decimal(20)}}, by=make_user().pk, now=NOW)

    with pytest.raises(UndoNotPossible, match="Somebody"):
        undo_amendment(change_id, by=user.pk, now=NOW)


def test_milestones_are_agreed_reached_and_dropped_with_their_history():
    user, deal = make_user(), make_deal()
    (pk,) = add_milestones([NewMilestone(deal_id=deal.pk, title="Demo")], by=user.pk, now=NOW)

    assert edit_milestones({pk: {"is_done": True, "due_on": date(2026, 4, 1)}}, by=user.pk, now=NOW) == {pk}
    assert Milestone.objects.get().done_at == NOW
    assert edit_milestones({pk: {"is_done": True}}, by=user.pk, now=NOW) == set()
    drop_milestones([pk], by=user.pk, now=NOW)

    assert not Milestone.objects.exists()
    assert [row.after["milestones"][str(pk)] is None for row in OpportunityChange.objects.order_by("pk")] == [
        False,
        False,
        True,
    ]


def test_people_of_the_company_get_a_say_and_nobody_else():
    deal = make_deal()
    colleague, stranger = make_lead(company=ACME), make_lead(company=CompanyFacts(name="Other", domain="other.example"))

    set_stakeholders({deal.pk: {colleague.pk: Stake(role=BuyingRole.FINANCE, note="signs")}}, by=None, now=NOW)
    with pytest.raises(NoStakeholder):
        set_stakeholders({deal.pk: {stranger.pk: Stake(role=BuyingRole.USER)}}, by=None, now=NOW)
    set_stakeholders({deal.pk: {colleague.pk: Stake(role=BuyingRole.BLOCKER)}}, by=None, now=NOW)

    assert Stakeholder.objects.get().role == "blocker"
    assert last_change().before == {"stakeholders": {str(colleague.pk): ["finance", "signs"]}}
    set_stakeholders({deal.pk: {colleague.pk: None}}, by=None, now=NOW)
    assert not Stakeholder.objects.exists()


def test_losing_keeps_the_amount_that_was_agreed():
    user = make_user()
    deal = make_deal(user, amount=Decimal(900), currency="EUR")

    close_lost(deal.lead_id, reason="price", by=user.pk, now=NOW)

    deal.refresh_from_db()
    assert (deal.state, deal.amount, deal.currency) == ("lost", Decimal(900), "EUR")


def test_winning_for_another_amount_journals_the_one_before():
    user = make_user()
    deal = make_deal(user, amount=Decimal(900), currency="EUR")

    close_won(deal.lead_id, amount=Decimal(800), currency="EUR", by=user.pk, now=NOW)

    deal.refresh_from_db()
    assert deal.amount == Decimal(800)
    assert (last_change().before["amount"], last_change().after["amount"]) == ("900.00", "800.00")
