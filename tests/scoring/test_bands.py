"""The share of an outcome by band."""

import io

import pytest
from django.core.management import CommandError, call_command

from leads.models import AttributeType
from leads.people.attributes import NewAttribute, define_attributes
from scoring.rules import RuleSpec
from scoring.touched import drain
from tests.factories import make_leads, publish_model
from users.clock import database_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def scored():
    define_attributes([NewAttribute("converted", "Converted", AttributeType.BOOLEAN)])
    chief = {"leaf": "lead", "field": "job_title", "op": "eq", "value": "CFO"}
    publish_model(rules=[RuleSpec(points=90, group="fit", condition=chief)], now=database_now())
    make_leads(3, job_title="CFO", attributes={"converted": True})
    make_leads(1, job_title="CFO", attributes={"converted": False})
    make_leads(2, job_title="Clerk")
    drain(now=database_now())


def report(**options: str) -> list[list[str]]:
    out = io.StringIO()
    call_command("band_report", model="mql", stdout=out, **options)
    return [line.split() for line in out.getvalue().splitlines()]


def test_each_band_tells_its_leads_and_their_share(scored):
    assert report() == [
        ["band", "leads", "converted"],
        ["hot", "4", "75.0%"],
        ["warm", "0", "–"],
        ["cold", "2", "0.0%"],
        ["all", "6", "50.0%"],
    ]


def test_an_unknown_attribute_is_told_with_those_there_are(scored):
    with pytest.raises(CommandError, match="There are: converted"):
        report(attribute="bought")


def test_a_model_without_a_version_in_force_is_told(db):
    with pytest.raises(CommandError, match="no score model 'mql'"):
        report()
