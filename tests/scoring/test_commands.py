"""The commands that score: the touched once, and everybody."""

import io

import pytest
from django.core.management import CommandError, call_command

from leads.models import LeadScore, Touched
from leads.people.companies import CompanyFacts
from scoring.rules import RuleSpec
from tests.factories import make_leads, publish_model, view_pages

EVERYBODY = {"leaf": "lead", "field": "email", "op": "contains", "value": "@"}

VISITED = {"leaf": "company_activity", "measure": "count", "op": "gte", "value": 1, "kinds": ["page_view"]}


def called(name: str, *args: str) -> str:
    out = io.StringIO()
    call_command(name, *args, stdout=out)
    return out.getvalue().strip()


@pytest.mark.django_db
def test_process_touched_empties_the_log_and_says_how_much_it_took():
    view_pages(make_leads(2))
    publish_model()
    waiting = Touched.objects.count()

    assert called("process_touched") == f"touches {waiting}"
    assert called("process_touched") == "touches 0"
    assert LeadScore.objects.count() == 2


def test_rescore_scores_everybody_in_all_models_or_in_one(committed_db: None):
    make_leads(3)
    for slug in ("mql", "sql"):
        publish_model(slug, [RuleSpec(points=5, group="fit", condition=EVERYBODY)])

    assert called("rescore", "--model", "sql") == "changed 3"
    assert called("rescore") == "changed 3"
    assert called("rescore") == "changed 0"
    with pytest.raises(CommandError, match="no score model 'sqo'"):
        called("rescore", "--model", "sqo")


def test_rescore_knows_of_colleagues_in_other_ranges(committed_db: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("scoring.rescore.CHUNK", 1)
    publish_model("mql", [RuleSpec(points=5, group="fit", condition=VISITED)])
    leads = make_leads(3, company=CompanyFacts(name="Acme", domain="acme.example"))
    view_pages(leads[1:2])

    assert called("rescore") == "changed 3"
    assert set(LeadScore.objects.values_list("points", flat=True)) == {5}
