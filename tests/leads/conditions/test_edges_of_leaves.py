"""Edges that random trees meet too seldom."""

from datetime import timedelta

import pytest
from django.db import connection

from leads.activity.record import NewActivity, record
from leads.conditions.plan import Plan, Scope
from leads.conditions.select import matching
from leads.conditions.tree import InvalidCondition, changes, compile_tree, validate
from leads.models import AttributeDefinition, Kind
from scoring.engine import GroupSpec, VersionSpec, select_scores
from scoring.rules import RuleSpec
from tests.factories import NOW, make_campaign, make_lead, move_to, publish_model, view_pages
from users.models import Organisation

pytestmark = pytest.mark.django_db
BANDS = [{"band": "hot", "from": 80}, {"band": "cold", "from": None}]
TITLES = [("ΟΔΟΣ", "οδοσ"), ("ΟΔΟΣ", "ΟΔΟΣ"), ("İT", "İT"), ("ДИРЕКТОР", "директор")]


@pytest.mark.parametrize(("title", "wanted"), TITLES)
def test_letters_with_two_small_forms_compare_without_regard_to_case(title: str, wanted: str) -> None:
    lead = make_lead(job_title=title)

    for op, value in [("eq", wanted), ("in", [wanted]), ("contains", wanted), ("starts_with", wanted)]:
        assert matching({"leaf": "lead", "field": "job_title", "op": op, "value": value}, now=NOW) == [lead.pk]


@pytest.mark.parametrize("value", ["2026-W01-1", "20260101", "2026-02-30"])
def test_a_date_is_written_in_one_way(value: str) -> None:
    AttributeDefinition.objects.create(subject="lead", key="renews_on", label="Renews on", type="date")

    with pytest.raises(InvalidCondition, match="YYYY-MM-DD"):
        validate({"leaf": "lead", "field": "attributes.renews_on", "op": "gt", "value": value})


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidCondition, match="number"):
        validate({"leaf": "company", "field": "employees", "op": "gt", "value": float("nan")})


def test_days_since_the_last_end_with_the_window() -> None:
    lead = make_lead()
    view_pages([lead])
    leaf = {"leaf": "activity", "measure": "days_since_last", "op": "lte", "value": 30, "days": 10}
    plan = Plan(today=NOW.date(), zone=Organisation.load().zone)

    assert len(changes(leaf, plan)) == 2
    assert matching(leaf, now=NOW + timedelta(days=9)) == [lead.pk]
    assert matching(leaf, now=NOW + timedelta(days=10)) == []


def test_the_source_on_a_past_day_is_that_of_the_pass_of_the_day() -> None:
    spring, autumn = make_campaign("spring"), make_campaign("autumn")
    lead = make_lead(campaign_id=spring.pk)
    move_to(lead, "disqualified", now=NOW + timedelta(days=1))
    make_lead(email=lead.email, campaign_id=autumn.pk, now=NOW + timedelta(days=5))

    assert chosen_on(NOW + timedelta(days=2), "spring") == [lead.pk]
    assert chosen_on(NOW + timedelta(days=6), "autumn") == [lead.pk]


def chosen_on(at, campaign: str) -> list[int]:
    plan = Plan(today=at.date(), zone=Organisation.load().zone, past=True)
    predicate = compile_tree({"leaf": "source", "field": "campaign", "value": [campaign]}, plan)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT l.id {plan.source(Scope())} WHERE {predicate}", plan.params)
        return [pk for (pk,) in cursor.fetchall()]


@pytest.mark.parametrize("of", ["each", "latest"])
def test_what_happened_very_many_half_lives_ago_is_worth_nothing(of: str) -> None:
    lead = make_lead()
    old = NewActivity(lead_id=lead.pk, kind=Kind.WEBINAR, occurred_at=NOW - timedelta(days=4000))
    record([old], by=None, now=NOW)
    rule = RuleSpec(points=2_000_000_000, group="behaviour", per={"of": of}, half_life_days=1)
    spec = VersionSpec(1, 1, [rule], [GroupSpec("behaviour", "engagement")], BANDS)
    plan, scope = Plan(today=NOW.date(), zone=Organisation.load().zone), Scope(ids=[lead.pk])
    text = select_scores([spec], plan, scope)
    with connection.cursor() as cursor:
        cursor.execute(text, {**plan.params, **scope.params})
        (row,) = cursor.fetchall()

    assert row[4] == 0


@pytest.mark.parametrize("leaf", [{"leaf": "stage_days"}, {"leaf": "score", "model": "mql"}])
def test_a_number_beyond_what_the_database_can_reckon_with_is_refused(leaf: dict[str, str]) -> None:
    publish_model()

    with pytest.raises(InvalidCondition, match=r"from -?[0-9]+ to [0-9]+"):
        validate({**leaf, "op": "gte", "value": 5_000_000_000})


@pytest.mark.parametrize(
    "leaf",
    [
        {"leaf": "lead", "field": "first_name", "op": "in"},
        {"leaf": "company", "field": "employees", "op": "in"},
        {"leaf": "source", "field": "audience"},
        {"leaf": "stage"},
    ],
)
def test_a_list_of_more_than_every_lead_can_be_compared_with_is_refused(leaf: dict[str, str]) -> None:
    with pytest.raises(InvalidCondition, match="at most 1000 entries"):
        validate({**leaf, "value": ["x"] * 1001})


def test_a_band_that_no_model_has_is_refused() -> None:
    publish_model()

    with pytest.raises(InvalidCondition, match="Choose from: hot, warm, cold"):
        validate({"leaf": "band", "model": "mql", "value": ["hot", "lukewarm"]})
