"""The life of a version: drafted, asked for, approved, published, retired, brought back; and never changed after."""

import contextlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from leads.lifecycle.criteria import set_criterion
from leads.models import Criterion, ScoreLegend, ScoreModel
from leads.seen import ChangedMeanwhile
from scoring.decides import decision_of, with_threshold
from scoring.draft import (
    Frame,
    InvalidVersion,
    NotADraft,
    move_rule,
    remove_group,
    remove_rule,
    save_group,
    save_rule,
    set_frame,
    set_threshold,
)
from scoring.engine import GroupSpec, spec_of
from scoring.life import approve_version, ask_for_approval, discard_draft, refuse_approval, roll_back
from scoring.models import ModelVersion
from scoring.publish import DraftExists, NotPublishable, copy_to_draft, publish_version
from scoring.rules import RuleSpec
from scoring.seen import stamp
from tests.factories import NOW, make_user, publish_model, stage
from users.models import Role

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
ASKED = {"all": [{"leaf": "consent", "value": True}, {"leaf": "score", "model": "sales", "op": "gte", "value": 80}]}
SENT = RuleSpec(points=5, group="behaviour", per={"of": "each", "kinds": ["page_view"]})


@pytest.fixture
def manager():
    return make_user(Role.SALES_MANAGER)


@pytest.fixture
def draft():
    return copy_to_draft(publish_model("sales", purpose="sales").versions.get(), now=NOW)


def first(version_id):
    return ModelVersion.objects.get(pk=version_id).rules.first().pk


def publish(version, **said):
    return publish_version(version, **{"by": None, "now": LATER, **said})


def approved(version, by=None):
    return approve_version(version.pk, by=by and by.pk, now=NOW)


def test_a_sales_model_is_published_only_when_approved(draft, manager):
    with pytest.raises(NotPublishable, match="A sales manager must approve"):
        publish(draft)

    approved(draft, manager)
    publish(draft, by=manager.pk)

    old, new = draft.model.versions.order_by("number")
    assert (old.state, old.retired_at) == ("retired", LATER)
    assert (new.state, new.approved_by, new.published_by, new.published_at) == ("published", manager, manager, LATER)


def test_a_marketing_model_needs_no_approval_and_may_be_asked_for(manager):
    draft = copy_to_draft(publish_model().versions.get())

    ask_for_approval(draft.pk, by=manager.pk, now=NOW)
    publish(draft)

    draft.refresh_from_db()
    assert (draft.state, draft.asked_at, draft.asked_by, draft.approved_at) == ("published", NOW, manager, None)


@pytest.mark.parametrize(
    "change",
    [
        lambda pk: save_rule(pk, SENT),
        lambda pk: save_rule(pk, SENT, rule_id=first(pk)),
        lambda pk: remove_rule(pk, first(pk)),
        lambda pk: save_group(pk, GroupSpec("fit", "fit", 40), name="Fit", new=False),
        lambda pk: set_frame(pk, Frame(70, 40, 5)),
        lambda pk: set_threshold(pk, threshold=70, borderline_from=60),
    ],
)
def test_a_change_takes_what_was_asked_and_approved_back(draft, manager, change):
    ask_for_approval(draft.pk, by=None, now=NOW)
    approved(draft, manager)

    change(draft.pk)

    draft.refresh_from_db()
    assert (draft.asked_at, draft.asked_by, draft.approved_at, draft.approved_by) == (None, None, None, None)


@pytest.mark.parametrize(
    "nothing",
    [
        lambda pk: remove_rule(pk, 0),
        lambda pk: remove_group(pk, "gone"),
        lambda pk: move_rule(pk, first(pk), up=True),
        lambda pk: save_rule(pk, SENT, rule_id=first(pk), seen="other"),
        lambda pk: remove_rule(pk, first(pk), seen="other"),
    ],
)
def test_what_changes_nothing_takes_nothing_back(draft, manager, nothing):
    approved(draft, manager)

    with contextlib.suppress(ChangedMeanwhile):
        nothing(draft.pk)

    draft.refresh_from_db()
    assert (draft.approved_by, draft.changed_at, draft.rules.count()) == (manager, None, 1)


def test_the_whole_frame_marks_a_draft_as_changed_once(draft, manager):
    approved(draft, manager)
    frame = Frame(70, 40, 5, threshold=60, fit_from=(30, 20, 10), engagement_from=(9, 6, 3), note="Mine")

    with CaptureQueriesContext(connection) as asked:
        set_frame(draft.pk, frame, by=manager.pk, now=LATER)

    assert sum("changed_at" in query["sql"] for query in asked if query["sql"].startswith("UPDATE")) == 1
    draft.refresh_from_db()
    assert (draft.changed_by, draft.changed_at, draft.approved_at) == (manager, LATER, None)
    assert (draft.hot_from, draft.threshold, draft.fit_from, draft.note) == (70, 60, [30, 20, 10], "Mine")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"threshold": 50, "borderline_from": 50}, "borderline_from"), ({"fit_from": (1, 2, 3)}, "fit_from")],
)
def test_of_a_frame_with_a_mistake_nothing_is_written(draft, wrong, field):
    with pytest.raises(InvalidVersion) as refused:
        set_frame(draft.pk, Frame(70, 40, 5, **wrong), now=LATER)

    draft.refresh_from_db()
    assert field in refused.value.errors
    assert (draft.hot_from, draft.changed_at) == (80, None)


def test_nobody_approves_what_they_have_not_seen(draft):
    seen = stamp(draft)
    save_rule(draft.pk, SENT)

    with pytest.raises(ChangedMeanwhile):
        approve_version(draft.pk, by=None, now=NOW, seen=seen)
    approve_version(draft.pk, by=None, now=NOW, seen=stamp(ModelVersion.objects.get(pk=draft.pk)))


def test_an_asked_draft_is_given_back(draft):
    ask_for_approval(draft.pk, by=None, now=NOW)

    refuse_approval(draft.pk, by=None, now=NOW)

    draft.refresh_from_db()
    assert draft.asked_at is None


def test_an_empty_draft_is_not_asked_for(draft):
    remove_rule(draft.pk, first(draft.pk))

    for step in (ask_for_approval, approve_version):
        with pytest.raises(NotPublishable, match="Add at least one rule"):
            step(draft.pk, by=None, now=NOW)


def test_a_model_has_one_draft_and_a_discarded_one_makes_room(draft):
    with pytest.raises(DraftExists, match="Draft 2 is being written"):
        copy_to_draft(draft.model.versions.get(number=1))

    discard_draft(draft.pk, by=None, now=NOW)

    assert copy_to_draft(draft.model.versions.get()).number == 2
    with pytest.raises(NotADraft):
        discard_draft(draft.model.versions.get(number=1).pk, by=None, now=NOW)
    with pytest.raises(NotADraft, match="gone"):
        discard_draft(draft.pk, by=None, now=NOW)


def test_publishing_a_threshold_writes_the_criterion_in_the_same_step(draft, manager):
    set_criterion(stage("sql"), ASKED, by=None, now=NOW, cooldown_days=3)
    set_threshold(draft.pk, threshold=70, borderline_from=60)
    approved(draft)

    publish(draft, by=manager.pk)

    decision = decision_of(draft.model, now=LATER)
    assert (decision.threshold, decision.stage.slug, decision.criterion.version) == (70, "sql", 2)
    assert (decision.criterion.cooldown_days, decision.criterion.created_by) == (3, manager)
    assert decision.criterion.condition["all"][0] == ASKED["all"][0]


def test_the_criterion_stays_where_the_threshold_is_that_in_force(draft):
    set_criterion(stage("sql"), ASKED, by=None, now=NOW)
    approved(draft)

    publish(draft)

    assert Criterion.objects.filter(stage__slug="sql").count() == 1
    assert ModelVersion.objects.get(pk=draft.pk).threshold == 80


def test_a_threshold_nothing_asks_for_and_a_borderline_above_it_are_refused(draft):
    set_threshold(draft.pk, threshold=70, borderline_from=None)
    approved(draft)
    with pytest.raises(NotPublishable, match="No stage asks for points of this model"):
        publish(draft)

    set_criterion(stage("sql"), ASKED, by=None, now=NOW)
    set_threshold(draft.pk, threshold=None, borderline_from=80)
    approved(draft)
    with pytest.raises(NotPublishable, match="must begin below the threshold, 80"):
        publish(draft)

    assert ModelVersion.objects.get(pk=draft.pk).state == "draft"


def test_a_threshold_no_lead_could_reach_is_refused(draft):
    most = {"leaf": "score", "model": "sales", "op": "lte", "value": 90}
    set_criterion(stage("sql"), {"all": [*ASKED["all"], most]}, by=None, now=NOW)
    set_threshold(draft.pk, threshold=95, borderline_from=None)
    approved(draft)

    with pytest.raises(NotPublishable, match="threshold"):
        publish(draft)


def test_a_grid_that_conditions_ask_for_does_not_go(draft):
    set_frame(draft.pk, Frame(80, 50, 10, fit_from=[30, 20, 10], engagement_from=[9, 6, 3]))
    approved(draft)
    publish(draft)
    asked = {"all": [ASKED["all"][1], {"leaf": "grade", "model": "sales", "value": ["A1"]}]}
    set_criterion(stage("sql"), asked, by=None, now=LATER)
    second = copy_to_draft(draft, now=LATER)
    set_frame(second.pk, Frame(80, 50, 10, threshold=70))
    approved(second)

    with pytest.raises(NotPublishable, match="asked for: Criterion of SQL"):
        publish(second)

    assert ScoreLegend.objects.filter(grid__isnull=True).count() == 1  # the first version's


def test_a_retired_version_comes_back_with_its_content_threshold_and_approval(draft, manager):
    set_criterion(stage("sql"), ASKED, by=None, now=NOW)
    approved(draft, manager)
    publish(draft)
    third = copy_to_draft(draft, now=NOW)
    set_threshold(third.pk, threshold=70, borderline_from=None)
    save_rule(third.pk, SENT)
    approved(third)
    publish(third)
    fourth = copy_to_draft(third, now=NOW)

    back = roll_back(draft, by=manager.pk, now=LATER + timedelta(hours=1))

    assert (back.number, back.state, back.copied_from, back.approved_by) == (5, "published", draft, manager)
    assert spec_of(back).rules == spec_of(draft).rules
    assert decision_of(back.model, now=LATER + timedelta(hours=1)).threshold == 80
    assert list(fourth.model.versions.values_list("number", "state").order_by("number"))[2:] == [
        (3, "retired"),
        (4, "draft"),
        (5, "published"),
    ]


@pytest.mark.parametrize("points", [80, 90])
def test_with_a_version_comes_back_what_the_stage_asked_for_when_it_was_replaced(draft, points):
    first_version = draft.model.versions.get(number=1)  # published before any stage asked for its points
    set_criterion(stage("sql"), ASKED, by=None, now=NOW)
    changed = with_threshold(ASKED, "sales", points)
    set_criterion(stage("sql"), changed, by=None, now=NOW + timedelta(minutes=1))
    set_threshold(draft.pk, threshold=70, borderline_from=60)
    approved(draft)
    publish(draft)
    assert decision_of(draft.model, now=LATER).threshold == 70

    back = roll_back(first_version, by=None, now=LATER + timedelta(hours=1))

    assert (first_version.threshold, back.threshold) == (None, points)
    assert decision_of(draft.model, now=LATER + timedelta(hours=1)).threshold == points


def test_only_what_was_in_force_and_approved_comes_back(draft):
    with pytest.raises(NotPublishable, match="Only a version that was in force before"):
        roll_back(draft, by=None, now=LATER)


RAW = [
    "UPDATE scoring_rule SET points = 99",
    "DELETE FROM scoring_rule",
    "UPDATE scoring_rulegroup SET cap = 1",
    "DELETE FROM scoring_rulegroup WHERE slug = 'fit'",
    "INSERT INTO scoring_rulegroup (version_id, slug, name, kind) SELECT id, 'x', 'X', 'fit' FROM scoring_modelversion",
    "UPDATE scoring_modelversion SET hot_from = 90",
    "UPDATE scoring_modelversion SET threshold = 1",
    "UPDATE scoring_modelversion SET note = 'other'",
    "UPDATE scoring_modelversion SET approved_at = now()",
    "UPDATE scoring_modelversion SET published_at = now()",
    "UPDATE scoring_modelversion SET state = 'draft'",
    "DELETE FROM scoring_modelversion",
]


@pytest.mark.parametrize("query", RAW)
@pytest.mark.parametrize("is_retired", [False, True])
def test_the_database_refuses_to_change_what_was_published(query, is_retired):
    model = publish_model()
    if is_retired:
        ModelVersion.objects.update(state="retired", retired_at=NOW)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(query)

    assert model.versions.get().rules.get().points == 10


def test_the_database_refuses_a_sales_model_without_approval_and_a_version_born_published(draft):
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.filter(pk=draft.pk).update(state="published")
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.filter(pk=draft.pk).update(state="retired")
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.create(model=ScoreModel.objects.get(), number=9, state="published")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE scoring_rulegroup SET cap = -1 WHERE version_id = %s", [draft.pk])


def test_a_person_may_go_and_what_they_published_stays(draft, manager):
    approved(draft, manager)
    publish(draft, by=manager.pk)

    manager.delete()

    draft.refresh_from_db()
    assert (draft.state, draft.published_by, draft.approved_at) == ("published", None, NOW)
