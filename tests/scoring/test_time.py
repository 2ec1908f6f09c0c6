"""Time moves scores and criteria: whom a day concerns, and nobody else; on the organisation's day."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from leads.lifecycle.criteria import set_criterion
from leads.models import AttributeDefinition, Lead, LeadScore, Touched
from scoring.rescore import due_leads
from scoring.rules import RuleSpec
from scoring.touched import drain, touch_due
from tests.factories import make_leads, publish_model, stage, view_pages
from users.models import Organisation

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
VIEWS = {"kinds": ["page_view"]}
STEPS = {"step_days": 30, "step_percent": 25}
RECENT = {"leaf": "activity", "measure": "count", "op": "gte", "value": 1, **VIEWS, "days": 10}


def day(number: float) -> datetime:
    """So many days after the start."""
    return START + timedelta(days=number)


def rested() -> None:
    """The log is empty and everything is scored as of the start."""
    drain(now=START)
    assert not Touched.objects.exists()


def sweep(now: datetime) -> set[int]:
    """Whom a sweep touches."""
    touch_due(now=now)
    touched = set(Touched.objects.values_list("lead_id", flat=True))
    drain(now=now)
    return touched


def ids(leads: Iterable[Lead]) -> set[int]:
    return {lead.pk for lead in leads}


def test_a_day_touches_those_whose_score_it_changes_and_nobody_else() -> None:
    leads = make_leads(40, now=START)
    seen, quiet = leads[:4], leads[4:]
    for number, lead in enumerate(seen):
        view_pages([lead], now=day(-number))
    publish_model(rules=[RuleSpec(20, "behaviour", per={"of": "page", **VIEWS}, **STEPS)], now=START)
    rested()

    touched = {number: sweep(day(number)) for number in range(1, 125)}

    # Each fades four times, from the day its own page view is 30 days old; the quiet ones are never looked at.
    expected = {number: ids(lead for at, lead in enumerate(seen) if (number + at) % 30 == 0) for number in touched}
    expected = {number: found if number <= 120 else set() for number, found in expected.items()}
    assert touched == expected
    assert not ids(quiet) & set().union(*touched.values())
    assert set(LeadScore.objects.filter(lead__in=seen).values_list("points", "next_change_on")) == {(0, None)}


def test_fading_by_half_touches_only_when_the_rounded_points_fall() -> None:
    (lead,) = make_leads(1, now=START)
    view_pages([lead], now=START)
    publish_model(rules=[RuleSpec(4, "behaviour", per={"of": "latest", **VIEWS}, half_life_days=14)], now=START)
    rested()

    points = {}
    for number in range(1, 60):
        if sweep(day(number)):
            points[number] = LeadScore.objects.get().points

    # 4 * 0.5 ** (n / 14) falls below 3.5, 2.5, 1.5 and to a half on these days.
    assert points == {3: 3, 10: 2, 20: 1, 42: 0}


def test_expiry_and_windows_touch_on_the_day_they_end() -> None:
    leads = make_leads(3, now=START)
    view_pages(leads[:1], now=START)
    view_pages(leads[1:2], now=day(-1))
    each = RuleSpec(5, "behaviour", per={"of": "visit", **VIEWS, "days": 30})
    publish_model(rules=[each, RuleSpec(3, "fit", condition=RECENT)], now=START)
    rested()

    touched = {number: found for number in range(1, 40) if (found := sweep(day(number)))}

    assert touched == {9: {leads[1].pk}, 10: {leads[0].pk}, 29: {leads[1].pk}, 30: {leads[0].pk}}
    assert set(LeadScore.objects.values_list("points", flat=True)) == {0}


def test_of_the_last_day_there_is_nothing_is_waited_for() -> None:
    AttributeDefinition.objects.create(subject="lead", key="ends_on", label="Ends on", type="date")
    make_leads(1, now=START, attributes={"ends_on": "9999-12-31"})
    ended = {"leaf": "lead", "field": "attributes.ends_on", "op": "more_days_ago", "value": 30}
    publish_model(rules=[RuleSpec(3, "fit", condition=ended)], now=START)
    set_criterion(stage("mql"), ended, by=None, now=START)

    rested()

    assert LeadScore.objects.get().next_change_on is None
    assert Lead.objects.get().next_check_on is None


def test_criteria_about_time_touch_their_leads_too() -> None:
    leads = make_leads(5, now=START)
    view_pages(leads[:2], now=START)
    quiet_after_visit = {
        "leaf": "activity",
        "measure": "days_since_last",
        "op": "gte",
        "value": 7,
        **VIEWS,
    }
    set_criterion(stage("mel"), quiet_after_visit, by=None, now=START)
    rested()

    assert [number for number in range(1, 20) if sweep(day(number))] == [7]
    assert ids(Lead.objects.filter(stage__slug="mel")) == ids(leads[:2])


def test_the_day_begins_at_midnight_of_the_organisation() -> None:
    Organisation.objects.update(time_zone="America/New_York")
    (lead,) = make_leads(1, now=START)
    view_pages([lead], now=START)
    publish_model(rules=[RuleSpec(20, "behaviour", per={"of": "day", **VIEWS}, **STEPS)], now=START)
    rested()
    midnight = datetime(2026, 4, 1, 4, 0, tzinfo=UTC)  # 30 days later in New York, in summer time by then

    assert due_leads(midnight - timedelta(seconds=1)) == []
    assert due_leads(midnight) == [lead.pk]


def test_a_published_version_is_the_only_thing_that_touches_everybody() -> None:
    leads = make_leads(6, now=START)
    publish_model(now=START)
    rested()
    assert sweep(day(1)) == set()

    publish_model(now=day(1))

    assert set(Touched.objects.values_list("lead_id", flat=True)) == ids(leads)
