"""The one way to record what happened."""

from datetime import timedelta

import pytest

from leads.activity.pages import path_of, pattern_matches, save_path_set
from leads.activity.record import NewActivity, Recorded, record
from leads.models import Activity, Event, Evidence, Kind, Lead, PathSet, Touched
from tests.factories import NOW, make_lead, make_leads, move_to, view_pages

pytestmark = pytest.mark.django_db


def viewed(lead: Lead, minute: float, **fields) -> NewActivity:
    at = NOW + timedelta(minutes=minute)
    return NewActivity(**{"lead_id": lead.pk, "kind": Kind.PAGE_VIEW, "occurred_at": at, "url": "/pricing", **fields})


def test_facts_known_by_source_and_external_id_are_left_alone() -> None:
    lead = make_lead()
    facts = [viewed(lead, 0, external_id="ev-1", dwell_seconds=5), viewed(lead, 1, external_id="ev-2")]
    record(facts[:1], by=None, now=NOW)

    result = record([*facts, viewed(lead, 2, external_id="ev-1", source="web")], by=None, now=NOW)

    assert result == Recorded(recorded=2, known=1)
    assert Activity.objects.get(external_id="ev-1", source="api").dwell_seconds == 5


def test_a_fact_told_twice_in_one_list_is_one() -> None:
    lead = make_lead()

    assert record([viewed(lead, 0, external_id="ev-1")] * 2, by=None, now=NOW) == Recorded(1, 1)


def test_page_views_of_one_half_hour_are_one_visit() -> None:
    lead, other = make_leads(2)

    record([viewed(lead, 1), viewed(lead, 20), viewed(lead, 31), viewed(other, 1)], by=None, now=NOW)

    assert Activity.objects.filter(lead=lead).values("visit").distinct().count() == 2
    assert Activity.objects.values("visit").distinct().count() == 3


def test_a_named_visit_lasts_as_long_as_it_says() -> None:
    lead = make_lead()

    record([viewed(lead, 0, visit="v1"), viewed(lead, 300, visit="v1"), viewed(lead, 1, visit="v2")], by=None, now=NOW)

    assert Activity.objects.values("visit").distinct().count() == 2


def test_what_is_recorded_touches_its_leads_and_tells_the_outbox_once() -> None:
    first, second = make_leads(2)
    Touched.objects.all().delete()
    Event.objects.all().delete()

    record([viewed(first, 0), viewed(first, 1), viewed(second, 0)], by=None, now=NOW)

    assert sorted(Touched.objects.values_list("lead_id", "fact_at")) == [(first.pk, NOW), (second.pk, NOW)]
    event = Event.objects.get()
    assert (event.kind, event.lead_ids) == ("activity_recorded", [first.pk, second.pk])


@pytest.mark.parametrize(
    "fields", [{"evidence": Evidence.MACHINE}, {"kind": Kind.NOTE}, {"kind": Kind.MAIL_BOUNCE}], ids=str
)
def test_what_is_no_act_of_the_lead_wakes_nobody(fields: dict) -> None:
    lead = make_lead()
    Touched.objects.all().delete()

    record([viewed(lead, 0, **fields)], by=None, now=NOW)

    assert Touched.objects.get().fact_at is None


def test_events_of_a_lifes_steps_come_in_order() -> None:
    lead = make_lead(consent=True)
    view_pages([lead])
    move_to(lead, "mql")

    kinds = list(Event.objects.order_by("transaction", "pk").values_list("kind", flat=True))

    assert kinds.index("captured") < kinds.index("activity_recorded") < kinds.index("handover_offered")
    assert Event.objects.filter(kind="stage_changed").count() == 2
    assert all(event.lead_ids == [lead.pk] for event in Event.objects.all())


def test_a_path_set_saved_anew_touches_whose_visits_it_gains_or_loses() -> None:
    stays, gains, loses = make_leads(3)
    for lead, url in ((stays, "/pricing"), (gains, "/product"), (loses, "/demo")):
        view_pages([lead], url=url)
    path_set = PathSet(slug="relevant", name="Relevant", patterns=["/pricing", "/demo"])
    save_path_set(path_set)
    Touched.objects.all().delete()

    path_set.patterns = ["/pricing", "/product"]
    save_path_set(path_set)

    assert sorted(Touched.objects.values_list("lead_id", flat=True)) == [gains.pk, loses.pk]


def test_a_page_seen_for_the_first_time_joins_its_path_sets() -> None:
    path_set = PathSet(slug="relevant", name="Relevant", patterns=["/pricing*"])
    save_path_set(path_set)

    view_pages([make_lead()], url="https://www.acme.example//pricing/teams/?a=1#b")

    assert [page.path for page in path_set.pages.all()] == ["/pricing/teams"]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://a.example", "/"),
        ("a/b/", "/a/b"),
        ("/a?b#c", "/a"),
        (" /בלוג/ ", "/בלוג"),
        ("/" + "a" * 900, "/" + "a" * 499),
    ],
)
def test_a_path_has_one_spelling(url: str, path: str) -> None:
    assert path_of(url) == path


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/a", "/a", True),
        ("/a", "/a/b", False),
        ("/a*", "/a/b", True),
        ("/a.b", "/axb", False),
        ("*/c", "/a/b/c", True),
        ("/a/*/c", "/a//c", True),
    ],
)
def test_patterns_match_whole_paths(pattern: str, path: str, fits: bool) -> None:
    assert pattern_matches(pattern, path) is fits
