"""What a version would do is what publishing it then does, after any history."""

from dataclasses import replace
from random import Random

import pytest

from leads.activity.news import touch_all
from leads.handover.decide import Decision, Verb, decide
from leads.lifecycle.criteria import set_criterion
from leads.models import Handover, Lead, ScoreModel, StageChange
from leads.people.companies import CompanyFacts
from scoring import rescore, whatif
from scoring.engine import GroupSpec
from scoring.life import approve_version
from scoring.models import ModelVersion
from scoring.publish import content_of, publish_version, save_draft
from scoring.question import paired, question_of
from scoring.rules import RuleSpec
from scoring.touched import drain
from scoring.views.what_if_words import Words, then_at_goal
from scoring.whatif import what_if
from tests.factories import NOW, make_campaign, make_lead, make_user, publish_model, stage
from tests.oracle.cases import IS_PROOF
from tests.oracle.worlds import History, make_catalog
from tests.scoring.test_at_rest import act, moments, publish, set_criteria
from users.models import Organisation, Role

pytestmark = [pytest.mark.django_db, pytest.mark.proof]

BY_STAGE = {
    "any": [
        {"leaf": "score", "model": "mql", "op": "gte", "value": 30},
        {"all": [{"leaf": "stage", "value": ["mel"]}, {"leaf": "score", "model": "mql", "op": "gte", "value": 10}]},
    ]
}
MEL = [
    {"leaf": "score", "model": "mql", "op": "gt", "value": 5},
    {"leaf": "band", "model": "mql", "value": ["hot"]},
    {"not": {"leaf": "score", "model": "mql", "op": "lt", "value": 12}},
]
OF_COMPANY = [
    {"leaf": "company_score", "model": "mql", "op": "gte", "value": 25},
    {"not": {"leaf": "company_score", "model": "mql", "op": "lt", "value": 18}},
    {
        "all": [
            {"leaf": "score", "model": "mql", "op": "gte", "value": 5},
            {"leaf": "company_score", "model": "mql", "op": "gt", "value": 20},
        ]
    },
]


def world(seed):
    """A world at rest whose criteria ask for points; returns the dice, a user and the day."""
    dice = Random(seed)
    Organisation.objects.update(time_zone="Asia/Jerusalem")
    make_catalog()
    by = make_user().pk
    history = History(dice.randrange(10**6), leads=30)
    times = history.moments(3)
    publish(dice, times[0])
    set_criteria(dice, times[0])
    for now in [*times, *moments(dice, times[-1], 2)]:
        if now in times:
            history.tell(now)
        act(dice, now, by)
        drain(now=now)
    mel = dice.choice(MEL if dice.random() < 0.5 else OF_COMPANY)
    set_criterion(stage("mel"), mel, by=None, now=now, cooldown_days=dice.choice([0, 5]))
    ScoreModel.objects.update(company_rule=dice.choice(ScoreModel.CompanyRule.values))
    asked = dice.choice([BY_STAGE, {"leaf": "score", "model": "mql", "op": "gte", "value": 30}])
    set_criterion(stage("mql"), asked, by=None, now=now, cooldown_days=dice.choice([0, 5]))
    set_criterion(stage("sql"), {"leaf": "score", "model": "sql", "op": "gte", "value": 20}, by=None, now=now)
    accepted = Handover.objects.filter(state="open")[:3]
    decide([Decision(handover_id=row.pk, verb=Verb.ACCEPT) for row in accepted], by=by, now=now)
    touch_all()
    drain(now=now)
    return dice, by, now


def changed(dice, model, by, now):
    """A draft that differs from the version in force."""
    content = content_of(ModelVersion.objects.get(model=model, state="published"))
    rules = [replace(rule, points=max(1, rule.points + dice.choice([0, 0, 6, 12, -4]))) for rule in content.rules]
    rules = dice.sample(rules, len(rules) - dice.choice([0, 0, 1]))
    if dice.random() < 0.5:
        rules.append(RuleSpec(9, "fit", condition={"leaf": "company", "field": "country", "op": "eq", "value": "US"}))
    draft = replace(
        content,
        rules=rules,
        threshold=dice.choice([None, None, 8, 15, 25]),
        warm_from=20,
        hot_from=dice.choice([25, 45]),
    )
    version = save_draft(model, draft, by=by, now=now)
    if version.needs_approval:
        approve_version(version.pk, by=by, now=now)
    return ModelVersion.objects.select_related("model").get(pk=version.pk)


@pytest.mark.parametrize("seed", range(120 if IS_PROOF else 8))
def test_whoever_is_named_before_goes_on_when_the_version_is_published_and_nobody_else(seed):
    dice, by, now = world(seed)
    version = changed(dice, ScoreModel.objects.get(slug=dice.choice(["mql", "mql", "sql"])), by, now)
    question = question_of(version, now=now)

    answer = what_if(question, now=now)
    last = StageChange.objects.order_by("-pk").first().pk
    publish_version(version, by=by, now=now)
    drain(now=now)

    named = {row[0]: row[4] for row in answer["rows"]["up"] if row[6]}
    went = dict(
        StageChange.objects.filter(pk__gt=last, cause="criteria").order_by("pk").values_list("lead", "to_stage")
    )
    assert named == went
    assert answer["up"]["count"] == len(answer["rows"]["up"])
    under_way = Lead.objects.filter(outcome="", archived_at=None)
    assert then_at_goal(answer) == under_way.filter(stage=answer["goal"]).count()
    points = dict(Lead.objects.filter(scores__model=version.model).values_list("pk", "scores__points"))
    assert all(points[row[0]] == row[2] for row in [*answer["rows"]["up"], *answer["rows"]["down"]])


@pytest.mark.parametrize("seed", range(20 if IS_PROOF else 2))
def test_the_answer_is_the_same_however_the_leads_are_divided(seed, monkeypatch):
    dice, by, now = world(seed)
    set_criterion(stage("mel"), OF_COMPANY[seed % 3], by=None, now=now)
    version = changed(dice, ScoreModel.objects.get(slug="mql"), by, now)
    at_once = what_if(question_of(version, now=now), now=now)

    for module in (rescore, whatif):
        monkeypatch.setattr(module, "CHUNK", 4)
    divided = what_if(question_of(version, now=now), now=now)

    assert divided == at_once


def test_what_others_at_the_company_give_counts_whoever_is_asked_about():
    spring, autumn = make_campaign("spring"), make_campaign("autumn")
    titled = {"leaf": "lead", "field": "job_title", "op": "is_set"}
    model = publish_model(rules=[RuleSpec(10, "fit", condition=titled)], groups=[GroupSpec("fit", "fit")])
    ScoreModel.objects.update(company_rule=ScoreModel.CompanyRule.SUM)
    acme = {"company": CompanyFacts(name="Acme", domain="acme.example")}
    one = make_lead(campaign_id=spring.pk, **acme)
    make_lead(campaign_id=autumn.pk, job_title="CFO", **acme)
    set_criterion(stage("mel"), OF_COMPANY[0], by=None, now=NOW)
    drain(now=NOW)
    draft = save_draft(
        model, replace(content_of(model.versions.get()), rules=[RuleSpec(30, "fit", condition=titled)]), now=NOW
    )
    question = question_of(ModelVersion.objects.select_related("model").get(pk=draft.pk), now=NOW, campaign=spring.pk)

    answer = what_if(question, now=NOW)

    (row,) = answer["rows"]["up"]
    assert row[:3] == [one.pk, 0, 0]
    assert Words(question, make_user(Role.ADMIN)).why(row) == "score of the company"


def test_rules_are_found_again_whatever_changed_of_them():
    one = RuleSpec(5, "fit", condition={"leaf": "consent", "value": True})
    two = RuleSpec(9, "web", condition={"leaf": "consent", "value": False}, label="No consent")
    three = RuleSpec(1, "web", condition={"leaf": "outcome", "value": ["open"]})
    gone = RuleSpec(2, "fit", per={"of": "each"})

    new = [replace(two, condition={"leaf": "consent", "value": True}), replace(one, points=7), three]

    assert paired([gone, one, two], new) == [(2, 0), (1, 1), (None, 2), (0, None)]
