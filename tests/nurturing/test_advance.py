"""Due people go on: mails, waits, gates, and whatever may come between."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from leads.activity.assess import ConsentFact, record_consents
from leads.models import Kind, Lead
from leads.people.contact import unsubscribe
from mail.models import Message, Sender
from mail.plan import Unplannable
from nurturing import advance as steps
from nurturing.advance import advance
from nurturing.enroll import enter
from nurturing.models import Enrollment
from nurturing.publish import StepSpec, pause
from tests.factories import NOW, move_to
from tests.nurturing.sequences import (
    acted,
    consenting,
    day,
    enrollment,
    five_mails,
    mail,
    make_sequence,
    opened_any,
    pass_days,
    wait,
)
from tests.oracle.races import Crew

pytestmark = pytest.mark.django_db


def due_days(lead: Lead, start: datetime = NOW) -> list[float]:
    """The days, from the start, on which mails to a lead were due."""
    rows = Message.objects.filter(lead=lead).order_by("pk").values_list("due_at", flat=True)
    return [(at - start) / timedelta(days=1) for at in rows]


def test_the_mails_of_the_worked_example_leave_on_their_days():
    five_mails()
    (lead,) = consenting(1)
    enter(None, now=NOW)
    pass_days(0)
    acted([lead], Kind.MAIL_OPEN, 1, 0.5)

    pass_days(20, since=1)

    assert due_days(lead) == [0, 3, 7, 10, 14]
    assert (enrollment(lead).state, enrollment(lead).reason) == ("finished", "end")


def test_who_does_not_meet_the_condition_ends_quietly():
    five_mails()
    opener, other = consenting(2)
    enter(None, now=NOW)
    pass_days(0)
    acted([opener], Kind.MAIL_OPEN, 1, 0.5)

    pass_days(7, since=1)

    assert [enrollment(lead).reason for lead in (opener, other)] == ["", "gate"]
    assert enrollment(other).state == "finished"
    assert due_days(other) == [0, 3]


def test_consent_withdrawn_between_two_mails_stops_with_the_reason():
    make_sequence()
    (lead,) = consenting(1)
    enter(None, now=NOW)
    pass_days(0)
    unsubscribe([lead.pk], source="page", ip=None, by=None, now=day(1))

    pass_days(4, since=1)

    row = enrollment(lead)
    assert (row.state, row.reason) == ("stopped", "withdrawn")
    assert list(Message.objects.order_by("pk").values_list("state", "reason")) == [
        ("sent", ""),
        ("skipped", "withdrawn"),
    ]


def test_consent_given_again_does_not_bring_anybody_back():
    make_sequence()
    (lead,) = consenting(1)
    enter(None, now=NOW)
    unsubscribe([lead.pk], source="page", ip=None, by=None, now=NOW)
    pass_days(0)

    record_consents([ConsentFact(lead_id=lead.pk, granted=True, occurred_at=day(1))], by=None, now=day(1))
    pass_days(5, since=1)

    assert enrollment(lead).reason == "withdrawn"


def test_a_pass_that_ended_ends_the_way():
    make_sequence()
    lead, other = consenting(2)
    enter(None, now=NOW)
    pass_days(0)
    move_to(lead, "disqualified", now=day(1), reason="bogus")

    pass_days(4, since=1)

    assert (enrollment(lead).state, enrollment(lead).reason) == ("stopped", "pass_ended")
    assert enrollment(other).reason == "end"


def test_people_in_a_paused_sequence_wait_and_nobody_is_dropped():
    sequence = make_sequence()
    people = consenting(3)
    enter(None, now=NOW)
    pass_days(0)
    pause(sequence, is_paused=True)

    pass_days(30, since=1)
    assert Message.objects.count() == 3
    assert (
        Enrollment.objects.filter(state="active", position=2).count()
        + Enrollment.objects.filter(state="active", position=3).count()
        == 3
    )
    pause(sequence, is_paused=False)
    pass_days(31, since=31)

    assert {enrollment(lead).reason for lead in people} == {"end"}
    assert Message.objects.filter(state="sent").count() == 6


def test_whoever_is_more_than_a_day_late_does_not_get_two_mails_at_once():
    make_sequence([mail("One"), wait(3), mail("Two")])
    (lead,) = consenting(1)
    enter(None, now=NOW)

    advance(now=day(10))
    assert Message.objects.count() == 1
    advance(now=day(13))

    assert Message.objects.count() == 2
    assert due_days(lead) == [0, 13]


def test_whoever_is_hours_late_keeps_the_days():
    make_sequence([mail("One"), wait(3), mail("Two")])
    (lead,) = consenting(1)
    enter(None, now=NOW)

    advance(now=day(0.9))
    advance(now=day(3.5))

    assert due_days(lead) == [0, 3]


@pytest.mark.parametrize("zone", ["Asia/Jerusalem", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_a_wait_is_whole_days_of_24_hours_whatever_the_clocks_do(zone):
    # A night of summer time moves the hour on the wall, not the mail.
    start = datetime(2026, 3, 1, 9, tzinfo=ZoneInfo(zone))
    make_sequence([mail("One"), wait(60), mail("Two")], now=start)
    (lead,) = consenting(1, now=start)
    enter(None, now=start)

    advance(now=start)
    advance(now=start.astimezone(UTC) + timedelta(days=60))

    assert due_days(lead, start.astimezone(UTC)) == [0, 60]


def test_two_gates_in_a_row_are_both_asked():
    gates = [StepSpec(condition=opened_any(1)), StepSpec(condition={"leaf": "consent", "value": True})]
    make_sequence([mail("One"), wait(1), *gates, mail("Two")])
    (lead,) = consenting(1)
    enter(None, now=NOW)
    pass_days(0)
    acted([lead], Kind.MAIL_OPEN, 1, 0.5)

    pass_days(1, since=1)

    assert due_days(lead) == [0, 1]


def test_the_number_of_queries_does_not_grow_with_the_people():
    def queries(count: int, slug: str) -> int:
        make_sequence([mail("One"), wait(1), mail("Two")], slug=slug, entry=None)
        people = consenting(count)
        Enrollment.objects.bulk_create(_standing(people, slug))
        with CaptureQueriesContext(connection) as caught:
            advance(now=day(2))
        return len(caught)

    few = queries(5, "few")

    assert queries(500, "many") == few


def _standing(people, slug):
    from nurturing.models import Sequence

    sequence = Sequence.objects.get(slug=slug)
    version = sequence.versions.get(state="published")
    for lead in people:
        yield Enrollment(
            lead=lead, sequence=sequence, version=version, cycle=1, position=1, due_at=day(2), enrolled_at=NOW
        )


def test_a_failure_in_the_middle_undoes_the_whole_batch(monkeypatch):
    make_sequence([mail("One"), wait(1), mail("Two")])
    consenting(3)
    enter(None, now=NOW)

    def fail(*args: object, **kwargs: object) -> None:
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as broken:
        broken.setattr(steps, "_go_on", fail)
        with pytest.raises(OperationalError):
            advance(now=NOW)

    assert not Message.objects.exists()
    assert Enrollment.objects.filter(position=1, state="active").count() == 3
    advance(now=NOW)
    assert Message.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_plan_every_mail_once(committed_db):
    make_sequence([mail("One"), mail("Two"), mail("Three")])
    people = consenting(120)
    enter(None, now=NOW)

    with Crew(2) as crew:
        done = crew.race([lambda: advance(now=NOW, limit=7)] * 2)
    advance(now=NOW)

    assert all(isinstance(one, int) for one in done), done
    assert Message.objects.count() == 3 * len(people)
    assert set(Enrollment.objects.values_list("reason", flat=True)) == {"end"}


def test_without_a_sender_nobody_goes_on_past_a_mail():
    make_sequence()
    (lead,) = consenting(1)
    enter(None, now=NOW)
    Sender.objects.update(is_default=False)

    with pytest.raises(Unplannable):
        advance(now=NOW)

    assert enrollment(lead).position == 1
