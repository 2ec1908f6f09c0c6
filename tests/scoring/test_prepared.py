"""A statement kept on the connection never outlives what it was compiled from."""

from datetime import timedelta

import pytest
from django.db import connection

from leads.activity.pages import save_path_set
from leads.models import LeadScore, PathSet
from scoring.rescore import chunks, rescore, rescore_chunk
from scoring.rules import RuleSpec
from tests.factories import NOW, make_lead, publish_model, view_pages
from users.models import Organisation

pytestmark = pytest.mark.django_db

SEEN = {"leaf": "activity", "measure": "count", "op": "gte", "value": 1, "paths": ["pricing"]}


def prepared() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE name LIKE 'score%' ORDER BY name")
        return [name for (name,) in cursor.fetchall()]


def points(lead) -> int:
    return LeadScore.objects.get(lead=lead).points


def test_the_same_statement_serves_the_next_batch() -> None:
    leads = [make_lead() for _ in range(3)]
    view_pages(leads)
    publish_model()

    rescore([leads[0].pk], now=NOW)
    first = prepared()
    rescore([lead.pk for lead in leads], now=NOW + timedelta(hours=1))

    assert prepared() == first
    assert len([name for name in first if name.startswith("score_ids_")]) == 1
    assert {points(lead) for lead in leads} == {10}


def test_a_new_version_is_scored_by_at_once() -> None:
    lead = make_lead()
    view_pages([lead])
    publish_model()
    rescore([lead.pk], now=NOW)

    publish_model(rules=[RuleSpec(points=7, group="behaviour", per={"of": "each", "kinds": ["page_view"]})])
    rescore([lead.pk], now=NOW)

    assert points(lead) == 7


def test_a_page_that_joins_a_path_set_counts_at_once() -> None:
    save_path_set(PathSet(slug="pricing", name="Pricing", patterns=["/pricing"]))
    lead = make_lead()
    publish_model(rules=[RuleSpec(points=5, group="behaviour", condition=SEEN)])
    rescore([lead.pk], now=NOW)

    view_pages([lead], "/pricing")
    rescore([lead.pk], now=NOW)

    assert points(lead) == 5


def test_the_next_day_and_another_zone_are_compiled_anew() -> None:
    lead = make_lead()
    view_pages([lead], now=NOW)
    publish_model()
    rescore([lead.pk], now=NOW)

    rescore([lead.pk], now=NOW + timedelta(days=7))
    assert points(lead) == 5

    Organisation.objects.update(time_zone="Pacific/Kiritimati")
    rescore([lead.pk], now=NOW + timedelta(days=10, hours=-10))
    assert LeadScore.objects.get(lead=lead).next_change_on > (NOW + timedelta(days=10)).date()


def test_a_range_gives_what_single_leads_give() -> None:
    leads = [make_lead() for _ in range(3)]
    view_pages(leads[:2])
    publish_model()
    rescore([lead.pk for lead in leads], now=NOW)

    changed = [rescore_chunk(chunk, now=NOW) for chunk in chunks()]

    assert sum(changed) == 0
    assert [points(lead) for lead in leads] == [10, 10, 0]


def test_without_a_published_model_nothing_is_scored() -> None:
    assert rescore([make_lead().pk], now=NOW) == 0
