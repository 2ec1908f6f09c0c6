"""The worked example's question (R53) on the demo: what 80 to 70 would do, and what it then does."""

from dataclasses import replace

import pytest

from leads.activity.news import touch_all
from leads.models import Campaign, ScoreModel, Stage, StageChange
from scoring.life import approve_version, discard_draft
from scoring.models import ModelVersion
from scoring.publish import content_of, publish_version, save_draft
from scoring.question import question_of
from scoring.rules import RuleSpec
from scoring.touched import drain
from scoring.whatif import what_if
from users.clock import database_now
from users.models import User

STUDY = "oecd-study"
REGIONS = RuleSpec(
    8,
    "deal",
    label="Branches per region",
    condition={
        "all": [
            {"leaf": "company", "field": "attributes.branch_states", "op": "contains", "value": state}
            for state in ("New York", "New Jersey")
        ]
    },
)


def draft(*more):
    """A draft of the sales model with the threshold at 70, good to be published."""
    model = ScoreModel.objects.get(slug="sales")
    manager = User.objects.get(email__startswith="manager@").pk
    content = content_of(ModelVersion.objects.get(model=model, state="published"))
    for other in model.versions.filter(state="draft"):
        discard_draft(other.pk, by=None, now=database_now())
    assert all(rule.half_life_days is None for rule in content.rules)
    rules = [*content.rules, *more]
    version = save_draft(
        model, replace(content, rules=rules, threshold=70, borderline_from=60), by=manager, now=database_now()
    )
    approve_version(version.pk, by=manager, now=database_now())
    return ModelVersion.objects.select_related("model").get(pk=version.pk)


def asked(version, campaign=None):
    return what_if(question_of(version, now=database_now(), campaign=campaign), now=database_now())


def published(version):
    """The leads that reach the stage once the version is in force and every lead judged."""
    last = StageChange.objects.latest("pk").pk
    publish_version(version, by=version.created_by_id, now=database_now())
    drain(now=database_now())
    moved = StageChange.objects.filter(pk__gt=last, to_stage__slug="sql", cause="criteria")
    return set(moved.values_list("lead", flat=True))


@pytest.fixture
def study(demo):
    """The campaign, open again, with every lead judged by what is in force."""
    campaign = Campaign.objects.get(slug=STUDY)
    Campaign.objects.filter(pk=campaign.pk).update(ended_at=None)
    touch_all()
    drain(now=database_now())
    return campaign


def test_four_leads_of_the_study_are_named_before_and_the_same_four_cross(study):
    version = draft()

    of_study, of_all = asked(version, study.pk), asked(version)

    four = {row[0] for row in of_study["rows"]["up"]}
    assert len(four) == 4
    assert all(70 <= row[2] < 80 and row[7] == [] for row in of_study["rows"]["up"])
    sal = Stage.objects.get(slug="sal").pk
    assert of_study["step"] == {"before": sal, "of": 25, "was": 12, "would": 16, "weeks": 12}
    assert of_study["down"]["count"] == 0

    assert {row[0] for row in of_all["rows"]["up"]} == four
    assert published(version) == four
    entries = StageChange.objects.filter(to_stage__slug="sql", outcome="", backward=False, lead__campaign=study)
    assert entries.values("lead").distinct().count() == 16


def test_of_a_campaign_that_is_over_the_four_have_the_points_and_stay(demo):
    study = Campaign.objects.get(slug=STUDY)

    result = asked(draft(), study.pk)

    assert result["up"]["count"] == 0
    assert result["stay"] == {"leads": 4, "over": 4, "resting": 0}


def test_with_the_rule_of_regions_the_list_and_the_result_agree(study):
    version = draft(REGIONS)

    named = {row[0]: row for row in asked(version)["rows"]["up"]}

    assert len(named) > 4
    assert any(len(row[7]) == 1 for row in named.values())
    assert published(version) == set(named)
