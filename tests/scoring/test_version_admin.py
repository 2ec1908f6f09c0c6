"""Versions in the settings: the same checks and steps as on the scoring pages, and no back door."""

import json

import pytest

from leads.models import ScoreModel
from scoring.draft import save_rule, set_note
from scoring.engine import spec_of
from scoring.life import approve_version
from scoring.models import ModelVersion
from scoring.publish import copy_to_draft
from scoring.rules import RuleSpec
from scoring.seen import stamp, stamp_of_page
from tests.browsing import browser
from tests.factories import NOW, make_user, publish_model
from users.models import Role

pytestmark = pytest.mark.django_db
LIST = "/settings/scoring/modelversion/"
CONSENTED = {"leaf": "consent", "value": True}


@pytest.fixture
def admin():
    return browser(make_user(Role.ADMIN))


@pytest.fixture
def draft():
    return copy_to_draft(publish_model("sales", purpose="sales").versions.get(), now=NOW)


def page(version):
    return f"{LIST}{version.pk}/change/"


def sent(version, **changed):
    """What the page of a version sends."""
    groups, (rule,) = list(version.groups.all()), version.rules.all()
    values = {"hot_from": 80, "warm_from": 50, "history_step": 10, "note": "", "seen": stamp_of_page(version)}
    values |= {"groups-TOTAL_FORMS": 2, "groups-INITIAL_FORMS": 2, "rules-TOTAL_FORMS": 1, "rules-INITIAL_FORMS": 1}
    for n, group in enumerate(groups):
        said = {"id": group.pk, "version": version.pk, "slug": group.slug, "name": group.name, "kind": group.kind}
        values |= {f"groups-{n}-{name}": value for name, value in said.items()}
    said = {"id": rule.pk, "version": version.pk, "position": 1, "group": rule.group_id, "points": rule.points}
    said |= {"per": json.dumps(rule.per), "half_life_days": 7, "condition": ""}
    return values | {f"rules-0-{name}": value for name, value in said.items()} | changed


def take(admin, action, version):
    """Choose a step, look at what it is about to be taken with, and take it."""
    chosen = {"action": action, "_selected_action": [version.pk]}
    return admin.post(LIST, {**chosen, f"seen-{version.pk}": stamp(version)}, follow=True)


def test_a_draft_is_begun_from_what_is_in_force(admin):
    model = publish_model()

    answer = admin.post(f"{LIST}add/", {"model": model.pk})

    begun = model.versions.get(number=2)
    assert answer.url == page(begun)
    assert (begun.state, begun.created_by.role, begun.copied_from.number) == ("draft", "admin", 1)
    assert "Draft 2 is being written" in admin.post(f"{LIST}add/", {"model": model.pk}, follow=True).content.decode()


def test_rules_groups_and_threshold_of_a_draft_are_written_and_approval_goes(admin, draft):
    approve_version(draft.pk, by=None, now=NOW)
    changed = {
        "threshold": 70,
        "fit_from": "30,20,10",
        "engagement_from": "30,20,10",
        "rules-0-points": 12,
        "rules-0-condition": json.dumps(CONSENTED),
        "groups-0-cap": 40,
    }

    answer = admin.post(page(draft), sent(draft, **changed))

    assert answer.status_code == 302, answer.context["errors"]
    draft = ModelVersion.objects.get(pk=draft.pk)
    assert (draft.threshold, draft.approved_at, draft.groups.first().cap) == (70, None, 40)
    assert draft.fit_from == [30, 20, 10]
    assert (draft.rules.get().points, draft.rules.get().condition) == (12, CONSENTED)


@pytest.mark.parametrize(
    "changed",
    [
        {"rules-0-condition": '{"leaf": "score"}'},
        {"rules-0-condition": "{"},
        {"rules-0-per": '{"of": "yearly"}'},
        {"rules-0-points": 5000},
        {"rules-0-half_life_days": 0},
        {"groups-0-cap": -1},
        {"groups-1-DELETE": "on"},
        {"threshold": 50, "borderline_from": 60},
        {"hot_from": 10},
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(admin, draft, changed):
    before = spec_of(draft)

    answer = admin.post(page(draft), sent(draft, **changed))

    assert answer.status_code == 200
    assert answer.context["errors"]
    assert spec_of(ModelVersion.objects.get(pk=draft.pk)) == before


def test_rules_are_read_as_sentences_and_lead_to_the_scoring_pages(admin, draft):
    published = draft.model.versions.get(number=1)
    rule = draft.rules.get()

    writable, fixed = (admin.get(page(version)).content.decode() for version in (draft, published))

    assert "1 rule in words" in writable
    assert "1 rule in words" in fixed
    assert f"/scoring/sales/2/rules/{rule.pk}/" in writable
    assert "/scoring/sales/1/what-if/" in fixed
    assert "rules-TOTAL_FORMS" in writable
    assert "<textarea" not in fixed


def test_a_published_version_is_read_and_not_written_or_deleted(admin, draft):
    published = draft.model.versions.get(number=1)

    assert admin.get(page(published)).status_code == 200
    assert admin.post(page(published), sent(published, **{"rules-0-points": 99})).status_code == 403
    assert admin.post(f"{LIST}{published.pk}/delete/", {"post": "yes"}).status_code == 403
    assert published.rules.get().points == 10
    seen = {"post": "yes", "seen": stamp(draft)}
    assert admin.post(f"{LIST}{draft.pk}/delete/", seen).status_code == 302
    assert list(draft.model.versions.values_list("number", flat=True)) == [1]


def test_an_administrator_neither_approves_a_sales_model_nor_publishes_it_unapproved(admin, draft):
    for action in ("approve", "publish"):
        take(admin, action, draft)
        draft.refresh_from_db()
        assert (draft.state, draft.approved_at) == ("draft", None)
    forged = {"state": "published", "approved_at_0": "2026-01-01", "approved_at_1": "00:00", "purpose": "marketing"}
    admin.post(page(draft), sent(draft, **forged))
    admin.post(f"/settings/leads/scoremodel/{draft.model_id}/change/", {"name": "S", "company_rule": "sum", **forged})
    draft = ModelVersion.objects.select_related("model").get(pk=draft.pk)
    assert (draft.state, draft.approved_at, draft.model.purpose, draft.model.name) == ("draft", None, "sales", "S")

    approve_version(draft.pk, by=None, now=NOW)
    take(admin, "publish", draft)
    admin.post(LIST, {"action": "back", "_selected_action": [draft.model.versions.get(number=1).pk]})

    assert list(draft.model.versions.order_by("number").values_list("state", flat=True)) == [
        "retired",
        "retired",
        "published",
    ]


MORE = RuleSpec(points=7, group="fit", condition=CONSENTED)


@pytest.mark.parametrize("change", [lambda pk: save_rule(pk, MORE), lambda pk: set_note(pk, "Hers")])
def test_what_changed_since_it_was_opened_is_not_overwritten_unseen(admin, draft, change):
    typed = sent(draft, **{"rules-0-points": 12, "note": "Mine"})
    change(draft.pk)
    before = spec_of(ModelVersion.objects.get(pk=draft.pk))

    told = admin.post(page(draft), typed)
    kept = told.context["adminform"].form

    assert "The draft was changed meanwhile. Open the page anew" in told.content.decode()
    assert spec_of(ModelVersion.objects.get(pk=draft.pk)) == before
    assert kept["note"].value() == "Mine"
    assert 'name="rules-0-points" value="12"' in told.content.decode()
    assert admin.post(page(draft), {**typed, "seen": kept["seen"].value()}).status_code == 302
    assert draft.rules.get(position=1).points == 12
    assert draft.rules.count() == len(before.rules)


def test_a_rule_taken_out_since_the_page_was_opened_is_told(admin, draft):
    typed = sent(draft)
    draft.rules.all().delete()

    told = admin.post(page(draft), typed)

    assert "The draft was changed meanwhile." in told.content.decode()
    assert not draft.rules.exists()


@pytest.mark.parametrize("action", ["ask", "publish"])
def test_a_step_shows_what_it_is_taken_with_and_refuses_what_changed_since(admin, action):
    draft = copy_to_draft(publish_model().versions.get(), now=NOW)
    chosen = {"action": action, "_selected_action": [draft.pk]}

    shown = admin.post(LIST, chosen)
    ((_, seen, rules),) = shown.context["shown"]
    save_rule(draft.pk, MORE)
    refused = admin.post(LIST, {**chosen, f"seen-{draft.pk}": seen}, follow=True)

    assert rules == ["Behaviour: For each page visit +10, fades 50 % in 7 days"]
    assert "The draft was changed meanwhile. Look at it again." in refused.content.decode()
    draft.refresh_from_db()
    assert (draft.state, draft.asked_at) == ("draft", None)
    take(admin, action, draft)
    draft.refresh_from_db()
    assert draft.state == "published" or draft.asked_at is not None


def test_a_draft_that_changed_since_the_question_is_not_thrown_away(admin, draft):
    asked = admin.get(f"{LIST}{draft.pk}/delete/")
    save_rule(draft.pk, MORE)

    answer = admin.post(f"{LIST}{draft.pk}/delete/", {"post": "yes", "seen": asked.context["seen"]}, follow=True)

    assert "The draft was changed meanwhile." in answer.content.decode()
    assert draft.rules.count() == 2


def test_a_word_of_our_own_addresses_is_no_key_here_either(admin):
    answer = admin.post(
        "/settings/leads/scoremodel/add/",
        {"slug": "progress", "name": "P", "purpose": "marketing", "company_rule": "sum"},
    )

    assert answer.context["adminform"].form.errors["slug"] == ["This word is taken. Choose another key."]
    assert not ScoreModel.objects.exists()


@pytest.mark.parametrize("role", [Role.MARKETER, Role.SALES_MANAGER])
def test_only_administrators_come_in(role, draft):
    assert browser(make_user(role)).get(LIST).status_code in (302, 403)
