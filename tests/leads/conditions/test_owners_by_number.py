"""A condition names a person, not an address: it goes on meaning them, and says so when they are gone."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from leads.conditions.select import matching
from leads.conditions.tree import InvalidCondition, sentence, spelled, validate
from leads.forms.tree import TreeEditor
from leads.handover.rules import RuleDraft, write_rule
from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.phase import save_rule
from leads.lifecycle.segments import NewSegment, save_segment
from leads.models import Criterion, Lead, PhaseRule, RoutingRule, Segment
from leads.people.edit import set_owner
from nurturing.models import SequenceVersion, Step
from nurturing.publish import Draft, StepSpec, content_of, publish_version, save_draft
from tests.browsing import browser
from tests.factories import NOW, make_lead, make_user, stage
from tests.leads.forms.test_tree_editor import sent
from tests.nurturing.sequences import mail, make_sequence
from users.models import Role, Team, User

pytestmark = pytest.mark.django_db
OLD, NEW = "rep@acme.example", "pat@acme.example"


def owned_by(*people: Any) -> dict[str, Any]:
    return {"leaf": "owner", "op": "user", "value": list(people)}


@pytest.fixture
def rep() -> User:
    return make_user(email=OLD, name="Pat Rep")


@pytest.fixture
def lead(rep: User) -> Lead:
    found = make_lead()
    set_owner({found.pk: rep.pk}, now=NOW)
    return found


def rename(user: User, email: str) -> None:
    """As anything may do it: past every flow, form and model."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE users_user SET email = %s WHERE id = %s", [email, user.pk])


def stored(condition: dict[str, Any]) -> list[Any]:
    """The condition as each flow that takes one has stored it."""
    rule = {"name": "Rule", "team_id": Team.objects.get(slug="sales").pk, "spread": "team"}
    kept = [
        save_segment(None, NewSegment("Theirs", condition), by=None, now=NOW).condition,
        set_criterion(stage("mel"), condition, by=None, now=NOW).condition,
        save_rule(PhaseRule(phase="buy", label="Buys", condition=condition)).condition,
        write_rule(RuleDraft(condition=condition, **rule)).condition,
    ]
    sequence = make_sequence(entry=condition)
    draft = save_draft(sequence, Draft(steps=[mail(), StepSpec(condition=condition)], entry=condition))
    version = publish_version(sequence, by=None, now=NOW)
    assert version == draft
    return [*kept, version.entry, version.steps.get(kind="condition").condition]


@pytest.mark.parametrize("said", [OLD, " Rep@ACME.example "])
def test_whatever_stores_a_condition_stores_who_is_meant(rep: User, lead: Lead, said: str) -> None:
    trees = stored({"any": [owned_by(said), {"not": {"all": [{"leaf": "owner", "op": "is_set"}, owned_by(said)]}}]})
    theirs = owned_by(rep.pk)

    assert trees == [{"any": [theirs, {"not": {"all": [{"leaf": "owner", "op": "is_set"}, theirs]}}]}] * 6


def test_a_condition_means_the_same_person_once_their_address_changes(rep: User, lead: Lead) -> None:
    trees = stored(owned_by(OLD))

    rename(rep, NEW)
    other = make_user(email=OLD, name="Somebody new")
    theirs = make_lead()
    set_owner({theirs.pk: other.pk}, now=NOW)

    for tree in trees:
        assert matching(tree, now=NOW) == [lead.pk]
        assert spelled(tree) == owned_by(NEW)
        assert sentence(tree) == "Owner is Pat Rep"
    assert matching({"leaf": "segment", "value": ["theirs"]}, now=NOW) == [lead.pk]


def test_who_is_named_twice_is_stored_once(rep: User) -> None:
    assert validate(owned_by(OLD, rep.pk, OLD.upper())) == owned_by(rep.pk)


@pytest.mark.parametrize("said", ["gone@acme.example", 0, 10**30, True, 1.5, None, [OLD], {"id": 1}])
def test_nobody_is_refused_by_name(rep: User, said: Any) -> None:
    with pytest.raises(InvalidCondition) as wrong:
        validate({"all": [owned_by(OLD, said)]})

    ((place, why),) = wrong.value.errors
    assert (place, why) == ("all.0.value", f"{said!r} is not known. Choose from: {OLD}.")


@pytest.mark.parametrize("said", [OLD, {}, [], 1, None])
def test_people_are_given_as_a_list(rep: User, said: Any) -> None:
    with pytest.raises(InvalidCondition, match="Give a list with at least one entry"):
        validate({**owned_by(), "value": said})


def test_the_sentence_says_why_no_lead_will_be_theirs(rep: User) -> None:
    here, gone = make_user(name="Avi"), make_user(name="Noa")
    tree = validate(owned_by(OLD, here.pk, gone.pk))
    number = gone.pk
    User.objects.filter(pk=rep.pk).update(is_active=False)
    gone.delete()

    assert sentence(tree) == f"Owner is Pat Rep (deactivated) or Avi or somebody deleted (number {number})"
    assert sentence(owned_by("x@acme.example")) == "Owner is x@acme.example (nobody has this address)"
    assert matching(tree, now=NOW) == []


def test_the_editor_shows_addresses_and_hands_over_numbers(rep: User) -> None:
    tree = validate(owned_by(OLD))
    rename(rep, NEW)

    rows = TreeEditor(sent(TreeEditor(tree=tree)))
    text = TreeEditor(sent(TreeEditor(tree=tree), **{"when-do": "json"}))
    back = TreeEditor(sent(text))

    assert TreeEditor(tree=tree).rows[0].values["value"] == [NEW]
    assert NEW in (text.json_text or "")
    assert back.is_valid()
    assert rows.is_valid()
    assert rows.tree == back.tree == tree


def test_the_editor_shows_who_was_deleted_and_refuses_them_by_number(rep: User) -> None:
    gone = make_user()
    tree = validate(owned_by(OLD, gone.pk))
    number = gone.pk
    gone.delete()

    begun = TreeEditor(tree=tree)
    (value,) = (shown for shown in begun.drawn.children[0].inputs if shown.slot.name == "value")
    assert value.chosen == ["Pat Rep", f"somebody deleted (number {number})"]
    typed = sent(begun)
    typed.setlist("when-r0-value", [OLD, str(number)])
    editor = TreeEditor(typed)

    assert not editor.is_valid()
    assert f"'{number}' is not known" in editor.rows[0].errors["value"]


def test_whoever_deactivates_somebody_is_told_where_they_are_named(rep: User) -> None:
    stored(owned_by(OLD))
    form = {
        "email": NEW,
        "name": "Pat Rep",
        "role": Role.SALES_REP,
        "team": rep.team_id,
        "time_zone": "",
        "language": "",
    }
    client, url = browser(make_user(Role.ADMIN)), f"/settings/users/user/{rep.pk}/change/"

    said = client.post(url, {**form, "is_active": "on"}, follow=True).content.decode()
    assert "still named" not in said
    said = client.post(url, form, follow=True).content.decode()

    rep.refresh_from_db()
    assert (rep.email, rep.is_active) == (NEW, False)
    for place in ("Criterion of MEL", "Routing rule “Rule”", "Buying phase “Buys”", "Segment “Theirs”", "Entry of"):
        assert place in said


def test_conditions_stored_by_address_are_rewritten_and_back(rep: User, lead: Lead) -> None:
    stored(owned_by(OLD))
    rows = [(Segment, "condition"), (Criterion, "condition"), (PhaseRule, "condition"), (RoutingRule, "condition")]
    places = [*rows, (SequenceVersion, "entry"), (Step, "condition")]
    ground, series = (import_module(f"{app}.migrations.{name}") for app, name in MIGRATIONS)
    before = {"all": [owned_by(OLD, "gone@acme.example"), {"not": owned_by(OLD)}, {"leaf": "consent", "value": True}]}
    after = {
        "all": [owned_by(rep.pk, "gone@acme.example"), {"not": owned_by(rep.pk)}, {"leaf": "consent", "value": True}]
    }
    for model, field in places:
        model._default_manager.filter(**{f"{field}__isnull": False}).update(**{field: before})

    def trees() -> list[Any]:
        found = [model._default_manager.filter(**{f"{field}__isnull": False}) for model, field in places]
        return [
            tree
            for rows, (_model, field) in zip(found, places, strict=True)
            for tree in rows.values_list(field, flat=True)
        ]

    ground.by_number(apps, None)
    series.by_number(apps, None)
    assert len(trees()) >= len(places)
    assert all(tree == after for tree in trees())
    ground.by_address(apps, None)
    series.by_address(apps, None)
    assert all(tree == before for tree in trees())


MIGRATIONS = [("leads", "0025_owners_by_number"), ("nurturing", "0002_owners_by_number")]


def test_a_draft_made_of_a_version_is_the_version(rep: User) -> None:
    sequence = make_sequence(entry=owned_by(OLD))
    version = sequence.versions.get()

    assert save_draft(sequence, content_of(version)).entry == version.entry == owned_by(rep.pk)
