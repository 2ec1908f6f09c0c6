"""The report pages: what they show, what they refuse, and that every number leads to as many leads."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leads.handover.close import close_won
from leads.handover.decide import Verb
from leads.models import Channel
from leads.people.companies import CompanyFacts
from tests.factories import NOW, make_lead, make_leads, make_user
from tests.reports.histories import day, decide_on, walk, year_apart
from users.models import Role

pytestmark = pytest.mark.django_db
MOST_QUERIES = 22
LINK = re.compile(r'<a href="([^"]*mode=[^"]*)">\s*([\d,]+)')


@pytest.fixture
def client() -> Client:
    """A marketer who has signed in."""
    browser = Client()
    browser.force_login(make_user(Role.MARKETER))
    return browser


@pytest.fixture
def campaign():
    """A campaign with everything that may happen to leads, and its predecessor."""
    now, before = year_apart()
    channels = list(Channel.objects.all()[:3])
    leads = [
        make_lead(
            campaign_id=now.pk,
            channel_id=channels[n % 3].pk,
            company=CompanyFacts(name=f"C{n % 2}", domain=f"c{n % 2}.example", region=["us-east", ""][n % 2]),
        )
        for n in range(9)
    ]
    for lead in leads[:6]:
        walk(lead, {"mel": 1, "mql": 2})
    for lead, verb in zip(leads, (Verb.ACCEPT, Verb.ACCEPT, Verb.RETURN, Verb.REJECT), strict=False):
        decide_on(lead, verb, 3)
    walk(leads[0], {"sql": 4, "sqo": 5})
    close_won(leads[0].pk, amount=None, currency="", by=make_user().pk, now=day(6))
    walk(leads[1], {"lost": 7})
    walk(leads[8], {"nurture": 2})
    make_leads(6, campaign_id=before.pk, occurred_at=NOW.replace(year=2025))
    return now


def numbers_and_links(page: str) -> list[tuple[str, int]]:
    """Every number of a page that leads to a list of leads."""
    return [
        (unescape(address), int(text.replace(",", ""))) for address, text in LINK.findall(page) if "/leads/" in address
    ]


@pytest.mark.parametrize("mode", ["cohort", "period"])
@pytest.mark.parametrize("report", ["funnel", "sources"])
def test_every_number_leads_to_as_many_leads(client, campaign, report, mode) -> None:
    shown = client.get(reverse(f"reports:{report}"), {"campaign": campaign.slug, "mode": mode}).content.decode()
    found = numbers_and_links(shown)

    listed = [client.get(address).context["page"].paginator.count for address, _ in found]

    assert len(found) > 25
    assert listed == [number for _, number in found]


def test_each_kind_of_number_has_its_link(client, campaign) -> None:
    shown = client.get(reverse("reports:funnel"), {"campaign": campaign.slug}).content.decode()
    kinds = {kind for address, _ in numbers_and_links(shown) for kind in re.findall(r"(\w+)=", address)}

    assert kinds >= {"reached", "stopped", "outcome", "decision", "campaign", "channel", "region", "mode", "from", "to"}


def test_the_funnel_opens_on_the_latest_campaign_against_its_predecessor(client, campaign) -> None:
    answer = client.get(reverse("reports:funnel"))

    assert answer.status_code == 200
    assert answer.context["wanted"].campaign == campaign
    assert [level.bar.count.number for level in answer.context["levels"]] == [9, 6, 6, 2, 1, 1]
    assert answer.context["levels"][0].bar.before.number == 6
    assert "Cohort: the leads captured in these days, followed to today." in answer.content.decode()


def test_an_empty_campaign_in_the_address_means_all(client, campaign) -> None:
    answer = client.get(reverse("reports:funnel"), {"campaign": "", "from": "2025-01-01", "to": "2026-12-31"})

    assert answer.context["now"].captured == 15


def test_the_filters_stay_in_the_links_between_the_modes(client, campaign) -> None:
    answer = client.get(reverse("reports:funnel"), {"campaign": campaign.slug, "region": "us-east"})

    assert all("region=us-east" in address for _, address in answer.context["modes"])
    assert [chip["value"] for chip in answer.context["chips"]] == ["US East"]


def test_bad_parameters_are_named_and_nothing_is_counted(client, campaign) -> None:
    answer = client.get(reverse("reports:funnel"), {"campaign": "nope", "from": "soon"})

    assert answer.status_code == 400
    assert "There is no such thing here: nope." in answer.content.decode()
    assert "levels" not in answer.context


@pytest.mark.parametrize("report", ["funnel", "sources"])
def test_pages_stand_without_a_single_lead(client, report) -> None:
    answer = client.get(reverse(f"reports:{report}"))

    assert "No leads yet" in answer.content.decode()


def test_a_question_without_an_answer_offers_ways_out(client, campaign) -> None:
    answer = client.get(reverse("reports:funnel"), {"campaign": campaign.slug, "to": "2026-03-01"})

    assert "Nothing to count" in answer.content.decode()


def test_sources_sort_by_win_rate(client, campaign) -> None:
    rows = client.get(reverse("reports:sources"), {"sort": "-rate"}).context["breakdowns"]["channel"]

    assert [row.won.number for row in rows] == [1, 0, 0]


def test_reports_begin_with_the_funnel(client) -> None:
    assert client.get("/reports/").url == reverse("reports:funnel")


def test_strangers_are_sent_to_the_door() -> None:
    assert Client().get(reverse("reports:funnel")).status_code == 302


def test_nothing_is_changed_by_a_report(client) -> None:
    assert client.post(reverse("reports:funnel")).status_code == 405


def test_a_manager_is_told_that_the_figures_reach_further_than_the_lists(campaign) -> None:
    browser = Client()
    browser.force_login(make_user(Role.SALES_MANAGER))

    assert "the lists behind them show those you may read" in browser.get("/reports/funnel/").content.decode()


def test_the_funnel_page_asks_a_fixed_number_of_questions(client, campaign) -> None:
    client.get(reverse("reports:funnel"))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("reports:funnel"))

    assert len(queries) <= MOST_QUERIES, "\n".join(query["sql"][:150] for query in queries)
