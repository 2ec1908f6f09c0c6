"""The commands that score: the touched once, and everybody."""

import io

import pytest
from django.core.management import CommandError, call_command

from leads.models import LeadScore, Touched
from scoring.rules import RuleSpec
from tests.factories import make_leads, publish_model, view_pages

EVERYBODY = {"leaf": "lead", "field": "email", "op": "contains", "value": "@"}


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
