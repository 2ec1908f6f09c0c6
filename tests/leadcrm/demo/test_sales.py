"""What the demo shows of handover and sales: clocks, deals, calls, customers, the week's digest."""

import pytest

from leads.models import (
    Deadline,
    DeadlineKind,
    Handover,
    HandoverState,
    Lead,
    Milestone,
    Opportunity,
    PhaseChange,
    StageChange,
    Stakeholder,
    Task,
    TaskKind,
)
from reports.models import Digest
from users.clock import database_now

CAMPAIGN = "oecd-study"


def days(deadline):
    return (deadline.met_at - deadline.started_at).total_seconds() / 86400


def test_offers_of_the_study_were_decided_in_three_days_and_leads_proved_themselves_in_twelve(demo):
    for kind, mean in ((DeadlineKind.DECIDE, 3), (DeadlineKind.OPPORTUNITY, 12)):
        met = Deadline.objects.filter(lead__campaign__slug=CAMPAIGN, kind=kind, met_at__isnull=False)
        took = [days(row) for row in met]

        assert sum(took) / len(took) == pytest.approx(mean, abs=0.02)
    late = Deadline.objects.filter(lead__campaign__slug=CAMPAIGN, kind=DeadlineKind.OPPORTUNITY, met_at__isnull=False)
    assert late.count() == 8
    assert all(row.breached_at for row in late if row.met_at > row.due_at)


def test_every_offer_says_why_it_went_where_it_went(demo):
    assert set(Handover.objects.values_list("route", flat=True)) == {"rule"}
    assert Handover.objects.filter(route="rule", rule=None).count() == 0


def test_offers_wait_one_of_them_recommended_one_late(demo):
    waiting = Handover.objects.filter(state=HandoverState.OPEN)

    assert waiting.count() == 5
    assert waiting.exclude(recommendation="").count() == 1
    assert Deadline.objects.filter(kind="decide", met_at=None, dropped_at=None, breached_at__isnull=False).count() == 1


def test_deals_have_terms_steps_and_people(demo):
    deals = Opportunity.objects.filter(state="open")

    assert deals.count() == 8
    assert not deals.filter(amount=None).exists()
    assert not deals.filter(expected_close_on=None).exists()
    assert Milestone.objects.filter(opportunity__in=deals, done_at=None).exists()
    assert Stakeholder.objects.filter(opportunity__in=deals).count() >= deals.count()
    assert not Milestone.objects.filter(opportunity__state="won", done_at=None).exists()


def test_calls_are_to_be_made_and_first_contacts_were(demo):
    now = database_now()
    again = Task.objects.filter(kind=TaskKind.CALL_BACK, done_at=None)

    assert again.filter(due_at__lt=now).count() == 1
    assert again.filter(due_at__gt=now).count() == 1
    assert Task.objects.filter(kind=TaskKind.FIRST_CONTACT, done_at__isnull=False).count() > 30


def test_who_is_not_ready_has_a_day_to_be_asked_again(demo):
    aside = StageChange.objects.filter(outcome="nurture")

    assert aside.exists()
    assert not aside.filter(until=None).exists()


def test_customers_say_how_it_was(demo):
    won = Lead.objects.filter(outcome="won", campaign__slug__startswith="oecd-study")

    assert all("experience_rating" in lead.attributes for lead in won)
    assert any(lead.attributes["is_advocate"] for lead in won)


def test_buyers_are_seen_on_their_way(demo):
    assert set(PhaseChange.objects.values_list("phase", flat=True)) >= {"discover", "explore", "buy"}


def test_last_week_has_its_digest(demo):
    digest = Digest.objects.get()

    assert digest.mailed_at
    assert digest.data
