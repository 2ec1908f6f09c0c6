"""The share of an outcome by band."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.entries import Mode, PassScope
from leads.models import AttributeType, Lead
from leads.people.attributes import NewAttribute, define_attributes
from leads.people.edit import edit_leads
from scoring.bands import by_journey, cuts, total, way_of
from scoring.decides import decision_of
from scoring.models import ModelVersion
from scoring.rules import RuleSpec
from scoring.touched import drain
from tests.factories import NOW, make_leads, move_to, publish_model, stage
from tests.reports.histories import walk
from users.clock import database_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def scored():
    define_attributes([NewAttribute("converted", "Converted", AttributeType.BOOLEAN)])
    chief = {"leaf": "lead", "field": "job_title", "op": "eq", "value": "CFO"}
    publish_model(rules=[RuleSpec(points=90, group="fit", condition=chief)], now=database_now())
    make_leads(3, job_title="CFO", attributes={"converted": True})
    make_leads(1, job_title="CFO", attributes={"converted": False})
    make_leads(1, job_title="Clerk", attributes={"converted": True})
    make_leads(1, job_title="Clerk", attributes={"converted": False})
    make_leads(5, job_title="Clerk")  # nobody knows what became of them
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
        ["cold", "2", "50.0%"],
        ["all", "6", "66.7%"],
    ]


def test_an_unknown_attribute_is_told_with_those_there_are(scored):
    with pytest.raises(CommandError, match="There are: converted"):
        report(attribute="bought")


def test_a_model_without_a_version_in_force_is_told(db):
    with pytest.raises(CommandError, match="no score model 'mql'"):
        report()


def test_the_borderline_is_a_band_of_its_own():
    version = ModelVersion(hot_from=80, warm_from=50, threshold=80, borderline_from=70)

    assert [(row.band, row.low, row.last) for row in cuts(version)] == [
        ("hot", 80, None),
        ("borderline", 70, 79),
        ("warm", 50, 69),
        ("cold", None, 49),
    ]


def test_a_borderline_without_a_threshold_is_none():
    version = ModelVersion(hot_from=80, warm_from=50, borderline_from=70)

    assert [row.band for row in cuts(version)] == ["hot", "warm", "cold"]
    assert [row.band for row in cuts(version, 75)] == ["hot", "warm", "borderline", "warm", "cold"]


@pytest.fixture
def way(db):
    """A model decides MQL from 80 points on; leads stand engaged with 90, 75, 60 and none."""
    points = {"CFO": 90, "Head": 75, "Buyer": 60}
    rules = [
        RuleSpec(points=n, group="fit", condition={"leaf": "lead", "field": "job_title", "op": "eq", "value": title})
        for title, n in points.items()
    ]
    publish_model(rules=rules, now=NOW)
    enough = {"leaf": "score", "model": "mql", "op": "gte", "value": 80}
    set_criterion(stage("mql"), enough, by=None, now=NOW)
    model = publish_model(rules=rules, now=NOW, threshold=80, borderline_from=70)
    leads = [make_leads(1, job_title=title)[0] for title in ("CFO", "CFO", "Head", "Buyer", "Clerk")]
    for lead in leads:
        move_to(lead, "mel", now=NOW)
    drain(now=NOW)
    return model


def counted(model, **scope):
    scope = PassScope(since=NOW - timedelta(days=1), until=NOW + timedelta(days=60), mode=Mode.PERIOD, **scope)
    version = model.versions.latest("number")
    return by_journey(version, way_of(decision_of(model, now=NOW)), scope)


def test_leads_are_followed_from_before_the_decision_by_their_band(way):
    for lead, end in zip(Lead.objects.filter(stage__slug="mql").order_by("pk"), ("sal", "disqualified"), strict=True):
        walk(lead, {end: 3}, **({"reason": "fake"} if end == "disqualified" else {}))

    rows = counted(way)

    assert [(row.band, row.leads, tuple(row.came)) for row in rows] == [
        ("hot", 2, (2, 1, 0)),
        ("borderline", 1, (0, 0, 0)),
        ("warm", 1, (0, 0, 0)),
        ("cold", 1, (0, 0, 0)),
    ]
    assert rows[0].rates[0].share == 1
    assert rows[0].rates[1].likely == pytest.approx((0.0945, 0.9055), abs=1e-3)
    assert total(rows).leads == 5


def test_the_highest_points_of_the_pass_count_though_they_sank(way):
    lead = Lead.objects.get(job_title="Head")
    edit_leads({lead.pk: {"job_title": "Clerk"}}, by=None, now=NOW + timedelta(days=3))
    drain(now=NOW + timedelta(days=3))

    assert [row.leads for row in counted(way)] == [2, 1, 1, 1]


def test_days_without_any_lead_give_no_rate(way):
    before = PassScope(since=NOW - timedelta(days=9), until=NOW - timedelta(days=8), mode=Mode.PERIOD)
    rows = by_journey(way.versions.latest("number"), way_of(decision_of(way, now=NOW)), before)

    assert {(row.leads, row.rates[0].share, row.rates[0].likely) for row in rows} == {(0, None, None)}


def test_a_model_that_decides_nothing_has_no_way(way):
    assert way_of(decision_of(publish_model("other", now=NOW), now=NOW)) is None


def test_of_the_version_in_force_the_threshold_is_the_one_asked_for_now():
    version = ModelVersion(state="published", hot_from=90, warm_from=50, threshold=80, borderline_from=60)

    assert [(row.low, row.high) for row in cuts(version, 70)][:3] == [(90, None), (70, 90), (60, 70)]
    version.state = "draft"
    assert [(row.low, row.high) for row in cuts(version, 70)][:3] == [(90, None), (80, 90), (60, 80)]
