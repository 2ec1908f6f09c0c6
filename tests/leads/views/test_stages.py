"""Stages in the settings and on the lead's page."""

from types import SimpleNamespace

import pytest

from leads.conditions.used import Written
from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.retire import empty_retired, retire_stage
from leads.lifecycle.stages import add_stage, edit_stage
from leads.models import Criterion, CriterionMode, Lead, Stage
from tests.browsing import browser
from tests.factories import NOW, PAGE_VIEWED, make_lead, make_leads, make_user, move_to, stage, view_pages
from users.clock import database_now
from users.models import Role

pytestmark = pytest.mark.django_db
URL = "/settings/stages/"
NEW = {"label": "Warm", "name": "Warm leads", "slug": "warm", "after": "mel"}
SUGGESTED = CriterionMode.SUGGESTED


@pytest.fixture
def client():
    return browser(make_user(Role.MARKETER))


@pytest.fixture
def warm() -> Stage:
    return add_stage("warm", {"label": "Warm", "name": "Warm leads"}, after=stage("mel"), by=None, now=NOW)


def line() -> list[str]:
    return list(Stage.objects.order_by("position").values_list("slug", flat=True))


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_the_line_says_what_moves_leads_there_and_how_many_stand_there(client):
    set_criterion(stage("mel"), PAGE_VIEWED, by=None, now=NOW, mode=SUGGESTED)
    edit_stage(stage("mel"), {"moved_by": ["sdr"], "limit_days": 14}, by=None, now=NOW)
    move_to(make_lead(), "mel")

    rows = {row.stage.slug: row for row in client.get(URL).context["rows"]}

    assert (rows["mel"].words, rows["mel"].standing) == ("At least 1 time page visit", 1)
    assert "The move is suggested" in text(client.get(URL))
    assert "By hand: Sales development." in text(client.get(URL))
    assert "stuck after 14 days" in text(client.get(URL))


def test_adding_a_stage_puts_it_in_its_place(client):
    response = client.post(f"{URL}new/", NEW, follow=True)

    assert line() == ["mcl", "mel", "warm", "mql", "sal", "sql", "sqo"]
    assert "Warm stands after MEL now" in text(response)


def test_what_is_wrong_with_a_new_stage_stands_at_its_field_and_nothing_is_lost(client):
    response = client.post(f"{URL}new/", {**NEW, "slug": "Not A Key", "help_text": "Long thoughts"})

    assert response.status_code == 422
    assert "small letters" in response.context["form"].errors["slug"][0]
    assert "Long thoughts" in text(response)
    assert len(line()) == 6


def test_each_realm_changes_its_own_stages(client):
    manager = browser(make_user(Role.SALES_MANAGER))

    assert client.post(f"{URL}new/", {**NEW, "after": "sal"}).status_code == 422
    assert manager.post(f"{URL}new/", {**NEW, "after": "sal"}).status_code == 302
    assert client.get(f"{URL}warm/").status_code == client.post(f"{URL}warm/shift/").status_code == 403
    assert manager.get(f"{URL}mel/retire/").status_code == 403
    assert browser(make_user()).get(URL).status_code == 403


def test_a_stage_goes_up_and_down_by_buttons(client, warm):
    client.post(f"{URL}warm/shift/", {"up": "1"})
    assert line()[:3] == ["mcl", "warm", "mel"]

    response = client.post(f"{URL}warm/shift/", {"up": "1"}, follow=True)

    assert line()[:3] == ["mcl", "warm", "mel"]
    assert "cannot go there" in text(response)


def test_a_stage_is_described_on_its_page(client):
    page = client.get(f"{URL}mel/")
    assert "They read, click and come back" in text(page)

    client.post(f"{URL}mel/", {"label": "Warm", "name": "Warm", "dos": "Call", "moved_by": ["sdr"]})

    assert (stage("mel").label, stage("mel").dos, stage("mel").moved_by) == ("Warm", "Call", ["sdr"])


def test_the_preview_says_what_then_happens(client, warm):
    move_to(make_lead(), "warm")
    move_to(move_to(make_lead(), "warm"), "nurture")

    said = client.get(f"{URL}warm/retire/", {"into": "mel", "merges": "1"})
    assert "<b>1</b> lead stands there and goes to MEL" in text(said)
    assert "<b>2</b> entries of <b>2</b> passes count as entries of MEL" in text(said)
    assert "<b>2</b> now, <b>2</b> afterwards" in text(said)
    assert stage("warm").retired_at is None

    done = client.post(f"{URL}warm/retire/", {"into": "mel", "merges": "1"}, follow=True)

    assert "Warm retired; 1 lead goes to MEL" in text(done)
    assert "1 lead still moves" in text(done)
    assert empty_retired(now=database_now()) == 1
    assert "still moves" not in text(client.get(URL))


def test_what_names_a_stage_is_listed_and_retiring_it_refused(client, warm):
    set_criterion(stage("mql"), {"leaf": "stage", "value": ["warm"]}, by=None, now=NOW)

    page = client.get(f"{URL}warm/retire/", {"into": "mel", "merges": "0"})
    assert page.context["preview"].named_in[0].where == "Criterion of MQL"
    assert isinstance(page.context["preview"].named_in[0], Written)
    assert "Retire Warm</button>" not in text(page)

    response = client.post(f"{URL}warm/retire/", {"into": "mel", "merges": "0"})

    assert response.status_code == 409
    assert "Criterion of MQL names the stage" in text(response)
    assert stage("warm").retired_at is None


def test_the_retire_page_without_a_choice_proposes_the_stage_before(client, warm):
    response = client.get(f"{URL}warm/retire/")

    assert response.context["form"].initial == {"into": "mel"}
    assert response.context["preview"] is None
    assert client.post(f"{URL}warm/retire/", {"into": "sal", "merges": "1"}).status_code == 422
    assert client.get(f"{URL}gone/retire/").status_code == 404


def test_a_criterion_that_can_never_be_met_is_explained_at_its_row(client):
    rows = {
        "when-group": "0",
        "when-g0-word": "all",
        "when-row": "0",
        "when-r0-in": "0",
        "when-r0-kind": "stage",
        "when-r0-value": ["mql"],
        "mode": "automatic",
        "cooldown_days": "0",
    }

    response = client.post("/settings/criteria/mql/", rows)

    assert response.status_code == 422
    assert "name stages before this one" in text(response)
    assert not Criterion.objects.exists()


def test_whoever_meets_a_stage_retired_a_moment_before_is_told(client, monkeypatch):
    add_stage("fresh", {"label": "Fresh", "name": "Fresh"}, after=stage("mcl"), by=None, now=NOW)
    stale = list(Stage.objects.order_by("position"))
    retire_stage(stage("mcl"), stage("fresh"), merges=True, by=None, now=NOW)
    monkeypatch.setattr("leads.lifecycle.move._STAGES", SimpleNamespace(read=lambda _rest: stale))

    page = client.post("/leads/new/", {"email": "dana@acme.example", "channel": "manual"})
    body = {"email": "dana@acme.example"}
    answer = client.post("/api/v1/leads/", body, content_type="application/json")

    assert (page.status_code, answer.status_code) == (409, 409)
    assert "has just changed" in text(page)
    assert "retired just now" in answer.json()["detail"]
    assert not Lead.objects.exists()


# On the lead's page


def test_a_suggested_move_is_shown_to_whoever_may_make_it(client):
    set_criterion(stage("mel"), PAGE_VIEWED, by=None, now=NOW, mode=SUGGESTED)
    lead, other = make_leads(2)
    view_pages([lead])

    page = text(client.get(f"/leads/{lead.pk}/"))

    assert "Meets the criteria of <b>MEL</b>:" in page
    assert f'href="/leads/{lead.pk}/move/?to=mel"' in page
    assert client.get(f"/leads/{other.pk}/").context["suggestion"] is None
    assert Lead.objects.get(pk=lead.pk).stage.slug == "mcl"


def test_nothing_is_suggested_to_a_lead_at_rest_or_to_those_who_may_not(client):
    set_criterion(stage("mel"), PAGE_VIEWED, by=None, now=NOW, mode=SUGGESTED)
    lead = make_lead()
    view_pages([lead])
    edit_stage(stage("mel"), {"moved_by": ["sdr"]}, by=None, now=NOW)
    assert client.get(f"/leads/{lead.pk}/").context["suggestion"] is None

    edit_stage(stage("mel"), {"moved_by": []}, by=None, now=NOW)
    Lead.objects.filter(pk=lead.pk).update(quiet_since=NOW)
    assert client.get(f"/leads/{lead.pk}/").context["suggestion"] is None


def test_the_stage_says_what_it_asks_of_people(client):
    lead = make_lead()

    page = text(client.get(f"/leads/{lead.pk}/"))

    assert "What MCL asks for" in page
    assert "Answer what they asked for within the hour" in page
    Stage.objects.update(help_text="", dos="", donts="", kpis="")
    assert "asks for" not in text(client.get(f"/leads/{lead.pk}/"))


def test_who_may_move_leads_to_a_stage_is_said_and_kept(client):
    edit_stage(stage("mql"), {"moved_by": ["sdr", "sales_manager"]}, by=None, now=NOW)
    lead = make_lead()
    url, sent = f"/leads/{lead.pk}/move/", {"to": "mql", "expect": lead.stage_id}

    assert "Moved to MQL by hand: Sales development or Sales manager only" in text(client.get(url))
    assert client.post(url, sent).status_code == 422
    assert browser(make_user(Role.SDR)).post(url, sent).status_code == 302
    assert Lead.objects.get(pk=lead.pk).stage.slug == "mql"


def test_the_api_refuses_movers_the_stage_does_not_name():
    edit_stage(stage("mql"), {"moved_by": ["sdr"]}, by=None, now=NOW)
    lead = make_lead()
    body = {"data": {"to": "mql"}, "content_type": "application/json"}

    refused = browser(make_user(Role.MARKETER)).post(f"/api/v1/leads/{lead.pk}/moves/", **body)

    assert (refused.status_code, "Sales development only" in refused.json()["detail"]) == (403, True)
    assert browser(make_user(Role.ADMIN)).post(f"/api/v1/leads/{lead.pk}/moves/", **body).status_code == 201


def test_a_lead_at_a_stage_without_a_role_has_a_page(client, warm):
    lead = move_to(make_lead(), "warm")

    assert client.get(f"/leads/{lead.pk}/").status_code == 200
    assert client.get("/leads/", {"stage": "warm"}).status_code == 200
    assert client.get("/reports/funnel/").status_code == 200
