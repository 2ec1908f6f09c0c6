"""The API explains a score on any day, by the version that was in force on it."""

from datetime import timedelta

import pytest

from leads.models import AttributeDefinition, AttributeType, Lead
from leads.people.attributes import NewAttribute, define_attributes
from scoring.engine import GroupSpec
from scoring.rules import RuleSpec
from tests.callers import Caller
from tests.factories import make_lead, make_user, publish_model, view_pages
from users.clock import database_now
from users.models import Role

pytestmark = pytest.mark.django_db
GROUPS = [GroupSpec("fit", "fit"), GroupSpec("web", "engagement")]
CHIEF = {"leaf": "lead", "field": "job_title", "op": "eq", "value": "CFO"}
PAGES = RuleSpec(points=20, group="web", per={"of": "each", "kinds": ["page_view"]}, half_life_days=7)


@pytest.fixture
def lead():
    """Known for thirty days; the model was published twenty days ago and again ten days ago."""
    now = database_now()
    found = make_lead(job_title="CFO", now=now - timedelta(days=30))
    Lead.objects.filter(pk=found.pk).update(created_at=now - timedelta(days=30))
    for days, points in ((20, 30), (10, 40)):
        rules = [RuleSpec(points=points, group="fit", condition=CHIEF), PAGES]
        publish_model(rules=rules, groups=GROUPS, now=now - timedelta(days=days))
    return found


def explained(lead, days_ago):
    day = (database_now() - timedelta(days=days_ago)).date().isoformat()
    return Caller(make_user(Role.MARKETER)).get(f"leads/{lead.pk}/explanation/", model="mql", at=day)


def test_a_day_is_explained_by_its_version(lead):
    shown = [explained(lead, days).json() for days in (15, 5, 0)]

    assert [(one["version"], one["points"]) for one in shown] == [(1, 30), (2, 40), (2, 40)]


def test_a_day_without_a_version_in_force_is_refused(lead):
    refused = explained(lead, 25)

    assert refused.status_code == 400
    assert refused.json()["errors"][0]["code"] == "no_version"


def test_a_version_that_names_what_is_gone_is_refused_for_its_days(lead):
    now = database_now()
    define_attributes([NewAttribute("trial", "Trial", AttributeType.BOOLEAN)])
    trial = {"leaf": "lead", "field": "attributes.trial", "op": "is_set"}
    for days, condition in ((5, trial), (2, CHIEF)):
        rules = [RuleSpec(points=5, group="fit", condition=condition)]
        publish_model(rules=rules, groups=GROUPS, now=now - timedelta(days=days))
    AttributeDefinition.objects.all().delete()

    refused = explained(lead, 4)

    assert refused.json()["errors"][0]["code"] == "gone"
    assert explained(lead, 1).json()["points"] == 5


def test_fading_is_told_with_what_was_fresh_and_what_comes_next(lead):
    now = database_now()
    view_pages([lead], now=now - timedelta(days=7))

    shown = explained(lead, 0).json()

    line = shown["lines"][1]
    assert (line["points"], line["fresh"]) == (10, 20)
    assert shown["next_change"]["by"] == -1
    assert shown["next_change"]["on"] > shown["at"]
    assert sum(one["points"] for one in shown["lines"]) == shown["points"]
