"""What sales said to what it was offered: agreeing with the funnel, opening as many leads, at once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.handover.decide import Decision, Verb, decide
from leads.lifecycle.entries import Mode
from leads.models import Deadline, Handover, Sla
from reports.queries.feedback import AXES, feedback
from reports.queries.funnel import decisions
from reports.queries.service import service_levels
from tests.browsing import browser
from tests.callers import Caller
from tests.factories import NOW, make_campaign, make_lead, make_user, move_to, publish_model
from tests.reports.histories import asked, day, decide_on, imported, walk
from tests.reports.test_pages import numbers_and_links
from users.models import Role

pytestmark = pytest.mark.django_db
VERBS = [Verb.ACCEPT, Verb.ACCEPT, Verb.ACCEPT, Verb.RETURN, Verb.REJECT]
WHY = [{"text": "Head office in US East", "points": 6}, {"text": "Budget certain", "points": 2}]


@pytest.fixture
def campaign():
    """Five decided handovers, one duplicate, one that waits, one undone decision and one offered twice."""
    row = make_campaign(starts_on=NOW.date(), ends_on=NOW.date() + timedelta(days=30))
    leads = [make_lead(campaign_id=row.pk, document=f"report-{n % 2}") for n in range(8)]
    for lead in leads:
        walk(lead, {"mel": 1, "mql": 2})
    Handover.objects.update(why=WHY)
    for lead, verb in zip(leads, VERBS, strict=False):
        decide_on(lead, verb, 4)
    Handover.objects.filter(lead=leads[3]).update(missing=["timeline", "budget"])
    Handover.objects.filter(lead=leads[5]).update(state="duplicate", decided_at=day(4), decided_by=make_user())
    decide_on(leads[6], Verb.ACCEPT, 5, undone=True)
    move_to(leads[3], "mql", now=day(20))
    return row


@pytest.mark.parametrize("mode", list(Mode))
def test_it_agrees_with_the_funnels_decisions(campaign, mode):
    wanted = asked(campaign=campaign, mode=mode)

    found = feedback(wanted).whole

    assert {name: getattr(found, name) for name in ("accepted", "returned", "rejected")} == decisions(wanted)
    assert (found.duplicate, found.open, found.judged) == (1, 3, 5)


def test_every_axis_adds_up_to_the_whole_but_rules(campaign):
    found = feedback(asked(campaign=campaign))

    for axis in AXES.keys() - {"rule"}:
        assert sum(row.counts.total for row in found.slices[axis]) == found.whole.total
    assert [row.key for row in found.slices["rule"]] == ["Budget certain", "Head office in US East"]
    assert {row.key: row.counts.total for row in found.slices["document"]} == {"report-0": 4, "report-1": 5}


def test_reasons_and_what_was_missing_are_counted_with_their_labels(campaign):
    found = feedback(asked(campaign=campaign))

    assert {(row.decision, row.label, row.n) for row in found.reasons} == {
        ("rejected", "Not a real person", 1),
        ("returned", "Not ready yet", 1),
    }
    assert {(row.key, row.label, row.n) for row in found.missing} == {
        ("timeline", "Timeline", 1),
        ("budget", "Budget", 1),
    }


def test_a_decision_counts_the_moment_it_is_made(campaign):
    before = feedback(asked(campaign=campaign)).whole.accepted
    offer = Handover.objects.filter(state="open").first()

    decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=make_user().pk, now=day(21))

    assert feedback(asked(campaign=campaign)).whole.accepted == before + 1


@pytest.mark.parametrize("mode", ["cohort", "period"])
@pytest.mark.parametrize("axis", list(AXES))
def test_every_number_leads_to_as_many_leads(campaign, axis, mode):
    client = browser(make_user(Role.MARKETER))
    shown = client.get("/reports/feedback/", {"campaign": campaign.slug, "by": axis, "mode": mode}).content.decode()

    found = numbers_and_links(shown)
    listed = [client.get(address).context["page"].paginator.count for address, _ in found]

    assert len(found) > 10
    assert listed == [number for _, number in found]


def test_the_list_behind_a_number_says_what_it_shows(campaign):
    client = browser(make_user(Role.MARKETER))
    query = {
        "mode": "cohort",
        "from": "2026-03-01",
        "decision": "returned",
        "missing": "budget",
        "rule": "Budget certain",
    }

    page = client.get("/leads/", query).content.decode()

    assert "Returned, missing: Budget, Budget certain, captured in" in page
    assert client.get("/leads/", {**query, "rep": "nobody"}).context["page"].paginator.count == 0


def test_the_api_answers_as_the_page(campaign):
    answer = Caller().get("reports/feedback/", campaign=campaign.slug).json()

    assert answer["decisions"] == {
        "accepted": 3,
        "returned": 1,
        "rejected": 1,
        "duplicate": 1,
        "open": 3,
        "accepted_rate": 0.6,
        "likely": [0.23072, 0.88238],
    }
    assert answer["by"].keys() == AXES.keys()
    assert [row["kind"] for row in answer["service_levels"]] == ["decide", "contact", "opportunity"]


def test_a_rep_counts_what_they_reach(campaign):
    stranger = make_user(team=None)

    found = Caller(stranger).get("reports/feedback/", campaign=campaign.slug).json()

    assert found["decisions"]["accepted"] == 0


def test_the_page_asks_a_fixed_number_of_questions(campaign):
    client = browser(make_user(Role.MARKETER))
    client.get("/reports/feedback/")

    with CaptureQueriesContext(connection) as queries:
        client.get("/reports/feedback/", {"campaign": campaign.slug, "by": "rep"})

    assert len(queries) <= 30


def test_by_rule_it_leads_those_who_build_rules_to_the_report_card(campaign):
    publish_model(now=NOW)
    asked_by_rule = {"campaign": campaign.slug, "by": "rule"}

    shown = [
        "/scoring/mql/report-card/"
        in browser(make_user(role)).get("/reports/feedback/", asked_by_rule).content.decode()
        for role in (Role.MARKETER, Role.SALES_MANAGER, Role.SALES_REP)
    ]

    assert shown == [True, True, False]


def test_without_handovers_the_page_says_so():
    assert "No leads yet" in browser(make_user(Role.MARKETER)).get("/reports/feedback/").content.decode()


def level(kind, **fields):
    """One service level of everything."""
    rows = {row.kind.value: row for row in service_levels(asked(**fields), day(60))}
    return rows[kind]


def test_deciding_is_timed_by_its_clock_in_working_days():
    Sla.objects.filter(kind="decide").update(amount=2, unit="days")
    for wait in (2, 7):  # from a Monday: two working days, and five with a weekend between
        walk(make_lead(), {"mql": 0})
        decide_on(Handover.objects.get(state="open").lead, Verb.ACCEPT, wait)

    found = level("decide")

    assert (found.n, found.in_time, found.late, found.open_late) == (2, 1, 1, 0)
    assert (found.mean_days, found.mean_working_days, found.status) == (4.5, 3.5, "broken")


def test_a_mean_that_keeps_does_not_hide_that_many_are_late():
    for wait in (0.1, 0.1, 0.1, 3):
        walk(make_lead(), {"mql": 0})
        decide_on(Handover.objects.get(state="open").lead, Verb.ACCEPT, wait)

    assert level("decide").status == "often_late"


def test_without_clocks_the_journal_says_how_long_it_took():
    lead = make_lead()
    imported(lead, "sql", 1)
    imported(lead, "sqo", 13)
    offer = walk(make_lead(), {"mql": 0})
    decide_on(offer, Verb.ACCEPT, 3)
    Deadline.objects.all().delete()

    assert (level("opportunity").mean_days, level("opportunity").status) == (12.0, "broken")
    assert level("decide").mean_days == 3.0


def test_what_is_late_and_still_undone_is_counted_apart():
    walk(make_lead(), {"mql": 0})

    found = level("decide")

    assert (found.n, found.open, found.open_late, found.status) == (0, 0, 1, None)
