"""The settings of routing: rules in order, one rule in the editor, where a lead would go."""

import pytest

from leads.handover.rules import stamp_of_rule
from leads.models import Handover, RoutingRule
from tests.browsing import browser
from tests.factories import PAGE_VIEWED, make_handover, make_lead, make_user
from users.models import Role, Team

pytestmark = pytest.mark.django_db
URL = "/settings/routing/"
ISRAEL = {
    "when-group": "0",
    "when-g0-word": "all",
    "when-row": "0",
    "when-r0-in": "0",
    "when-r0-kind": "company",
    "when-r0-field": "country",
    "when-r0-op": "eq",
    "when-r0-value": "IL",
}


@pytest.fixture
def client():
    return browser(make_user(Role.SALES_MANAGER))


@pytest.fixture
def team():
    return Team.objects.get(slug="sales")


def typed(of, **fields):
    return {**ISRAEL, "name": "Israel", "team": of.pk, "spread": "rotation", "person": "", **fields}


def rule(team, name="Rule", position=1, **fields):
    return RoutingRule.objects.create(
        name=name, team=team, position=position, **{"condition": PAGE_VIEWED, "spread": "team", **fields}
    )


def test_a_new_rule_is_asked_last_and_read_as_a_sentence(client, team):
    rule(team, position=7)

    client.post(f"{URL}new/", typed(team))

    found = RoutingRule.objects.get(name="Israel")
    assert (found.position, found.spread, found.person) == (8, "rotation", None)
    page = client.get(URL).content.decode()
    assert page.index("Rule") < page.index("Israel") < page.index("No rule matches")
    assert "Country is IL" in page


def test_a_rule_is_changed_and_what_was_offered_stays(client, team):
    found = rule(team)
    offer = make_handover()

    client.post(f"{URL}{found.pk}/", typed(team, name="New name", seen=stamp_of_rule(found)))

    found.refresh_from_db()
    assert (found.name, found.condition["leaf"]) == ("New name", "company")
    assert Handover.objects.get() == offer


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"team": "0"}, "team"),
        ({"spread": "person"}, "person"),
        ({"spread": "everybody"}, "spread"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(client, team, fields, field):
    response = client.post(f"{URL}new/", typed(team, **fields))

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert 'value="IL"' in response.content.decode()
    assert not RoutingRule.objects.exists()


def test_the_one_person_is_of_the_team(client, team):
    other = make_user(team=Team.objects.create(slug="other", name="Other"))
    mine = make_user()

    refused = client.post(f"{URL}new/", typed(team, spread="person", person=other.pk))
    client.post(f"{URL}new/", typed(team, spread="person", person=mine.pk))

    assert "person" in refused.context["form"].errors
    assert RoutingRule.objects.get().person == mine


def test_buttons_of_the_editor_save_nothing(client, team):
    response = client.post(f"{URL}new/", typed(team, **{"when-do": "add:0"}))

    assert len(response.context["editor"].rows) == 2
    assert not RoutingRule.objects.exists()


def test_rules_are_put_in_order_and_switched_off(client, team):
    first, second = rule(team, "A", 1), rule(team, "B", 2)

    client.post(f"{URL}{second.pk}/shift/", {"up": first.pk})
    client.post(f"{URL}{second.pk}/shift/", {"up": ""})
    client.post(f"{URL}{first.pk}/switch/")

    assert list(RoutingRule.objects.values_list("name", flat=True)) == ["B", "A"]
    assert [row.is_active for row in RoutingRule.objects.all()] == [True, False]


def test_a_rule_that_can_be_used_no_more_says_so(client, team):
    rule(team, condition={"leaf": "score", "model": "gone", "op": "gte", "value": 1})

    assert "cannot be used any more" in client.get(URL).content.decode()


def test_a_lead_is_tried_and_nothing_happens(client, team):
    rule(team, "Everybody", condition={"leaf": "stage", "value": ["mcl"]}, spread="rotation")
    make_user(name="Ruth Stone")
    make_lead(email="dana@acme.example")

    page = client.get(URL, {"try": "dana@acme"}).content.decode()

    assert "Ruth Stone" in page
    assert "Rotation in Sales, by rule “Everybody”" in page
    assert not Handover.objects.exists()
    assert "Nobody of that name" in client.get(URL, {"try": "nobody at all"}).content.decode()


@pytest.mark.parametrize("role", [Role.MARKETER, Role.SDR, Role.SALES_REP])
def test_others_do_not_come_in(role):
    assert browser(make_user(role)).get(URL).status_code == 403
