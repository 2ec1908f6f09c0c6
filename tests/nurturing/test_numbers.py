"""The numbers of a sequence, and its report by the example of the contract."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.models import Evidence, Kind, Lead
from mail.models import Message
from nurturing.enroll import enter
from nurturing.publish import content_of, publish_version, save_draft
from nurturing.queries.numbers import numbers
from tests.callers import Caller, faults
from tests.factories import make_campaign, make_lead, make_user, move_to
from tests.nurturing.sequences import (
    NAMES,
    NOW,
    acted,
    consenting,
    day,
    five_mails,
    letter,
    mail,
    make_sequence,
    pass_days,
    wait,
)
from users.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    """Ten people in the five mails: four open the first, two of those the second, one clicks both."""
    sequence = five_mails(campaign_id=make_campaign().pk)
    people = consenting(10)
    enter(None, now=NOW)
    pass_days(0)
    acted(people[:4], Kind.MAIL_OPEN, 1, 0.5)
    acted(people[:1], Kind.MAIL_CLICK, 1, 0.5)
    pass_days(3, since=1)
    acted(people[2:4], Kind.MAIL_OPEN, 2, 3.5)
    acted(people[:1], Kind.MAIL_CLICK, 2, 3.5)
    pass_days(8, since=4)
    return sequence, people


def mails_of(sequence):
    return numbers([sequence]).by_sequence[sequence.pk].mails


def test_every_mail_has_its_numbers(run):
    first, second, third, *rest = mails_of(run[0])

    assert [mail.name for mail in (first, second, third, *rest)] == list(NAMES)
    assert (first.sent, first.delivered, first.opened, first.clicked) == (10, 10, 4, 1)
    assert (first.open_rate, first.click_rate) == (0.4, 0.1)
    assert (second.sent, second.opened, second.clicked) == (10, 2, 1)
    assert (third.sent, third.open_rate) == (4, 0.0)
    assert [mail.sent for mail in rest] == [0, 0]
    assert rest[0].open_rate is None


def test_people_wait_before_the_next_mail_and_a_gate_counts_both_sides(run):
    found = numbers([run[0]]).by_sequence[run[0].pk]

    assert [mail.waiting for mail in found.mails] == [0, 0, 0, 4, 0]
    assert [(gate.passed, gate.ended, gate.rate) for gate in found.gates] == [(4, 6, 0.4)]
    assert found.under_way == 4


def test_somebody_who_opens_twice_counts_once(run):
    sequence, people = run

    acted(people[:4], Kind.MAIL_OPEN, 1, 9)

    assert mails_of(sequence)[0].opened == 4


def test_machines_are_left_out(run):
    sequence, people = run

    acted(people[6:], Kind.MAIL_OPEN, 1, 9, evidence=Evidence.MACHINE)
    acted(people[6:], Kind.MAIL_CLICK, 1, 9, evidence=Evidence.UNSURE)

    assert (mails_of(sequence)[0].opened, mails_of(sequence)[0].clicked) == (4, 1)


def test_a_mail_contributed_where_it_was_the_last_one_opened_before_the_lead_engaged(run):
    sequence, people = run

    move_to(people[0], "mel", now=day(9))  # opened mail 1 alone
    move_to(people[2], "mel", now=day(9))  # opened mails 1 and 2
    move_to(people[3], "mel", now=day(1), occurred_at=day(1))  # engaged before mail 2
    move_to(people[9], "mel", now=day(9))  # opened none
    acted(people[:1], Kind.MAIL_OPEN, 2, 10)  # too late to have brought it

    assert [mail.contribution for mail in mails_of(sequence)] == [2, 1, 0, 0, 0]


def test_a_lead_that_comes_back_contributes_once(run):
    sequence, people = run
    move_to(people[0], "mel", now=day(9))
    move_to(people[0], "mcl", now=day(10), reason="not_ready")
    move_to(people[0], "mel", now=day(11))

    assert mails_of(sequence)[0].contribution == 1


def test_what_came_back_was_not_delivered(run):
    sequence, people = run

    acted(people[5:7], Kind.MAIL_BOUNCE, 1, 1)

    first = mails_of(sequence)[0]
    assert (first.sent, first.delivered, first.open_rate) == (10, 8, 0.5)


def test_a_new_version_goes_on_counting_by_the_number_of_the_mail(run):
    sequence, _people = run
    draft = content_of(sequence.versions.get())
    steps = [mail("Welcome"), *draft.steps[1:3]]
    save_draft(sequence, type(draft)(steps=steps, entry=draft.entry))
    assert mails_of(sequence)[0].name == "Introduction"

    publish_version(sequence, by=None, now=day(9))

    assert [(row.name, row.sent) for row in mails_of(sequence)][:3] == [
        ("Welcome", 10),
        ("Main problems", 10),
        ("Solutions", 4),
    ]


def test_messages_that_did_not_leave_are_told_apart():
    sequence = make_sequence([mail()])
    people = consenting(4)
    enter(None, now=NOW)
    pass_days(0)
    for person, state in zip(people, ("failed", "uncertain", "skipped"), strict=False):
        Message.objects.filter(lead=person).update(state=state)

    (first,) = mails_of(sequence)

    assert (first.sent, first.failed, first.uncertain, first.skipped) == (1, 1, 1, 1)


def test_the_number_of_statements_is_the_same_for_any_number_of_sequences(run):
    others = [make_sequence([mail(), wait(n), mail("Second")], slug=f"other-{n}", entry=None) for n in range(1, 6)]

    with CaptureQueriesContext(connection) as one:
        numbers([run[0]])
    with CaptureQueriesContext(connection) as many:
        numbers([run[0], *others])

    assert len(many) == len(one) <= 8


def test_the_report_answers_as_documented(run):
    answer = Caller().get("reports/sequences/", campaign="spring").json()

    assert answer["rows"][0] == {
        "sequence": "nurture",
        "step": 1,
        "name": "Introduction",
        "sent": 10,
        "delivered": 10,
        "skipped": 0,
        "failed": 0,
        "uncertain": 0,
        "waiting": 0,
        "opened": 4,
        "open_rate": 0.4,
        "clicked": 1,
        "click_rate": 0.1,
        "contribution": 0,
    }
    assert (answer["open_rate"], answer["click_rate"], answer["clickers_rate"]) == (0.25, 0.08333, 0.04167)


def test_the_report_is_narrowed_by_campaign_and_sequence(run):
    make_sequence(slug="other", entry=None, campaign_id=make_campaign("autumn").pk)
    caller = Caller()

    by_campaign = caller.get("reports/sequences/", campaign="autumn").json()
    by_sequence = caller.get("reports/sequences/", sequence="nurture").json()

    assert {row["sequence"] for row in by_campaign["rows"]} == {"other"}
    assert by_campaign["open_rate"] is None
    assert {row["sequence"] for row in by_sequence["rows"]} == {"nurture"}
    assert set(faults(caller.get("reports/sequences/", campaign="none-such", colour="red"))) == {"campaign", "colour"}


def test_a_rep_reads_the_numbers_of_their_own_leads(run):
    rep = make_user(Role.SALES_REP)
    Lead.objects.filter(pk=run[1][0].pk).update(owner=rep)

    answer = Caller(rep).get("reports/sequences/").json()

    assert (answer["rows"][0]["sent"], answer["rows"][0]["opened"]) == (1, 1)


def test_a_sequence_nobody_is_in_yet_has_its_mails_with_noughts():
    make_lead()
    sequence = make_sequence([mail(letter().name)], entry=None)

    (first,) = mails_of(sequence)

    assert (first.sent, first.open_rate, first.contribution) == (0, None, 0)
