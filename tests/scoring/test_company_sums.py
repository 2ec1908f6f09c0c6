"""A pass over many ranges sums companies once, and no fact that comes meanwhile is lost."""

import pytest
from django.db import connection

from leads.models import Lead, LeadScore, Touched
from leads.people.companies import CompanyFacts
from scoring import rescore, whatif
from scoring.company_sums import CompanySums
from scoring.models import ModelVersion
from scoring.publish import copy_to_draft, publish_version
from scoring.question import question_of
from scoring.rescore import rescore_chunk, sum_companies
from scoring.rules import RuleSpec
from scoring.touched import drain
from scoring.whatif import what_if
from tests.factories import NOW, make_leads, publish_model, view_pages

pytestmark = pytest.mark.django_db
ACME, BETA = CompanyFacts(name="Acme", domain="acme.example"), CompanyFacts(name="Beta", domain="beta.example")
TWO = {"leaf": "company_activity", "measure": "people", "op": "gte", "value": 2, "kinds": ["page_view"], "days": 10}


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> list[Lead]:
    """Three of Acme, one of Beta, one without a company: five ranges, all scored."""
    monkeypatch.setattr(rescore, "CHUNK", 1)
    monkeypatch.setattr(whatif, "CHUNK", 1)
    publish_model("mql", [RuleSpec(points=30, group="behaviour", condition=TWO)])
    leads = [*make_leads(3, company=ACME), *make_leads(1, company=BETA), *make_leads(1)]
    drain(now=NOW)
    return leads


def points() -> list[int]:
    """The points of everybody, in order."""
    return list(LeadScore.objects.order_by("lead_id").values_list("points", flat=True))


def test_a_pass_with_sums_gives_the_scores_of_a_worker(people: list[Lead]) -> None:
    view_pages([people[0], people[2], people[3], people[4]])
    Touched.objects.all().delete()
    sums = CompanySums()

    for lead in people:
        rescore_chunk(lead.pk, now=NOW, sums=sums)

    assert points() == [30, 30, 30, 0, 0]
    assert not Touched.objects.exists(), "nobody is judged again for nothing"


def test_a_fact_that_overtakes_the_sums_has_its_company_judged_again(people: list[Lead]) -> None:
    sums = CompanySums()
    sum_companies(sums, now=NOW)
    view_pages(people[:2])
    drain(now=NOW)
    assert points() == [30, 30, 30, 0, 0]

    for lead in people:
        rescore_chunk(lead.pk, now=NOW, sums=sums)

    assert set(Touched.objects.values_list("lead", flat=True)) == {lead.pk for lead in people[:3]}
    drain(now=NOW)
    assert points() == [30, 30, 30, 0, 0]


def test_a_version_published_during_a_pass_has_sums_of_its_own(people: list[Lead]) -> None:
    view_pages([people[0]])
    drain(now=NOW)
    sums = CompanySums()
    rescore_chunk(people[0].pk, now=NOW, sums=sums)
    draft = copy_to_draft(ModelVersion.objects.get())
    draft.rules.update(condition={**TWO, "value": 1})
    publish_version(draft, by=None, now=NOW)

    for lead in people[1:]:
        rescore_chunk(lead.pk, now=NOW, sums=sums)

    assert points() == [0, 30, 30, 0, 0]


def test_what_if_over_many_ranges_counts_colleagues_and_leaves_no_table(people: list[Lead]) -> None:
    view_pages(people[:2])
    drain(now=NOW)
    draft = copy_to_draft(ModelVersion.objects.get())

    answer = what_if(question_of(draft, now=NOW), now=NOW)

    assert answer["matches"] == [[3, 3]]
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pg_temp.company_sums')")
        assert cursor.fetchone() == (None,)
