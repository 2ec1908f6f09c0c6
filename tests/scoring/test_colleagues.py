"""A fact about one person judges the colleagues anew where the company counts, and nobody where it does not."""

from datetime import timedelta
from typing import Any

import pytest

from leads.activity.record import NewActivity, record
from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.segments import NewSegment, save_segment
from leads.models import Kind, Lead, LeadScore, ScoreModel, Touched
from leads.people.companies import CompanyFacts
from leads.people.edit import archive_leads, edit_leads
from leads.people.icp import NewProfile, Wish, publish_profile
from scoring import rescore
from scoring.colleagues import company_counts, with_colleagues
from scoring.rules import RuleSpec
from scoring.touched import drain, touch_due
from tests.factories import NOW, PAGE_VIEWED, make_leads, move_to, publish_model, stage, view_pages

pytestmark = pytest.mark.django_db
ANYBODY = {"leaf": "company_activity", "measure": "count", "op": "gte", "value": 1, "kinds": ["page_view"], "days": 10}
ACME, BETA = CompanyFacts(name="Acme", domain="acme.example"), CompanyFacts(name="Beta", domain="beta.example")


def points(lead: Lead) -> int:
    return LeadScore.objects.get(lead=lead, model__slug="mql").points


def score_companies(condition: dict[str, Any] = ANYBODY) -> None:
    publish_model("mql", [RuleSpec(points=30, group="behaviour", condition=condition)])
    drain(now=NOW)


def test_a_visit_counts_for_the_colleagues() -> None:
    one, other = make_leads(2, company=ACME)
    (stranger,) = make_leads(1, company=BETA)
    score_companies()

    view_pages([one])
    drain(now=NOW)

    assert [points(lead) for lead in (one, other, stranger)] == [30, 30, 0]


def test_who_changes_company_takes_the_facts_along() -> None:
    one, left = make_leads(2, company=ACME)
    (joined,) = make_leads(1, company=BETA)
    score_companies()
    view_pages([one])
    drain(now=NOW)

    edit_leads({one.pk: {"company_id": joined.company_id}}, by=None, now=NOW + timedelta(minutes=1))
    drain(now=NOW + timedelta(minutes=1))

    assert [points(lead) for lead in (one, left, joined)] == [30, 0, 30]


def test_without_a_company_only_the_own_visits_count() -> None:
    one, other = make_leads(2)
    score_companies()

    view_pages([one])
    drain(now=NOW)

    assert one.company_id is None
    assert [points(lead) for lead in (one, other)] == [30, 0]


def test_the_colleagues_points_fade_in_time() -> None:
    one, other = make_leads(2, company=ACME)
    score_companies()
    view_pages([one])
    drain(now=NOW)

    assert LeadScore.objects.get(lead=other).next_change_on == NOW.date() + timedelta(days=10)

    later = NOW + timedelta(days=10)
    touch_due(now=later)
    drain(now=later)

    assert points(other) == 0


def test_a_fact_about_another_promotes_but_wakes_nobody() -> None:
    one, _other, resting = make_leads(3, company=ACME)
    set_criterion(stage("mel"), ANYBODY, by=None, now=NOW)
    move_to(resting, "mel", now=NOW)
    move_to(resting, "mcl", now=NOW + timedelta(seconds=1))
    drain(now=NOW + timedelta(minutes=1))

    view_pages([one], now=NOW + timedelta(hours=1))
    drain(now=NOW + timedelta(hours=1))

    assert list(Lead.objects.order_by("pk").values_list("stage__slug", flat=True)) == ["mel", "mel", "mcl"]
    assert Lead.objects.get(pk=resting.pk).quiet_since is not None


def test_nobody_else_is_looked_at_where_no_condition_reads_the_company() -> None:
    one, _other = make_leads(2, company=ACME)
    score_companies(PAGE_VIEWED)

    assert not company_counts(NOW)
    assert with_colleagues([(one.pk, None)], now=NOW) == [one.pk]


def test_what_no_condition_counts_concerns_the_lead_alone() -> None:
    one, other = make_leads(2, company=ACME)
    score_companies()
    visited, answered = NOW + timedelta(hours=1), NOW + timedelta(hours=2)

    view_pages([one], now=visited)
    record([NewActivity(lead_id=one.pk, kind=Kind.CALL, occurred_at=answered)], by=None, now=answered)

    assert with_colleagues([(one.pk, visited)], now=answered) == [one.pk, other.pk]
    assert with_colleagues([(one.pk, answered)], now=answered) == [one.pk]
    assert with_colleagues([(one.pk, None)], now=answered) == [one.pk, other.pk]


def test_a_company_may_count_by_way_of_a_segment_or_the_ideal_customer() -> None:
    assert not company_counts(NOW)
    publish_profile("sales", NewProfile([Wish("need", "busy", PAGE_VIEWED)]), by=None, now=NOW)
    assert not company_counts(NOW)

    save_segment(None, NewSegment("Busy accounts", {"any": [PAGE_VIEWED, {"not": ANYBODY}]}), by=None, now=NOW)

    assert company_counts(NOW)


def criterion_on_the_company(points: int = 40) -> None:
    """Ten points a page; the scores of a company's people, added up, open the engaged stage."""
    publish_model("mql")
    ScoreModel.objects.update(company_rule="sum")
    leaf = {"leaf": "company_score", "model": "mql", "op": "gte", "value": points}
    set_criterion(stage("mel"), leaf, by=None, now=NOW)
    drain(now=NOW)


def test_the_score_of_the_company_promotes_everybody_there() -> None:
    one, other = make_leads(2, company=ACME)
    (stranger,) = make_leads(1, company=BETA)
    criterion_on_the_company()

    view_pages([one, one, one, other, stranger])
    drain(now=NOW)

    assert set(Lead.objects.filter(stage__slug="mel")) == {one, other}


def test_an_archived_colleague_counts_no_longer() -> None:
    one, other = make_leads(2, company=ACME)
    criterion_on_the_company()
    archive_leads([one.pk], now=NOW)

    view_pages([one, one, one, other])
    drain(now=NOW)

    assert not Lead.objects.filter(stage__slug="mel").exists()


def test_a_full_pass_judges_colleagues_of_other_ranges_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    first, last = make_leads(2, company=ACME)
    criterion_on_the_company(points=20)
    view_pages([first, last])
    Touched.objects.all().delete()
    monkeypatch.setattr(rescore, "CHUNK", 1)

    for pk in (first.pk, last.pk):
        rescore.rescore_chunk(pk, now=NOW)
    drain(now=NOW)

    assert Lead.objects.filter(stage__slug="mel").count() == 2
