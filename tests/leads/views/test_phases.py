"""Buying phases on pages: the lead's panel, the lists, and the rules as sentences."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.conditions.select import TooManyToCount
from leads.lifecycle.phase import save_rule, set_phase, stamp_of_rule
from leads.models import PhaseChange, PhaseRule
from leads.queries import phases
from scoring.touched import drain
from tests.browsing import browser
from tests.factories import NOW, PAGE_VIEWED, make_lead, make_leads, make_user, view_pages
from tests.leads.views.test_criteria import ROWS
from users.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return browser(make_user(Role.MARKETER, name="Maya"))


def make_rule(**fields):
    return save_rule(PhaseRule(**{"phase": "explore", "label": "Comes back", "condition": PAGE_VIEWED, **fields}))


def test_the_panel_shows_what_found_the_phase(client):
    rule, lead = make_rule(), make_lead()
    view_pages([lead])
    drain(now=NOW)

    page = client.get(f"/leads/{lead.pk}/phase/").content.decode()

    assert 'data-state="now" aria-current="step">Explore' in page
    assert "At least 1 time page visit" in page or "at least 1 time page visit" in page
    assert f"/settings/phases/{rule.pk}/" in page
    assert "MOFU, warm audience" in page


def test_a_person_says_the_phase_and_why(client):
    lead = make_lead()

    response = client.post(f"/leads/{lead.pk}/phase/", {"phase": "buy", "note": "Asked for an offer."})

    change = PhaseChange.objects.get(lead=lead)
    assert response.status_code == 302
    assert (change.phase, change.evidence, change.by.name, change.rule) == ("buy", "Asked for an offer.", "Maya", None)


def test_without_a_reason_nothing_is_said(client):
    lead = make_lead()

    response = client.post(f"/leads/{lead.pk}/phase/", {"phase": "buy", "note": ""})

    assert response.status_code == 422
    assert "Say what shows the phase." in response.content.decode()
    assert not PhaseChange.objects.exists()


def test_the_list_shows_phases_and_filters_by_them(client):
    early, late = make_leads(2)
    by = make_user().pk
    set_phase({early.pk: "buy", late.pk: "buy"}, note="Said so.", by=by, now=NOW)
    set_phase({early.pk: "discover"}, note="Said so.", by=by, now=NOW)

    page = client.get("/leads/?phase=buy").content.decode()

    assert late.email in page
    assert early.email not in page
    assert 'class="lc-phase"' in page


def test_the_list_asks_for_all_phases_at_once(client):
    by = make_user().pk
    counts = []
    for number in (1, 20):
        set_phase({lead.pk: "buy" for lead in make_leads(number)}, note="Said so.", by=by, now=NOW)
        with CaptureQueriesContext(connection) as caught:
            client.get("/leads/")
        counts.append(len(caught))

    assert counts[1] <= counts[0]


def test_without_rules_the_page_offers_some_to_begin_with(client):
    page = client.get("/settings/phases/").content.decode()

    assert "/settings/phases/new/?template=buy" in page
    assert "Comes back to compare" in client.get("/settings/phases/new/?template=explore").content.decode()


def test_rules_are_read_as_sentences_with_their_count(client):
    make_rule()
    view_pages(make_leads(2))

    page = client.get("/settings/phases/").content.decode()

    assert "At least 1 time page visit" in page
    assert "2 leads match" in page


def test_a_rule_is_written_changed_and_switched_off(client):
    client.post("/settings/phases/new/", {**ROWS, "phase": "buy", "label": "Looks"})
    rule = PhaseRule.objects.get()
    assert (rule.phase, rule.label, rule.condition) == ("buy", "Looks", PAGE_VIEWED)

    client.post(
        f"/settings/phases/{rule.pk}/", {**ROWS, "phase": "explore", "label": "Looks", "seen": stamp_of_rule(rule)}
    )
    client.post(f"/settings/phases/{rule.pk}/switch/")

    rule.refresh_from_db()
    assert (rule.phase, rule.is_active) == ("explore", False)


def test_a_rule_about_phases_is_refused_where_it_is_written(client):
    tree = '{"leaf": "phase", "op": "is", "value": "buy"}'

    response = client.post("/settings/phases/new/", {"when-json": tree, "phase": "buy", "label": "Round"})

    assert response.status_code == 422
    assert "cannot stand here" in response.content.decode()
    assert not PhaseRule.objects.exists()


def test_a_list_of_rules_that_takes_long_to_count_is_shown_without_numbers(client, monkeypatch):
    make_rule()

    def refuse(_seconds):
        raise TooManyToCount

    monkeypatch.setattr(phases, "within", refuse)

    page = client.get("/settings/phases/").content.decode()

    assert "Too many leads to count here." in page
    assert "cannot be used any more" not in page
