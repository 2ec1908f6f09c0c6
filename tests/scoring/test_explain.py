"""Every point is explained, on any day."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.models import Lead, ScoreModel, TitleClass
from leads.people.edit import edit_leads
from leads.people.titles import save_title_class
from scoring.coming import LOOKS, coming
from scoring.engine import GroupSpec
from scoring.explain import explain, explain_by, version_on
from scoring.models import ModelVersion
from scoring.publish import Draft, save_draft
from scoring.rules import RuleSpec
from tests.factories import NOW, make_lead, publish_model, view_pages
from tests.oracle.cases import cases
from tests.oracle.conditions import View
from tests.oracle.facts import export
from tests.oracle.scores import in_force, worth
from tests.oracle.strategies import models
from tests.oracle.worlds import FIRST, LAST, make_world
from users.models import Organisation

pytestmark = pytest.mark.django_db
CFO = {"leaf": "lead", "field": "job_title", "op": "contains", "value": "cfo"}
VIEW = {"of": "each", "kinds": ["page_view"]}
RULES = [
    RuleSpec(points=30, group="fit", condition=CFO),
    RuleSpec(points=12, group="fit", condition={"leaf": "company", "field": "employees", "op": "gte", "value": 200}),
    RuleSpec(points=7, group="web", per={**VIEW, "days": 60}, half_life_days=9),
    RuleSpec(points=25, group="web", per={"of": "latest"}, half_life_days=14),
    RuleSpec(points=-9, group="web", condition={"leaf": "consent", "value": False}),
]
UNFADING = {"half_life_days": None, "step_days": None, "step_percent": None}
GROUPS = [GroupSpec("fit", "fit", 35), GroupSpec("web", "engagement", 30)]


@pytest.mark.parametrize("zone", ["Asia/Jerusalem", "America/New_York", "Australia/Lord_Howe"])
def test_an_explanation_adds_up_to_the_oracles_score_on_any_day(zone: str) -> None:
    Organisation.objects.update(time_zone=zone)
    ids, now = make_world(seed=7, leads=6)
    model = publish_model(rules=RULES, groups=GROUPS, now=now)
    version = version_on(model, at=now.date(), today=now.date())
    world, rules = export(), in_force()["mql"]
    today = world.day_of(now)

    for lead in Lead.objects.filter(pk__in=ids):
        for ago in (0, 1, 20, 45, 90, 150):
            day = today - timedelta(days=ago)
            told = explain_by(version, lead, at=day, today=today)
            expected = worth(rules, View(world, world.people[lead.pk], day, past=ago > 0))
            caps = sum(told.caps.values())
            assert [line.points for line in told.lines] == list(expected.parts)
            assert sum(line.points for line in told.lines) + caps == told.points == expected.points
            assert sum(line.fresh for line in told.lines) + told.fade + caps == told.points
            assert (told.fit, told.engagement, told.band) == (expected.fit, expected.engagement, expected.band)


def test_what_faded_is_told_beside_what_it_gave_fresh() -> None:
    per = {"of": "each", "kinds": ["page_view"]}
    model = publish_model(rules=[RuleSpec(points=10, group="web", per=per, half_life_days=7)], groups=GROUPS)
    lead = make_lead()
    view_pages([lead, lead])
    later = (NOW + timedelta(days=7)).date()

    told = explain(lead, model, at=later, today=later)

    assert told is not None
    assert (told.lines[0].fresh, told.lines[0].points, told.fade) == (20, 10, -10)


def test_an_explanation_names_its_evidence_and_when_it_fades() -> None:
    model = publish_model(rules=RULES, groups=GROUPS)
    lead = make_lead(job_title="CFO")
    view_pages([lead], url="/pricing")

    told = explain(lead, model, at=NOW.date(), today=NOW.date())

    assert told is not None
    title, _size, page, latest, _consent = told.lines
    assert title.evidence == ["lead:job_title"]
    assert title.rests_on is not None
    assert title.rests_on.facts == ["Job title: CFO"]
    assert page.evidence == latest.evidence == [f"activity:{lead.activities.get().pk}"]
    assert page.fades_on is not None
    assert NOW.date() < page.fades_on < NOW.date() + timedelta(days=9)


COMPUTED = [
    ({"field": "seniority", "op": "eq", "value": "chief"}, "Seniority: Chief officer"),
    ({"field": "email_domain", "op": "eq", "value": "gmail.com"}, "E-mail domain: gmail.com"),
    ({"field": "is_free_mail", "op": "eq", "value": True}, "Kind of e-mail: free mail"),
    ({"field": "captured_on", "op": "last_days", "value": 3}, "Captured: 2026-03-02"),
]


@pytest.mark.parametrize(("asked", "fact"), COMPUTED)
def test_what_is_read_from_a_column_is_evidence_with_its_value(asked: dict[str, Any], fact: str) -> None:
    title = TitleClass(kind="seniority", slug="chief", label="Chief officer", words=["cfo"], position=0)
    save_title_class(title)
    model = publish_model(rules=[RuleSpec(5, "fit", condition={"leaf": "lead", **asked})], groups=GROUPS[:1])
    lead = make_lead(job_title="CFO", email="dana@gmail.com")

    told = explain(lead, model, at=NOW.date(), today=NOW.date())

    assert told is not None
    assert told.lines[0].rests_on is not None
    assert told.lines[0].rests_on.facts == [fact]


def test_a_past_day_knows_the_title_of_the_day() -> None:
    model = publish_model(rules=RULES[:1], groups=GROUPS[:1])
    lead = make_lead(job_title="Intern")
    edit_leads({lead.pk: {"job_title": "CFO"}}, by=None, now=NOW + timedelta(days=10))
    later = (NOW + timedelta(days=20)).date()

    before = explain(lead, model, at=(NOW + timedelta(days=9)).date(), today=later)
    after = explain(lead, model, at=(NOW + timedelta(days=10)).date(), today=later)

    assert (before and before.points, after and after.points) == (0, 30)


def test_a_past_day_is_explained_by_the_version_in_force_on_it() -> None:
    model = publish_model(rules=RULES[:1], groups=GROUPS[:1])
    publish_model(rules=[replace(RULES[0], points=5)], groups=GROUPS[:1], now=NOW + timedelta(days=5))
    ModelVersion.objects.filter(number=1).update(retired_at=NOW + timedelta(days=5))
    lead, later = make_lead(job_title="CFO"), (NOW + timedelta(days=20)).date()

    told = [explain(lead, model, at=(NOW + timedelta(days=ago)).date(), today=later) for ago in (-1, 0, 4, 5, 20)]

    assert [one and (one.version, one.points) for one in told] == [None, (1, 30), (1, 30), (2, 5), (2, 5)]


def test_the_first_coming_change_is_told_with_its_size() -> None:
    rules = [
        RuleSpec(points=15, group="web", per={**VIEW, "days": 10}),
        RuleSpec(points=8, group="fit", condition=CFO),
        RuleSpec(points=-5, group="web", condition={"not": {**_VISITED, "days": 30}}),
    ]
    model = publish_model(rules=rules, groups=GROUPS)
    lead = make_lead(job_title="CFO")
    view_pages([lead])

    told = explain(lead, model, at=NOW.date(), today=NOW.date())
    assert told is not None
    ahead = coming(told, lead.pk)

    gone, quiet = NOW.date() + timedelta(days=10), NOW.date() + timedelta(days=30)
    assert ahead.total is not None
    assert (ahead.total.on, ahead.total.by) == (gone, -15)
    assert {index: (change.on, change.by) for index, change in ahead.rules.items()} == {0: (gone, -15), 2: (quiet, -5)}


def test_what_comes_is_what_the_score_will_be() -> None:
    ids, now = make_world(seed=11, leads=5)
    model = publish_model(rules=RULES, groups=GROUPS, now=now)
    world, rules = export(), in_force()["mql"]
    today = world.day_of(now)

    for lead in Lead.objects.filter(pk__in=ids):
        told = explain(lead, model, at=today, today=today)
        assert told is not None
        change = coming(told, lead.pk).total
        ahead = [today + timedelta(days=n) for n in range(1, 40)]
        worths = [(day, worth(rules, View(world, world.people[lead.pk], day)).points - told.points) for day in ahead]
        first = next(((day, by) for day, by in worths if by), None)
        if change is not None and change.on <= ahead[-1]:
            assert (change.on, change.by) == first


_VISITED = {"leaf": "activity", "measure": "count", "op": "gte", "value": 1, "kinds": ["page_view"]}


def drafted(model: ScoreModel, drawn: dict) -> ModelVersion:
    """The model's one draft, with what was drawn."""
    model.versions.all().delete()
    groups = [GroupSpec(row["group"], row["kind"], row["cap"]) for row in drawn["groups"]]
    return save_draft(model, Draft(groups=groups, rules=[RuleSpec(**rule) for rule in drawn["rules"]]))


@pytest.mark.proof
def test_any_model_is_explained_on_any_day() -> None:
    ids, _ = make_world(seed=31, leads=8)
    world = export(ids)
    model = ScoreModel.objects.create(slug="any", name="Any", purpose="marketing")

    @cases(15)
    @given(models(), st.sampled_from(ids), st.dates(FIRST, LAST), st.booleans())
    def check(drawn: dict, pk: int, day: date, past: bool) -> None:
        version = drafted(model, drawn)
        today = day + timedelta(days=1) if past else day
        told = explain_by(version, Lead.objects.get(pk=pk), at=day, today=today)
        expected = worth({**drawn, "bands": version.bands}, View(world, world.people[pk], day, past))
        caps = sum(told.caps.values())
        assert sum(line.points for line in told.lines) + caps == told.points
        assert sum(line.fresh for line in told.lines) + told.fade + caps == told.points
        if expected.doubtful:
            return
        assert (told.points, told.fit, told.engagement) == (expected.points, expected.fit, expected.engagement)
        unfading = {**drawn, "bands": version.bands, "rules": [{**rule, **UNFADING} for rule in drawn["rules"]]}
        fresh = worth(unfading, View(world, world.people[pk], day, past)).parts
        for line, whole in zip(told.lines, fresh, strict=True):
            assert line.fresh == (whole if line.points else 0)

    check()


@pytest.mark.proof
def test_in_any_model_what_comes_first_is_told() -> None:
    ids, _ = make_world(seed=32, leads=8)
    world = export(ids)
    model = ScoreModel.objects.create(slug="any", name="Any", purpose="marketing")

    @cases(10)
    @given(models(), st.sampled_from(ids), st.dates(LAST, LAST + timedelta(days=60)))
    def check(drawn: dict, pk: int, today: date) -> None:
        version = drafted(model, drawn)
        lead = Lead.objects.get(pk=pk)
        change = coming(explain_by(version, lead, at=today, today=today), pk).total
        days = [today + timedelta(days=ahead) for ahead in range(LOOKS + 1)]
        worths = [worth({**drawn, "bands": version.bands}, View(world, world.people[pk], day)) for day in days]
        if any(one.doubtful for one in worths):
            return
        first = next(
            (
                (day, one.points - worths[0].points)
                for day, one in zip(days, worths, strict=True)
                if one.points != worths[0].points
            ),
            None,
        )
        # A walk of so many looks sees at least as many days.
        assert first is None or (change is not None and (change.on, change.by) == first)

    check()
