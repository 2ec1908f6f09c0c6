"""Settling what nobody knows of: once, by a person, with a journal."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from leads.models import Activity, Kind
from mail.claim import claim
from mail.deliver import deliver
from mail.handing import Ending, hand_over, prepared
from mail.line import RecordedLine
from mail.models import Message, Settlement, State, Why
from mail.settle import settle
from mail.tell import tell
from tests.factories import NOW, make_lead, make_leads, make_user, minutes, plan_mail
from tests.mail.tracked import uncertain
from users.clock import database_now
from users.models import Role

pytestmark = pytest.mark.django_db
LATER = NOW + minutes(30)
ARRIVED, AGAIN, LEFT = Settlement.Verdict.ARRIVED, Settlement.Verdict.AGAIN, Settlement.Verdict.LEFT


def test_what_arrived_is_sent_and_told_to_the_leads_history():
    (message,) = uncertain([make_lead(consent=True)])
    user = make_user(Role.MARKETER)

    assert settle([message.pk], ARRIVED, by=user.pk, now=LATER) == [message.pk]
    tell(now=LATER)

    message.refresh_from_db()
    assert (message.state, message.reason) == (State.SENT, "")
    assert Activity.objects.filter(lead=message.lead_id, kind=Kind.MAIL_DELIVERED).count() == 1
    said = Settlement.objects.get()
    assert (said.verdict, said.was, said.by, said.recorded_at) == (ARRIVED, Why.LINE_LOST, user, LATER)


def test_what_did_not_arrive_leaves_again_under_the_same_message_id():
    (message,) = uncertain([make_lead(consent=True)])

    settle([message.pk], AGAIN, by=None, now=LATER)
    deliver(RecordedLine(), now=LATER)

    after = Message.objects.get(pk=message.pk)
    assert (after.state, after.attempts, after.message_id) == (State.SENT, 2, message.message_id)


def test_what_is_left_is_failed_and_told_to_nobody():
    (message,) = uncertain([make_lead(consent=True)])

    settle([message.pk], LEFT, by=None, now=LATER)
    tell(now=LATER)

    message.refresh_from_db()
    assert (message.state, message.reason) == (State.FAILED, Why.GIVEN_UP)
    assert not Activity.objects.exists()


def test_the_second_to_settle_changes_nothing():
    (message,) = uncertain([make_lead(consent=True)])

    assert settle([message.pk], LEFT, by=None, now=LATER) == [message.pk]
    assert settle([message.pk], AGAIN, by=None, now=LATER) == []

    assert Settlement.objects.get().verdict == LEFT
    assert Message.objects.get().state == State.FAILED


def test_only_what_is_uncertain_is_settled():
    (message,) = plan_mail([make_lead(consent=True)])

    assert settle([message.pk, 987_654], ARRIVED, by=None, now=LATER) == []
    assert Message.objects.get().state == State.PLANNED


def test_a_slow_worker_has_no_say_any_more():
    (message,) = plan_mail([make_lead(consent=True)])
    batch = claim(message.sender_id, now=database_now(), limit=1)
    Message.objects.update(state=State.UNCERTAIN, finished_at=NOW, lease_until=NOW)

    settle([message.pk], AGAIN, by=None, now=LATER)
    with prepared():
        hand_over([Ending(message.pk, State.SENT)], [], claim=batch.claim)

    assert Message.objects.get().state == State.PLANNED


def test_the_journal_is_append_only():
    (message,) = uncertain([make_lead(consent=True)])
    settle([message.pk], LEFT, by=None, now=LATER)

    for change in (lambda rows: rows.update(verdict=AGAIN), lambda rows: rows.delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            change(Settlement.objects.all())


def test_many_cost_no_more_questions_than_one():
    messages = uncertain(make_leads(20, consent=True))
    with CaptureQueriesContext(connection) as one:
        settle([messages[0].pk], LEFT, by=None, now=LATER)
    with CaptureQueriesContext(connection) as many:
        assert len(settle([message.pk for message in messages], LEFT, by=None, now=LATER)) == 19

    assert len(many) == len(one)
