"""The running campaign has something of everything, and is alive."""

from datetime import timedelta

import pytest
from django.db.models import Count, F, Max

from leads.models import Activity, Company, Handover, Lead, LeadScore, Outcome, Stage
from users.clock import database_now

pytestmark = pytest.mark.usefixtures("demo")


def _leads():
    return Lead.objects.filter(campaign__slug="always-on")


def test_leads_stand_in_every_stage_and_have_had_every_outcome():
    standing = set(_leads().filter(outcome="").values_list("stage__slug", flat=True))

    assert 40 <= _leads().count() <= 60
    assert standing == set(Stage.objects.values_list("slug", flat=True))
    assert set(_leads().exclude(outcome="").values_list("outcome", flat=True)) == set(Outcome.values)


def test_handovers_are_open_one_overdue_and_one_due_next():
    now = database_now()
    offers = Handover.objects.filter(state="open")

    assert offers.count() >= 4
    assert offers.filter(due_at__lt=now).count() == 1
    assert offers.filter(due_at__range=(now, now + timedelta(days=3))).exists()
    assert all(offer.why for offer in offers)
    assert _leads().filter(handovers__state="returned", stage__slug="mel").exists()


def test_some_stand_right_below_the_threshold_and_where_the_proposal_would_reach_them():
    live = LeadScore.objects.filter(lead__in=_leads(), lead__outcome="")
    accepted = live.filter(model__slug="sales", lead__stage__slug="sal")

    assert live.filter(points__range=(70, 79), model__slug="mql", lead__stage__slug="mel").exists()
    assert not accepted.filter(points__range=(70, 79)).exists()  # these are the four of the study, and nobody else
    assert accepted.filter(points__range=(62, 69)).count() >= 2


def test_a_known_no_keeps_a_lead_from_sales():
    able = LeadScore.objects.filter(lead__in=_leads(), model__slug="mql", points__gte=80, lead__stage__slug="mel")

    assert able.filter(lead__bant_assessments__budget=1).exists()


def test_the_last_facts_are_of_today_and_timelines_are_rich():
    facts = Activity.objects.filter(lead__in=_leads())
    busy = _leads().annotate(facts=Count("activities")).filter(facts__gte=10)

    assert facts.aggregate(at=Max("occurred_at"))["at"] > database_now() - timedelta(days=1)
    assert facts.values("kind").distinct().count() >= 8
    assert busy.count() >= 10


def test_score_history_shows_movement():
    assert (
        _leads().filter(score_history__model__slug="mql").annotate(n=Count("score_history")).filter(n__gte=3).exists()
    )
    assert not _leads().filter(stage_since__lt=F("captured_at")).exists()


def test_companies_have_several_leads():
    assert Company.objects.annotate(n=Count("leads")).filter(n__gte=3, leads__stage__slug="sqo").exists()
    assert not Company.objects.annotate(n=Count("leads")).filter(n__gte=2, leads__handovers__state="returned").exists()
