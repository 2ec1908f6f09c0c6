"""Who enters a sequence, by itself or by hand, and who is taken out."""

from datetime import timedelta

import pytest

from leads.activity.assess import ConsentFact, record_consents
from leads.activity.outbox import consume
from leads.lifecycle.move import Move, move
from leads.models import Cause, Event, Lead, Suppression
from leads.people.capture import NewCapture, capture
from leads.people.contact import suppress, unsubscribe
from mail.models import Message
from nurturing import news
from nurturing.advance import advance
from nurturing.enroll import EnrollmentRefused, enroll, enter, stop
from nurturing.models import Enrollment
from nurturing.publish import open_sequence, pause
from tests.factories import NOW, make_campaign, make_lead, make_user, move_to, view_pages
from tests.nurturing.sequences import consenting, day, enrollment, make_sequence
from users.models import Role

pytestmark = pytest.mark.django_db
PRICING = {"leaf": "activity", "measure": "count", "op": "gte", "value": 1, "kinds": ["page_view"]}


@pytest.fixture
def by() -> int:
    return make_user(Role.MARKETER).pk


def entered() -> set[int]:
    return set(Enrollment.objects.values_list("lead_id", flat=True))


def test_those_who_match_enter_and_the_others_do_not():
    make_sequence(entry=PRICING)
    reader, _other = consenting(2)
    view_pages([reader])

    assert enter(None, now=NOW) == 1
    assert entered() == {reader.pk}


def test_without_an_entry_nobody_enters_by_itself():
    make_sequence(entry=None)
    consenting(1)

    assert enter(None, now=NOW) == 0


def test_only_those_who_may_be_written_to_enter():
    make_sequence(entry={"leaf": "lead", "field": "email", "op": "is_set"})
    wanted, _never, gone, bounced = (*consenting(1), make_lead(), *consenting(2))
    unsubscribe([gone.pk], source="page", ip=None, by=None, now=NOW)
    suppress([bounced.pk], Suppression.BOUNCED, by=None, now=NOW)

    enter(None, now=NOW)

    assert entered() == {wanted.pk}


def test_a_lead_enters_once_a_pass():
    make_sequence()
    (lead,) = consenting(1)

    assert [enter(None, now=NOW), enter([lead.pk], now=NOW)] == [1, 0]

    move_to(lead, "disqualified", now=day(1), reason="bogus")
    capture([NewCapture(email=lead.email, occurred_at=day(2))], by=None, now=day(2))
    assert Lead.objects.get(pk=lead.pk).cycle == 2
    assert [enter(None, now=day(2)), enter(None, now=day(2))] == [1, 0]


def test_leads_at_rest_enter_by_hand_only(by):
    sequence = make_sequence()
    (lead,) = consenting(1)
    Lead.objects.filter(pk=lead.pk).update(quiet_since=NOW)

    assert enter(None, now=NOW) == 0
    assert enroll(sequence, [lead.pk], by=by, now=NOW) == {lead.pk}


def test_leads_of_an_ended_campaign_enter_by_hand_only(by):
    sequence = make_sequence()
    (lead,) = consenting(1, campaign_id=make_campaign(ended_at=NOW - timedelta(days=1)).pk)

    assert enter(None, now=NOW) == 0
    assert enroll(sequence, [lead.pk], by=by, now=NOW) == {lead.pk}


def test_whose_pass_has_ended_does_not_enter_even_by_hand(by):
    sequence = make_sequence()
    (lead,) = consenting(1)
    move_to(lead, "disqualified", reason="bogus")

    assert enroll(sequence, [lead.pk], by=by, now=NOW) == set()


def test_by_hand_nobody_enters_a_sequence_without_a_published_version(by):
    sequence = open_sequence(slug="new", name="New")

    with pytest.raises(EnrollmentRefused):
        enroll(sequence, [make_lead().pk], by=by, now=NOW)


def test_nobody_enters_a_paused_sequence_by_itself():
    sequence = make_sequence()
    consenting(1)
    pause(sequence, is_paused=True)

    assert enter(None, now=NOW) == 0

    pause(sequence, is_paused=False)
    assert enter(None, now=NOW) == 1


def test_days_count_from_the_capture_where_it_was_within_a_day():
    make_sequence()
    fresh, old = consenting(1, now=NOW - timedelta(hours=3))[0], consenting(1, now=NOW - timedelta(days=9))[0]

    enter(None, now=NOW)

    assert enrollment(fresh).due_at == NOW - timedelta(hours=3)
    assert enrollment(old).due_at == NOW


def test_who_is_taken_out_gets_nothing_more(by):
    make_sequence()
    (lead,) = consenting(1)
    enter(None, now=NOW)
    advance(now=NOW)

    assert stop([enrollment(lead).pk], by=by, now=NOW) == 1

    row = enrollment(lead)
    assert (row.state, row.reason, row.ended_at) == ("stopped", "by_hand", NOW)
    assert Message.objects.get().state == "skipped"
    assert stop([row.pk], by=by, now=NOW) == 0
    assert advance(now=day(9)) == 0


def test_entering_and_leaving_is_told(by):
    make_sequence()
    (lead,) = consenting(1)
    enter(None, now=NOW)
    stop([enrollment(lead).pk], by=by, now=NOW)

    told = Event.objects.filter(kind__in=["enrolled", "enrollment_stopped"]).order_by("pk")
    assert [(event.kind, list(event.lead_ids)) for event in told] == [
        ("enrolled", [lead.pk]),
        ("enrollment_stopped", [lead.pk]),
    ]


def test_news_of_a_lead_lets_it_enter_and_its_own_entering_is_no_news():
    make_sequence(entry=PRICING)
    (lead,) = consenting(1)
    events = [Event(kind="activity", lead_ids=[lead.pk]), Event(kind="enrolled", lead_ids=[9_999_999])]
    view_pages([lead])

    news.hear(events, NOW)
    news.hear(events, NOW)

    assert Enrollment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_outbox_brings_the_news(committed_db):
    make_sequence()
    (lead,) = consenting(1)

    while consume(news.NAME, now=NOW):
        pass

    assert entered() == {lead.pk}


def test_consent_given_later_opens_the_door():
    make_sequence()
    lead = make_lead()
    assert enter([lead.pk], now=NOW) == 0

    record_consents([ConsentFact(lead_id=lead.pk, granted=True, occurred_at=NOW)], by=None, now=NOW)

    assert enter([lead.pk], now=NOW) == 1


def test_of_many_only_those_enter_who_did_not_yet(by):
    sequence = make_sequence()
    first, *others = consenting(4)
    enroll(sequence, [first.pk], by=by, now=NOW)

    assert enroll(sequence, [first.pk, *(lead.pk for lead in others)], by=by, now=NOW) == {lead.pk for lead in others}


def test_a_move_to_sales_ends_nothing(by):
    make_sequence()
    (lead,) = consenting(1)
    enter(None, now=NOW)

    move([Move(lead_id=lead.pk, to="mql", cause=Cause.PERSON)], by=by, now=NOW)
    advance(now=NOW)

    assert enrollment(lead).state == "active"
