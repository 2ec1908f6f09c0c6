"""Drafts, versions, and what publishing does to those under way."""

import pytest
from django.core.exceptions import ValidationError

from mail.models import Letter, Message
from nurturing.enroll import enter
from nurturing.models import Step
from nurturing.publish import (
    MAX_WAIT,
    Draft,
    NotPublishable,
    StepSpec,
    content_of,
    open_sequence,
    publish_version,
    save_draft,
)
from tests.factories import NOW, make_campaign, make_user
from tests.nurturing.sequences import CONSENTS, consenting, day, enrollment, mail, make_sequence, pass_days, wait

pytestmark = pytest.mark.django_db


def test_a_draft_is_read_back_as_it_was_stored():
    sequence = open_sequence(slug="new", name="New", campaign_id=make_campaign().pk)
    steps = [mail("One", preheader="Look", text="Plain {{ first_name }}"), wait(3), StepSpec(condition=CONSENTS)]

    version = save_draft(sequence, Draft(steps=steps, entry=CONSENTS))

    found = content_of(version)
    assert (list(found.steps), found.entry) == (steps, CONSENTS)
    letter = Letter.objects.get()
    assert (letter.series, letter.number, letter.campaign) == ("new", 1, sequence.campaign)
    assert [link.url for link in letter.links.all()] == ["https://heshbonit4u.example/study"]


def test_saving_a_draft_replaces_the_one_before():
    sequence = open_sequence(slug="new", name="New")
    save_draft(sequence, Draft(steps=[mail("One"), wait(1), mail("Two")]))

    save_draft(sequence, Draft(steps=[mail("Two")]))

    assert [letter.name for letter in Letter.objects.all()] == ["Two"]
    assert sequence.versions.count() == 1


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (mail("One", html="<p>Hi\n {{ frist_name }}</p>"), "Line 2, column 2"),
        (wait(0), "1 to"),
        (wait(MAX_WAIT + 1), "1 to"),
        (StepSpec(condition={"leaf": "no-such"}), "no-such"),
        (StepSpec(), "Step 2"),
    ],
)
def test_a_draft_with_a_fault_is_refused_with_its_place(step, said):
    sequence = open_sequence(slug="new", name="New")

    with pytest.raises(NotPublishable) as refused:
        save_draft(sequence, Draft(steps=[mail("Fine"), step]))

    (problem,) = refused.value.problems
    assert problem.startswith("Step 2: ")
    assert said in problem
    assert not Letter.objects.exists()


def test_an_entry_with_a_fault_is_refused():
    with pytest.raises(NotPublishable, match="Entry"):
        save_draft(open_sequence(slug="new", name="New"), Draft(entry={"leaf": "no-such"}))


def test_a_sequence_needs_a_mail_and_a_draft():
    sequence = open_sequence(slug="new", name="New")
    with pytest.raises(NotPublishable, match="one mail"):
        publish_version(sequence, by=None, now=NOW)
    save_draft(sequence, Draft(steps=[mail()]))
    publish_version(sequence, by=None, now=NOW)

    with pytest.raises(NotPublishable, match="no draft"):
        publish_version(sequence, by=None, now=NOW)


def test_publishing_says_who_and_when_and_retires_the_version_before():
    sequence, marketer = make_sequence(), make_user("marketer")
    save_draft(sequence, Draft(steps=[mail("New")]))

    publish_version(sequence, by=marketer.pk, now=day(1))

    new, old = sequence.versions.order_by("-number")
    assert (new.state, new.number, new.published_by, new.published_at) == ("published", 2, marketer, day(1))
    assert old.state == "retired"


def test_whoever_is_under_way_stays_in_the_version_they_entered():
    sequence = make_sequence([mail("One"), wait(3), mail("Two")])
    (early,) = consenting(1)
    enter(None, now=NOW)
    pass_days(0)
    save_draft(sequence, Draft(steps=[mail("Other one"), wait(1), mail("Other two")], entry=CONSENTS))
    publish_version(sequence, by=None, now=day(1))
    (late,) = consenting(1, now=day(1))
    enter(None, now=day(1))

    pass_days(4, since=1)

    assert [enrollment(lead).version.number for lead in (early, late)] == [1, 2]
    got = {
        lead: list(Message.objects.filter(lead=lead).order_by("pk").values_list("letter__name", flat=True))
        for lead in (early, late)
    }
    assert got == {early: ["One", "Two"], late: ["Other one", "Other two"]}


def test_a_published_version_is_not_touched_by_a_new_draft():
    sequence = make_sequence()
    before = list(Step.objects.values())

    save_draft(sequence, Draft(steps=[mail("New")]))

    published = sequence.versions.get(state="published")
    assert list(published.steps.order_by("pk").values()) == before


def test_two_sequences_do_not_share_a_key():
    open_sequence(slug="new", name="New")

    with pytest.raises(ValidationError):
        open_sequence(slug="new", name="Other")
