"""Stage criteria: read as sentences, written in rows, counted while they are written."""

import pytest

from leads.lifecycle.criteria import in_force, set_criterion
from leads.models import Criterion
from tests.browsing import browser
from tests.factories import NOW, PAGE_VIEWED, make_lead, make_user, stage, view_pages
from users.clock import database_now
from users.models import Role

pytestmark = pytest.mark.django_db
ROWS = {
    "when-group": "0",
    "when-g0-word": "all",
    "when-row": "0",
    "when-r0-in": "0",
    "when-r0-kind": "activity",
    "when-r0-measure": "count",
    "when-r0-op": "gte",
    "when-r0-value": "1",
    "when-r0-kinds": ["page_view"],
}


@pytest.fixture
def client():
    return browser(make_user(Role.MARKETER))


def test_the_criterion_in_force_is_read_as_a_sentence(client):
    set_criterion(stage("mel"), PAGE_VIEWED, by=None, now=NOW)

    assert "At least 1 time page visit" in client.get("/settings/criteria/").content.decode()


def test_saving_writes_the_next_version(client):
    set_criterion(stage("mel"), PAGE_VIEWED, by=None, now=NOW)

    said = {"mode": "automatic", "cooldown_days": "7", "seen": "v1"}
    client.post("/settings/criteria/mel/", {**ROWS, "when-r0-value": "2", **said})

    found = in_force(database_now())[stage("mel").pk]
    assert (found.version, found.cooldown_days, found.condition) == (2, 7, {**PAGE_VIEWED, "value": 2})


def test_an_invalid_row_is_explained_where_it_stands(client):
    response = client.post("/settings/criteria/mel/", {**ROWS, "when-r0-value": "many", "cooldown_days": "0"})

    assert response.status_code == 422
    assert response.context["editor"].rows[0].errors == {"value": "Give a number."}
    assert 'value="many"' in response.content.decode()
    assert not Criterion.objects.exists()


def test_buttons_of_the_editor_change_the_form_and_save_nothing(client):
    response = client.post("/settings/criteria/mel/", {**ROWS, "when-do": "add:0"})

    assert len(response.context["editor"].rows) == 2
    assert not Criterion.objects.exists()


def test_a_condition_in_json_says_where_it_is_wrong(client):
    sent = {"when-json": '{"all": [{"leaf": "consent"}]}', "cooldown_days": "0"}

    response = client.post("/settings/criteria/mel/", sent)

    assert response.context["editor"].errors == ["all.0.value: Say true or false."]


def test_the_count_names_the_leads_it_matches(client):
    lead, _other = make_lead(first_name="Dana"), make_lead()
    view_pages([lead])

    response = client.post("/conditions/count/", ROWS)

    assert (response.context["found"].count, response.context["found"].is_exact) == (1, True)
    assert "Dana" in response.content.decode()


def test_an_unfinished_condition_is_not_counted(client):
    assert "Complete the condition" in client.post("/conditions/count/", {"when-row": "0"}).content.decode()


def test_sales_criteria_belong_to_sales_managers(client):
    manager = browser(make_user(Role.SALES_MANAGER))

    assert client.get("/settings/criteria/sql/").status_code == 403
    assert manager.get("/settings/criteria/sql/").status_code == 200
    assert manager.get("/settings/criteria/mel/").status_code == 403
    assert browser(make_user()).get("/settings/criteria/").status_code == 403
