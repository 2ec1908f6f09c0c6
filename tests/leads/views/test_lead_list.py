"""The leads list: filters, sorts, pages and says what it shows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.lifecycle.criteria import set_criterion
from leads.models import Channel, Company
from leads.people.companies import CompanyFacts
from leads.people.edit import archive_leads, set_owner
from scoring.touched import drain
from tests.browsing import browser
from tests.factories import (
    NOW,
    make_campaign,
    make_lead,
    make_leads,
    make_user,
    move_to,
    publish_model,
    stage,
    view_pages,
)
from users.models import Role

pytestmark = pytest.mark.django_db
URL = "/leads/"


@pytest.fixture
def client():
    return browser(make_user(Role.MARKETER))


@pytest.fixture
def scored():
    """A model that decides on the qualified stage, so that its score is the main one."""
    publish_model()
    set_criterion(stage("mql"), {"leaf": "score", "model": "mql", "op": "gte", "value": 80}, by=None, now=NOW)


def names(response) -> list[str]:
    return [row.lead.name for row in response.context["rows"]]


def test_a_stage_narrows_the_list_and_becomes_a_chip(client):
    engaged, captured = make_leads(2)
    move_to(engaged, "mel")

    response = client.get(URL, {"stage": "mel"})

    assert names(response) == [engaged.name]
    assert [chip["value"] for chip in response.context["chips"]] == ["MEL"]
    assert captured.name not in response.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [("dana acme", True), ("DANA", True), ("levi@", True), ("dana zenith", False), ("100%", False), ("_", False)],
)
def test_every_word_must_stand_in_name_address_or_company(client, query, found):
    make_lead(email="dana.levi@acme.example", first_name="Dana", company=CompanyFacts(name="Acme"))

    assert bool(client.get(URL, {"q": query}).context["rows"]) is found


def test_filters_by_owner_source_campaign_region_and_outcome_work_together(client):
    rep, campaign = make_user(), make_campaign()
    lead = make_lead(
        campaign_id=campaign.pk,
        channel_id=Channel.objects.get(slug="linkedin").pk,
        company=CompanyFacts(name="Acme", region="israel"),
    )
    set_owner({lead.pk: rep.pk}, now=NOW)
    make_lead()
    query = {"owner": rep.pk, "channel": "linkedin", "campaign": "spring", "region": "israel", "outcome": "open"}

    assert names(client.get(URL, query)) == [lead.name]


def test_an_unknown_filter_is_named_and_left_out(client):
    lead = make_lead()

    response = client.get(URL, {"campaign": "gone", "owner": "x"})

    assert names(response) == [lead.name]
    assert len(response.context["errors"]) == 2


def test_sorting_by_score_puts_the_unscored_last_both_ways(client, scored):
    high, low = make_leads(2)
    view_pages([high, high, low])
    drain(now=NOW)
    unscored = make_lead()

    assert names(client.get(URL, {"sort": "-score"})) == [high.name, low.name, unscored.name]
    assert names(client.get(URL, {"sort": "score"})) == [low.name, high.name, unscored.name]


def test_archived_leads_show_only_when_asked_for(client):
    lead = make_lead()
    archive_leads([lead.pk], now=NOW)

    assert names(client.get(URL)) == []
    assert names(client.get(URL, {"archived": "on"})) == [lead.name]


def test_the_two_empty_lists_say_different_things(client):
    assert "No leads yet" in client.get(URL).content.decode()
    make_lead()
    assert "No lead matches" in client.get(URL, {"q": "nobody"}).content.decode()


def test_htmx_gets_the_rows_alone_and_a_tidy_address():
    make_lead()
    client = browser(make_user(Role.MARKETER), HX_Request="true")

    response = client.get(URL, {"q": "lead", "owner": "", "region": ""})

    assert "<html" not in response.content.decode()
    assert response["HX-Push-Url"] == "/leads/?q=lead"
    assert "HX-Request" in response["Vary"]


def test_a_rep_sees_own_leads_only():
    rep = make_user()
    mine, other = make_leads(2)
    set_owner({mine.pk: rep.pk, other.pk: make_user().pk}, now=NOW)

    assert names(browser(rep).get(URL)) == [mine.name]


def test_a_number_of_a_report_opens_exactly_its_leads(client):
    engaged, captured = make_leads(2)
    move_to(engaged, "mel")
    archive_leads([engaged.pk], now=NOW)
    days = {"mode": "cohort", "from": "2026-03-01", "to": "2026-03-31"}

    assert names(client.get(URL, {**days, "reached": "mel"})) == [engaged.name]
    assert names(client.get(URL, {**days, "stopped": "mcl"})) == [captured.name]
    assert names(client.get(URL, {**days, "reached": "mel", "from": "2026-04-01"})) == []
    assert client.get(URL, {**days, "reached": "nowhere"}).context["errors"]


@pytest.mark.parametrize("query", ["", "?sort=-score", "?q=lead&stage=mcl", "?mode=cohort&reached=mcl"])
def test_the_number_of_queries_does_not_depend_on_the_rows(client, scored, query):
    make_leads(3, company=CompanyFacts(name="Acme"))
    drain(now=NOW)

    with CaptureQueriesContext(connection) as few:
        client.get(URL + query)
    make_leads(60, company=CompanyFacts(name="Acme"))
    drain(now=NOW)
    with CaptureQueriesContext(connection) as many:
        response = client.get(URL + query)

    assert len(response.context["rows"]) == 50
    assert len(many) <= len(few)
    assert len(many) <= 29


def test_the_list_of_one_company_is_its_people(client):
    lead = make_lead(company=CompanyFacts(name="Acme"))
    make_lead()

    assert names(client.get(URL, {"company": Company.objects.get(name="Acme").pk})) == [lead.name]
