"""The worked example comes out of events run through the pipeline, figure by figure."""

import pytest
from django.db.models import Count, Max

from leads.models import Activity, Consent, Handover, Kind, Lead, LeadScore, ScoreHistory, StageChange
from reports.queries.scope import Mode
from scoring.touched import drain, touch_due
from tests.leadcrm.demo.figures import mails, stage_counts, tables
from users.clock import database_now

pytestmark = pytest.mark.usefixtures("demo")

THIS_YEAR = {
    "stages": [150, 70, 30, 25, 12, 8],
    "outcomes": {"won": 3, "lost": 4, "disqualified": 2, "nurture": 0},
    "decisions": {"accepted": 25, "returned": 3, "rejected": 2},
    "sources": {
        "linkedin": (65, 34, 15, 13, 7, 5, 1),
        "email-sequence": (40, 22, 9, 7, 3, 2, 1),
        "facebook": (25, 10, 4, 3, 1, 1, 1),
        "google-search": (15, 4, 2, 2, 1, 0, 0),
        "tiktok": (3, 0, 0, 0, 0, 0, 0),
        "referrals": (2, 0, 0, 0, 0, 0, 0),
    },
    "regions": {
        "us-east": (95, 48, 22, 18, 9, 6),
        "us-west": (25, 10, 4, 3, 1, 1),
        "europe": (20, 8, 3, 3, 1, 1),
        "israel": (10, 4, 1, 1, 1, 0),
    },
    "steps": [14, 7, 3, 5, 12],
    "whole": 34.9,
}


def test_this_year_gives_the_tables_of_the_worked_example():
    assert tables("oecd-study") == THIS_YEAR


def test_period_and_cohort_agree():
    assert stage_counts("oecd-study", mode=Mode.PERIOD) == THIS_YEAR["stages"]


def test_last_year_gives_the_stage_table_and_its_step_days():
    last_year = tables("oecd-study-last-year")

    assert last_year["stages"] == [120, 60, 22, 18, 9, 6]
    assert last_year["steps"] == [15, 7, 3, 5, 13]


@pytest.mark.parametrize(("slug", "leads"), [("oecd-study", 150), ("oecd-study-last-year", 120)])
def test_every_lead_of_a_campaign_consented(slug, leads):
    assert Consent.objects.filter(lead__campaign__slug=slug, granted=True).values("lead").distinct().count() == leads
    assert not Consent.objects.filter(granted=False).exists()


def test_mails_are_opened_and_clicked_as_in_the_example():
    assert mails("oecd-study", Kind.MAIL_DELIVERED) == [150, 150, 90, 90, 90]
    assert mails("oecd-study", Kind.MAIL_OPEN) == [60, 48, 36, 30, 27]
    assert mails("oecd-study", Kind.MAIL_CLICK) == [12, 10, 9, 6, 4]


def test_last_year_opens_were_24_and_clicks_three_and_a_half_percent():
    sent = sum(mails("oecd-study-last-year", Kind.MAIL_DELIVERED))

    assert round(100 * sum(mails("oecd-study-last-year", Kind.MAIL_OPEN)) / sent) == 24
    assert round(100 * sum(mails("oecd-study-last-year", Kind.MAIL_CLICK)) / sent, 1) == 3.5


def test_22_people_click_and_18_open_both_of_the_first_two_mails():
    of_campaign = Activity.objects.filter(campaign__slug="oecd-study")
    both = of_campaign.filter(kind=Kind.MAIL_OPEN, mail_number__lte=2).values("lead").annotate(n=Count("id"))

    assert of_campaign.filter(kind=Kind.MAIL_CLICK).values("lead").distinct().count() == 22
    assert both.filter(n=2).count() == 18


@pytest.mark.parametrize(("slug", "sessions"), [("oecd-study", 270), ("oecd-study-last-year", 192)])
def test_sessions_give_the_engagement_frequency(slug, sessions):
    views = Activity.objects.filter(lead__campaign__slug=slug, kind=Kind.PAGE_VIEW)

    assert views.values("lead", "visit").distinct().count() == sessions


def test_the_last_mail_opened_on_the_way_contributes_to_engagement():
    credit = dict.fromkeys(range(1, 6), 0)
    for engaged in StageChange.objects.filter(to_stage__slug="mel", backward=False, lead__campaign__slug="oecd-study"):
        opens = Activity.objects.filter(lead=engaged.lead_id, kind=Kind.MAIL_OPEN)
        last = opens.filter(occurred_at__lte=engaged.occurred_at).order_by("occurred_at").last()
        if last is not None:
            credit[last.mail_number] += 1

    assert list(credit.values()) == [15, 10, 8, 5, 2]


def test_exactly_the_qualified_leads_crossed_80_and_at_that_moment():
    crossed = ScoreHistory.objects.filter(model__slug="mql", band="hot", lead__campaign__slug="oecd-study")
    entered = StageChange.objects.filter(to_stage__slug="mql", lead__campaign__slug="oecd-study", backward=False)

    first = dict(crossed.order_by("-recorded_at").values_list("lead", "recorded_at"))
    assert first == dict(entered.filter(outcome="").values_list("lead", "occurred_at"))


def test_twelve_accepted_leads_pass_the_sales_model_and_four_stand_right_below():
    scores = LeadScore.objects.filter(model__slug="sales", lead__stage__realm="sales")
    points = list(scores.filter(lead__campaign__slug="oecd-study").values_list("points", flat=True))

    assert len(points) == 25
    assert sum(p >= 80 for p in points) == 12
    assert sum(70 <= p < 80 for p in points) == 4


def test_the_returned_stay_returned():
    returned = Lead.objects.filter(handovers__state="returned", campaign__slug="oecd-study")

    assert {(lead.stage.slug, lead.outcome) for lead in returned} == {("mel", "")}
    assert all(lead.quiet_since for lead in returned)
    assert all(row.reason and row.missing for row in Handover.objects.filter(state="returned"))


def test_a_week_of_the_workers_time_changes_nothing_in_the_ended_campaigns():
    before = {slug: tables(slug) for slug in ("oecd-study", "oecd-study-last-year")}
    latest = StageChange.objects.aggregate(Max("pk"))
    now = database_now()

    for day in range(1, 8):
        moment = now + day * (now.resolution * 86_400_000_000)
        touch_due(now=moment)
        drain(now=moment)

    assert {slug: tables(slug) for slug in before} == before
    assert StageChange.objects.aggregate(Max("pk")) == latest
