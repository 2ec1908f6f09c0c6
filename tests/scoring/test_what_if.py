"""What a version would do is what publishing it then does, after any history."""

from dataclasses import replace
from random import Random

import pytest

from leads.activity.news import touch_all
from leads.handover.decide import Decision, Verb, decide
from leads.lifecycle.criteria import set_criterion
from leads.models import Handover, Lead, ScoreModel, StageChange
from scoring.life import approve_version
from scoring.models import ModelVersion
from scoring.publish import content_of, publish_version, save_draft
from scoring.question import paired, question_of
from scoring.rules import RuleSpec
from scoring.touched import drain
from scoring.whatif import what_if
from tests.factories import make_user, stage
from tests.oracle.cases import IS_PROOF
from tests.oracle.worlds import History, make_catalog
from tests.scoring.test_at_rest import act, moments, publish, set_criteria
from users.models import Organisation

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
    set_criterion(stage("mel"), dice.choice(MEL), by=None, now=now, cooldown_days=dice.choice([0, 5]))
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
    points = dict(Lead.objects.filter(scores__model=version.model).values_list("pk", "scores__points"))
    assert all(points[row[0]] == row[2] for row in [*answer["rows"]["up"], *answer["rows"]["down"]])


def test_rules_are_found_again_whatever_changed_of_them():
    one = RuleSpec(5, "fit", condition={"leaf": "consent", "value": True})
    two = RuleSpec(9, "web", condition={"leaf": "consent", "value": False}, label="No consent")
    three = RuleSpec(1, "web", condition={"leaf": "outcome", "value": ["open"]})
    gone = RuleSpec(2, "fit", per={"of": "each"})

    new = [replace(two, condition={"leaf": "consent", "value": True}), replace(one, points=7), three]

    assert paired([gone, one, two], new) == [(2, 0), (1, 1), (None, 2), (0, None)]
