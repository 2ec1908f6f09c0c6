"""What one rule gives: for each unit of its activities, fading, expiring and bounded, and when it changes next."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from leads.activity.record import NewActivity, record
from leads.conditions.plan import Plan
from leads.models import Kind, Lead, LeadScore, ScoreHistory
from scoring.engine import GroupSpec, VersionSpec
from scoring.rescore import rescore
from scoring.rules import MAX_RULES, MAX_UNITS, RuleSpec
from tests.factories import make_lead, publish_model, view_pages
from tests.scoring.test_scores_against_oracle import scored
from users.models import Organisation

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 2)
VIEWS = {"kinds": ["page_view"]}
BANDS = [{"band": "hot", "from": 80}, {"band": "cold", "from": None}]
Given = tuple[int, date | None]


@pytest.fixture
def lead() -> Lead:
    """A lead known before anything else happens."""
    return make_lead(now=datetime(2026, 1, 1, tzinfo=UTC))


def views(lead: Lead, *days: date, hour: int = 9, **fields: Any) -> None:
    """A page view on each day."""
    for day in days:
        view_pages([lead], now=datetime(day.year, day.month, day.day, hour, tzinfo=UTC), **fields)


def given(lead: Lead, day: date, of: str, points: int = 10, **fields: Any) -> Given:
    """What the rule gives on a day, and when that may change."""
    filters = {name: fields.pop(name) for name in ("days",) if name in fields}
    rule = RuleSpec(points=points, group="web", per={"of": of, **VIEWS, **filters}, **fields)
    spec = VersionSpec(1, 1, [rule], [GroupSpec("web", "engagement")], BANDS)
    plan = Plan(today=day, zone=Organisation.load().zone)
    found = scored([spec], plan, [lead.pk])[1, lead.pk]
    return found[0], found[-1]


def test_every_unit_gives_its_points_once(lead: Lead) -> None:
    week = [MONDAY + timedelta(days=n) for n in range(7)]
    views(lead, MONDAY, MONDAY, week[2], week[6], url="/pricing", visit="a")
    views(lead, week[6] + timedelta(days=1), url="/product", visit="b", document="report")
    views(lead, date(2026, 4, 1), url="/product", visit="c", document="report")
    last = date(2026, 4, 1)

    units = ("each", "page", "visit", "document", "day", "week", "month")

    assert {of: given(lead, last, of)[0] for of in units} == {
        "each": 60,
        "page": 20,
        "visit": 30,
        "document": 10,
        "day": 50,
        "week": 30,
        "month": 20,
    }


def test_weeks_begin_on_monday_midnight_of_the_organisation(lead: Lead) -> None:
    Organisation.objects.update(time_zone="Asia/Jerusalem")
    sunday = MONDAY - timedelta(days=1)
    views(lead, sunday, hour=21)
    views(lead, sunday, hour=22)  # Monday there

    assert given(lead, MONDAY, "week")[0] == 20
    assert given(lead, MONDAY, "day")[0] == 20


def test_steps_take_a_share_of_the_whole_until_nothing_is_left(lead: Lead) -> None:
    views(lead, MONDAY)
    ages = (0, 29, 30, 59, 60, 90, 119, 120, 500)

    found = [given(lead, MONDAY + timedelta(days=age), "latest", step_days=30, step_percent=25) for age in ages]

    assert [points for points, _ in found] == [10, 10, 8, 8, 5, 2, 2, 0, 0]  # 7.5 and 2.5 round half to even
    assert [(when - MONDAY).days if when else None for _, when in found] == [30, 30, 60, 60, 90, 120, 120, None, None]


def test_a_step_too_small_to_see_is_not_announced(lead: Lead) -> None:
    views(lead, MONDAY)

    points, change = given(lead, MONDAY, "latest", points=1, step_days=7, step_percent=10)

    assert (points, change) == (1, MONDAY + timedelta(days=7 * 5))  # 0.5 rounds to nothing


def test_a_unit_fades_by_the_age_of_its_latest_activity(lead: Lead) -> None:
    views(lead, MONDAY, MONDAY + timedelta(days=14), url="/pricing")
    views(lead, MONDAY, url="/product")
    today = MONDAY + timedelta(days=14)

    assert given(lead, today, "page", half_life_days=14)[0] == 15
    assert given(lead, today, "each", half_life_days=14)[0] == 20
    assert given(lead, today, "page", step_days=7, step_percent=20)[0] == 16
    assert given(lead, today, "page", step_days=7, step_percent=20, max_units=1)[0] == 10


def test_fading_units_expire_with_their_latest_activity(lead: Lead) -> None:
    views(lead, MONDAY, MONDAY + timedelta(days=5), url="/pricing")
    views(lead, MONDAY + timedelta(days=2), url="/product")
    today = MONDAY + timedelta(days=9)

    points, change = given(lead, today, "page", days=10, step_days=100, step_percent=10)

    assert (points, change) == (20, MONDAY + timedelta(days=12))
    assert given(lead, MONDAY + timedelta(days=12), "page", days=10)[0] == 10
    assert given(lead, MONDAY + timedelta(days=15), "page", days=10) == (0, None)


@pytest.mark.parametrize("half_life", [1, 3, 14, 365])
@pytest.mark.parametrize("points", [1, 5, -30, 1000])  # of 7 the half rounds to 4 again: looked at in vain
def test_the_next_change_of_one_fading_activity_is_exact(lead: Lead, half_life: int, points: int) -> None:
    views(lead, MONDAY)
    fading = {"points": points, "half_life_days": half_life}
    now, change = given(lead, MONDAY, "latest", **fading)
    for _ in range(8):
        if change is None:
            assert now == 0
            return
        assert given(lead, change - timedelta(days=1), "latest", **fading)[0] == now
        then, change = given(lead, change, "latest", **fading)
        assert abs(then) < abs(now)
        now = then


def test_facts_of_all_ages_can_be_scored(lead: Lead) -> None:
    for at in (datetime(1, 1, 2, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)):
        record([NewActivity(lead_id=lead.pk, kind=Kind.PAGE_VIEW, occurred_at=at, url="/p")], by=None, now=at)

    for of in ("each", "latest", "page", "visit", "day", "week", "month"):
        for fade in ({"half_life_days": 1}, {"step_days": 1, "step_percent": 1}):
            given(lead, MONDAY, of, points=-1000, **fade)
            assert given(lead, MONDAY, of, points=1000, days=3650, **fade)[0] == 1000  # a clock ahead: as of today


def test_the_greatest_sums_fit_and_may_turn_round(lead: Lead) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    one = NewActivity(lead_id=lead.pk, kind=Kind.PAGE_VIEW, occurred_at=now, url="/p")
    record([one] * (MAX_UNITS + 1), by=None, now=now)
    for points in (1000, -1000):
        rule = RuleSpec(points=points, group="web", per={"of": "each", **VIEWS}, half_life_days=3650)
        publish_model("mql", [rule] * MAX_RULES, [GroupSpec("web", "engagement")], now=now)
        rescore([lead.pk], now=now)

        assert LeadScore.objects.get(lead=lead).points == points * MAX_UNITS * MAX_RULES

    assert ScoreHistory.objects.filter(lead=lead).count() == 2
