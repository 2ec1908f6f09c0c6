"""Attributes go only where nothing asks for them, and so do their choices."""

from typing import Any

import pytest

from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.segments import NewSegment, save_segment
from leads.models import AttributeDefinition, Lead
from leads.people.attributes import AttributeInUse, delete_attribute, save_attribute
from scoring.rules import RuleSpec
from tests.browsing import browser
from tests.factories import NOW, make_lead, make_user, publish_model, stage
from users.models import Role

pytestmark = pytest.mark.django_db
URL = "/settings/leads/attributedefinition/"


@pytest.fixture
def tier() -> AttributeDefinition:
    return AttributeDefinition.objects.create(
        subject="lead", key="tier", label="Tier", type="choice", choices=["gold", "tin"]
    )


def asks(value: str = "gold") -> dict[str, Any]:
    return {"leaf": "lead", "field": "attributes.tier", "op": "in", "value": [value]}


def test_an_attribute_that_nothing_asks_for_goes_and_its_values_stay(tier: AttributeDefinition) -> None:
    lead = make_lead(attributes={"tier": "gold"})

    delete_attribute(tier, now=NOW)

    assert not AttributeDefinition.objects.filter(key="tier").exists()
    assert Lead.objects.get(pk=lead.pk).attributes == {"tier": "gold"}


def test_one_that_a_condition_asks_for_stays_and_says_where(tier: AttributeDefinition) -> None:
    save_segment(None, NewSegment("Gold", asks()), by=None, now=NOW)
    set_criterion(stage("mel"), asks(), by=None, now=NOW)

    with pytest.raises(AttributeInUse, match="Criterion of MEL; Segment “Gold”"):
        delete_attribute(tier, now=NOW)


def test_one_that_only_a_score_of_the_past_asks_for_stays_too(tier: AttributeDefinition) -> None:
    publish_model(rules=[RuleSpec(points=5, group="fit", condition=asks())])
    publish_model()

    with pytest.raises(AttributeInUse, match="Scoring rule"):
        delete_attribute(tier, now=NOW)


def test_an_attribute_of_the_same_key_of_companies_is_another_one(tier: AttributeDefinition) -> None:
    twin = AttributeDefinition.objects.create(subject="company", key="tier", label="Tier", type="text")
    save_segment(None, NewSegment("Gold", asks()), by=None, now=NOW)

    delete_attribute(twin, now=NOW)

    assert [row.subject for row in AttributeDefinition.objects.filter(key="tier")] == ["lead"]


def test_a_choice_in_use_stays(tier: AttributeDefinition) -> None:
    save_segment(None, NewSegment("Gold", asks()), by=None, now=NOW)
    make_lead(attributes={"tier": "tin"})
    tier.choices = ["silver"]

    with pytest.raises(AttributeInUse, match="Segment “Gold”; tin: chosen where"):
        save_attribute(tier, now=NOW)

    tier.choices = ["tin", "gold", "silver"]
    assert save_attribute(tier, now=NOW).choices == ["tin", "gold", "silver"]


def test_a_choice_among_several_is_found_too() -> None:
    row = AttributeDefinition.objects.create(
        subject="lead", key="likes", label="Likes", type="choices", choices=["tea", "coffee"]
    )
    make_lead(attributes={"likes": ["tea", "coffee"]})
    row.choices = ["tea"]

    with pytest.raises(AttributeInUse, match="coffee: chosen"):
        save_attribute(row, now=NOW)


def test_the_settings_page_says_where_and_deletes_what_is_free(tier: AttributeDefinition) -> None:
    client = browser(make_user(Role.ADMIN))
    segment = save_segment(None, NewSegment("Gold", asks()), by=None, now=NOW)
    page, address = f"{URL}{tier.pk}/delete/", "/settings/segments/gold/"

    assert f'<a href="{address}">Segment “Gold”</a>' in client.get(page).content.decode()
    client.post(page, {"post": "yes"})
    assert AttributeDefinition.objects.filter(pk=tier.pk).exists()
    segment.delete()
    assert "No condition asks for" in client.get(page).content.decode()
    client.post(page, {"post": "yes"})
    assert not AttributeDefinition.objects.filter(pk=tier.pk).exists()


def test_the_settings_page_keeps_a_choice_in_use(tier: AttributeDefinition) -> None:
    client = browser(make_user(Role.ADMIN))
    save_segment(None, NewSegment("Gold", asks()), by=None, now=NOW)

    answer = client.post(f"{URL}{tier.pk}/change/", {"label": "Tier", "choices": "tin", "group": ""})

    assert "A choice that is in use stays: Segment “Gold”." in answer.content.decode()
    tier.refresh_from_db()
    assert tier.choices == ["gold", "tin"]
