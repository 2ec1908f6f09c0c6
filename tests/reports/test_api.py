"""The reports over REST, by the examples of the contract."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.handover.decide import Verb
from leads.models import Channel, Lead
from leads.people.companies import CompanyFacts
from tests.callers import Caller, faults
from tests.factories import NOW, make_lead, make_leads, make_user
from tests.reports.histories import decide_on, walk, year_apart
from users.models import Role, Team

pytestmark = pytest.mark.django_db
REPORTS = ["funnel", "sources", "regions", "velocity", "feedback"]
MOST_QUERIES = 16


@pytest.fixture
def caller() -> Caller:
    """An administrator's token."""
    return Caller()


@pytest.fixture
def campaign():
    """A campaign with seven leads against six a year before."""
    now, before = year_apart()
    linkedin = Channel.objects.get(slug="linkedin")
    east = CompanyFacts(name="Acme", domain="acme.example", region="us-east")
    leads = make_leads(7, campaign_id=now.pk, channel_id=linkedin.pk, company=east)
    walk(leads[0], {"mel": 2, "mql": 3, "sal": 4})
    walk(leads[1], {"mel": 4})
    make_leads(6, campaign_id=before.pk, occurred_at=NOW.replace(year=2025))
    return now


def test_the_funnel_answers_as_documented(caller, campaign) -> None:
    answer = caller.get("reports/funnel/", campaign=campaign.slug, mode="cohort", compare="last_year").json()

    assert (answer["mode"], answer["from"], answer["to"]) == ("cohort", "2026-03-01", "2026-03-31")
    first, second, third, *_ = answer["stages"]
    assert first == {
        "stage": "mcl",
        "entries": 7,
        "stopped": 5,
        "step_rate": None,
        "overall_rate": 1.0,
        "band": None,
        "compare": {"entries": 6, "change": 0.16667},
    }
    assert (second["entries"], second["step_rate"], second["overall_rate"]) == (2, 0.28571, 0.28571)
    assert third["compare"] == {"entries": 0, "change": None}
    assert answer["outcomes"] == {"won": 0, "lost": 0, "disqualified": 0, "nurture": 0}
    assert answer["decisions"] == {"accepted": 1, "returned": 0, "rejected": 0}
    assert answer["compare"]["campaign"] == "march-25"


def test_without_comparing_there_is_nothing_compared(caller, campaign) -> None:
    answer = caller.get("reports/funnel/", campaign=campaign.slug).json()

    assert {row["compare"] for row in answer["stages"]} == {None}


@pytest.mark.parametrize(
    ("report", "key", "label"), [("sources", "linkedin", "LinkedIn"), ("regions", "us-east", "US East")]
)
def test_a_breakdown_answers_as_documented(caller, campaign, report, key, label) -> None:
    (row,) = caller.get(f"reports/{report}/", campaign=campaign.slug).json()["rows"]

    assert row == {
        "key": key,
        "label": label,
        "stages": {"mcl": 7, "mel": 2, "mql": 1, "sal": 1, "sql": 0, "sqo": 0},
        "won": 0,
        "to_sqo": 0.0,
        "to_won": 0.0,
    }


def test_velocity_answers_as_documented(caller, campaign) -> None:
    answer = caller.get("reports/velocity/", campaign=campaign.slug).json()

    first, *_, last = answer["rows"]
    assert first == {
        "from": "mcl",
        "to": "mel",
        "n": 2,
        "mean_days": 3.0,
        "median_days": 3.0,
        "p90_days": 3.8,
        "sla_days": None,
    }
    assert (last["from"], last["to"], last["n"], last["mean_days"]) == ("mcl", "won", 0, None)
    assert (answer["sum_of_means"], answer["mean_whole_path"]) == (None, None)


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"campaign": "nope"}, "campaign"),
        ({"channel": "nope"}, "channel"),
        ({"region": "nope"}, "region"),
        ({"owner": "nobody@x.example"}, "owner"),
        ({"mode": "sideways"}, "mode"),
        ({"from": "2026-02-30"}, "from"),
        ({"to": "tomorrow"}, "to"),
        ({"from": "0001-01-01"}, "from"),
        ({"to": "9999-12-31"}, "to"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "from"),
        ({"to": "1950-01-01", "campaign": "march-26"}, "to"),
        ({"segment": "hot"}, "segment"),
        ({"campaign": "a\x00b"}, "campaign"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(caller, campaign, report, query, field) -> None:
    assert faults(caller.get(f"reports/{report}/", **query)) == [field]


def test_only_the_funnel_compares(caller) -> None:
    assert faults(caller.get("reports/funnel/", compare="yesterday")) == ["compare"]
    assert faults(caller.get("reports/sources/", compare="last_year")) == ["compare"]


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_needs_its_scope(report) -> None:
    assert Caller(scopes=("reports:read",)).get(f"reports/{report}/").status_code == 200
    assert Caller(scopes=("leads:read",)).get(f"reports/{report}/").status_code == 403


def captured(user) -> int:
    """How many captured leads a user's funnel counts."""
    today = {"from": NOW.date().isoformat(), "to": NOW.date().isoformat()}
    return Caller(user).get("reports/funnel/", **today).json()["stages"][0]["entries"]


def test_reports_count_what_a_role_may_see() -> None:
    rep, sdr, manager = make_user(), make_user(Role.SDR), make_user(Role.SALES_MANAGER)
    stranger = make_user(team=Team.objects.create(slug="other", name="Other"))
    mine, theirs, _nobodys = make_leads(3)
    Lead.objects.filter(pk=mine.pk).update(owner=rep)
    Lead.objects.filter(pk=theirs.pk).update(owner=stranger)

    assert [captured(user) for user in (rep, sdr, manager, make_user(Role.MARKETER))] == [1, 2, 3, 3]


def test_decisions_are_narrowed_like_the_rest() -> None:
    lead = walk(make_lead(), {"mql": 1})
    decide_on(lead, Verb.REJECT, 2)
    stranger = make_user(team=Team.objects.create(slug="other", name="Other"))
    days = {"from": NOW.date().isoformat(), "to": date(2026, 4, 1).isoformat()}

    answers = [Caller(user).get("reports/funnel/", **days).json() for user in (make_user(Role.MARKETER), stranger)]

    assert [answer["decisions"]["rejected"] for answer in answers] == [1, 0]


@pytest.mark.parametrize("report", REPORTS)
def test_the_number_of_queries_does_not_grow_with_the_leads(caller, campaign, report) -> None:
    caller.get(f"reports/{report}/")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            caller.get(f"reports/{report}/", campaign=campaign.slug)
        counts.append(len(queries))
        for number in range(10):
            walk(make_lead(campaign_id=campaign.pk, channel_id=Channel.objects.all()[number % 5].pk), {"mel": 1})

    assert counts[0] == counts[1] <= MOST_QUERIES
