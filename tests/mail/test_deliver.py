"""From planned to an end: what is stored, tried again, given up, and told to the lead's history."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.mail import BadHeaderError, EmailMessage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chaos.sink import Sink
from leads.models import Activity, Contactability, Kind
from leads.people.contact import suppress, unsubscribe
from leads.people.edit import edit_leads
from mail.backend import StoredMail
from mail.claim import claim, give_back, sweep
from mail.deliver import DEADLINE, deliver
from mail.handing import Ending, begin, hand_over, prepared
from mail.letters import LetterSpec
from mail.line import LineDown, RecordedLine, SmtpLine
from mail.models import Message, Sender, Settlement, State, Waiting, Why
from mail.plan import Intent, call_off, plan, plan_test
from mail.settle import settle
from tests.factories import NOW, make_lead, make_leads, make_letter, plan_mail
from tests.mail.conftest import faulty
from users.clock import database_now

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def session(request: pytest.FixtureRequest) -> Iterator[None]:
    """The prepared session of a worker, for tests that play one."""
    request.getfixturevalue("db")
    with prepared():
        yield


def send(line: SmtpLine | RecordedLine) -> int:
    return deliver(line, now=database_now())


def states() -> list[tuple[str, str]]:
    return list(Message.objects.order_by("pk").values_list("state", "reason"))


def test_a_message_leaves_once_and_its_delivery_is_an_activity(server: Sink, line: SmtpLine) -> None:
    lead = make_lead(consent=True, first_name="Dana")
    (message,) = plan_mail([lead], make_letter(series="study", number=2))

    assert send(line) == 1
    assert send(line) == 0

    message.refresh_from_db()
    assert (message.state, message.attempts, message.claim) == (State.SENT, 1, None)
    assert server.kept is not None
    ((to, content),) = server.kept
    assert to == lead.email
    assert f"Message-ID: <{message.message_id}>".encode() in content
    assert b"Subject: News for Dana" in content
    activity = Activity.objects.get(lead=lead, kind=Kind.MAIL_DELIVERED)
    assert (activity.mail_number, activity.document.slug, activity.source) == (2, "study", "mail")


def test_one_key_is_one_message_however_often_it_is_planned() -> None:
    lead, letter = make_lead(consent=True), make_letter()
    wish = Intent(dedupe_key="7:1", lead_id=lead.pk, letter_id=letter.pk, due_at=NOW)

    assert len(plan([wish], now=NOW)) == 1
    assert plan([wish], now=NOW) == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, Why.NO_CONSENT),
        ({"consent": False}, Why.WITHDRAWN),
        ({"consent": True, "email": "", "phone": "+97235550100"}, Why.NO_ADDRESS),
    ],
)
def test_who_may_not_be_written_to_is_skipped_with_the_reason(fields: dict, reason: str) -> None:
    plan_mail([make_lead(**fields)])

    assert states() == [("skipped", reason)]


def test_consent_is_asked_again_at_the_moment_of_sending(server: Sink, line: SmtpLine) -> None:
    leads = make_leads(3, consent=True)
    plan_mail(leads)
    unsubscribe([leads[0].pk], source="page", ip=None, by=None, now=NOW)
    suppress([leads[1].pk], "complained", by=None, now=NOW)

    send(line)

    assert states() == [("skipped", "withdrawn"), ("skipped", "suppressed"), ("sent", "")]
    assert server.accepted == 1


def test_a_temporary_refusal_is_tried_again_later_and_longer_each_time(server: Sink, line: SmtpLine) -> None:
    (message,) = plan_mail([make_lead(consent=True)], now=database_now())
    faulty(server, later_at_dot=1.0)
    pauses = []
    for _ in range(3):
        Message.objects.update(due_at=NOW)
        now = database_now()
        deliver(line, now=now)
        message.refresh_from_db()
        pauses.append((message.due_at - now).total_seconds())

    assert (message.state, message.attempts) == (State.PLANNED, 3)
    assert pauses == sorted(pauses)
    assert message.reply.startswith("452")


def test_what_is_not_accepted_within_two_days_is_given_up(server: Sink, line: SmtpLine) -> None:
    plan_mail([make_lead(consent=True)], now=database_now() - DEADLINE - timedelta(hours=1))
    faulty(server, later_at_rcpt=1.0)

    send(line)

    assert states() == [("failed", "expired")]


def test_an_address_that_does_not_exist_is_never_written_to_again(server: Sink, line: SmtpLine) -> None:
    lead = make_lead(consent=True)
    plan_mail([lead])
    faulty(server, never_at_rcpt=1.0)

    send(line)

    assert states() == [("failed", "bounced")]
    assert Contactability.objects.get(lead=lead).suppression == "bounced"
    assert Activity.objects.filter(lead=lead, kind=Kind.MAIL_BOUNCE).count() == 1


def test_a_refused_content_says_nothing_about_the_address(server: Sink, line: SmtpLine) -> None:
    lead = make_lead(consent=True)
    plan_mail([lead])
    faulty(server, never_at_dot=1.0)

    send(line)

    assert states() == [("failed", "refused")]
    assert Contactability.objects.get(lead=lead).suppression == ""


def test_a_line_lost_after_the_dot_leaves_it_uncertain_and_it_is_not_repeated(server: Sink, line: SmtpLine) -> None:
    plan_mail([make_lead(consent=True)])
    faulty(server, drop_recorded=1.0)
    send(line)
    server.calm()

    assert send(line) == 0
    assert states() == [("uncertain", "line_lost")]
    assert server.accepted == 1


def test_service_mail_may_repeat_instead(server: Sink, line: SmtpLine) -> None:
    StoredMail().send_messages([EmailMessage("Reset", "Follow the link.", to=["rep@us.example"])])
    faulty(server, drop_recorded=1.0)
    send(line)
    server.calm()
    Message.objects.update(due_at=NOW)

    send(line)

    assert states() == [("sent", "")]
    assert server.accepted == 2


def test_what_service_mail_said_is_gone_once_it_has_left(server: Sink, line: SmtpLine) -> None:
    StoredMail().send_messages([EmailMessage("Reset", "secret link", to=["rep@us.example", "other@us.example"])])
    assert [b"secret link" in bytes(raw) for raw in Message.objects.values_list("raw", flat=True)] == [True, True]

    send(line)

    assert list(Message.objects.values_list("state", "raw")) == [("sent", None)] * 2


def test_a_line_break_in_a_subject_is_refused() -> None:
    with pytest.raises(BadHeaderError):
        StoredMail().send_messages([EmailMessage("Hi\r\nBcc: all@us.example", "x", to=["rep@us.example"])])


def test_a_name_with_a_line_break_adds_no_header(server: Sink, line: SmtpLine) -> None:
    lead = make_lead(consent=True)
    edit_leads({lead.pk: {"first_name": "Dana\r\nBcc: all@us.example"}}, by=None, now=NOW)
    plan_mail([lead])

    send(line)

    assert server.kept is not None
    head = server.kept[0][1].partition(b"\r\n\r\n")[0]
    assert not any(row.lower().startswith(b"bcc") for row in head.split(b"\r\n"))


def test_one_letter_that_cannot_be_made_does_not_stop_the_others(
    server: Sink, line: SmtpLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = make_letter(), make_letter()
    plan_mail([make_lead(consent=True)], bad)
    plan_mail([make_lead(consent=True)], good)
    type(bad).objects.filter(pk=bad.pk).update(html="{{ nonsense }}")

    send(line)

    assert sorted(states()) == [("failed", "unbuildable"), ("sent", "")]


def test_a_server_that_is_away_lets_the_sender_rest_and_loses_nothing(settings) -> None:
    plan_mail(make_leads(3, consent=True))
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    assert send(SmtpLine()) == 0

    sender = Sender.objects.get()
    assert sender.rests_until is not None
    assert sender.rests_until > database_now()
    assert sender.rest_reason
    assert states() == [("planned", "")] * 3
    assert set(Message.objects.values_list("attempts", flat=True)) == {0}


def test_a_sender_rests_longer_each_time_and_is_fresh_once_it_is_heard(server: Sink, line: SmtpLine) -> None:
    plan_mail([make_lead(consent=True)])
    Sender.objects.update(failures=5, rest_reason="away", rests_until=NOW)

    send(line)

    sender = Sender.objects.get()
    assert (sender.failures, sender.rest_reason, sender.rests_until) == (0, "", None)


def test_no_more_leave_than_the_sender_has_tokens(server: Sink, line: SmtpLine) -> None:
    plan_mail(make_leads(5, consent=True))
    Sender.objects.update(tokens=2, per_minute=1, burst=10, refilled_at=database_now())

    assert send(line) == 2
    assert send(line) == 0
    assert server.accepted == 2


def test_tokens_of_what_went_back_are_given_back() -> None:
    plan_mail(make_leads(5, consent=True))
    sender = Sender.objects.get()
    Sender.objects.update(tokens=10, per_minute=1, burst=10, refilled_at=database_now())

    batch = claim(sender.pk, now=database_now(), limit=4)
    give_back(batch)

    sender.refresh_from_db()
    assert len(batch.messages) == 4
    assert round(sender.tokens) == 10


def test_while_sending_is_off_nothing_leaves(server: Sink, line: SmtpLine, settings) -> None:
    plan_mail([make_lead(consent=True)])
    settings.MAIL_PAUSED = True

    assert send(line) == 0
    assert server.accepted == 0


def test_a_lease_that_ran_out_gives_claimed_ones_back_and_makes_the_handed_ones_uncertain() -> None:
    claimed, handed = plan_mail(make_leads(2, consent=True))
    batch = claim(claimed.sender_id, now=database_now(), limit=2)
    hand_over([], [handed.pk], claim=batch.claim)
    Message.objects.update(lease_until=NOW)

    begin(None, handed.pk, claim=batch.claim)

    assert sweep() == (1, 1)
    assert states() == [("planned", ""), ("uncertain", "worker_lost")]


def test_what_was_handed_over_but_never_begun_is_planned_again_and_the_slow_worker_stopped() -> None:
    (message,) = plan_mail([make_lead(consent=True)])
    batch = claim(message.sender_id, now=database_now(), limit=1)
    hand_over([], [message.pk], claim=batch.claim)
    Message.objects.update(lease_until=NOW)

    assert sweep() == (1, 0)

    assert states() == [("planned", "")]
    assert not begin(None, message.pk, claim=batch.claim)


def test_without_the_proof_nothing_is_planned_again() -> None:
    """A crash of the database empties the unlogged table."""
    (message,) = plan_mail([make_lead(consent=True)])
    batch = claim(message.sender_id, now=database_now(), limit=1)
    hand_over([], [message.pk], claim=batch.claim)
    Waiting.objects.all().delete()
    Message.objects.update(lease_until=NOW)

    assert sweep() == (0, 1)


def test_the_table_of_proofs_does_not_survive_a_crash() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'mail_waiting'")
        assert cursor.fetchone() == ("u",)


def test_a_worker_that_lost_its_lease_may_not_begin() -> None:
    (message,) = plan_mail([make_lead(consent=True)])
    batch = claim(message.sender_id, now=database_now(), limit=1)
    Message.objects.update(lease_until=NOW)

    assert hand_over([], [message.pk], claim=batch.claim) == {message.pk: (False, "")}
    assert not begin(None, message.pk, claim=batch.claim)
    assert hand_over([], [message.pk], claim=uuid4()) == {message.pk: (False, "")}


def test_a_worker_that_was_only_slow_settles_what_was_called_uncertain() -> None:
    (message,) = plan_mail([make_lead(consent=True)])
    batch = claim(message.sender_id, now=database_now(), limit=1)
    hand_over([], [message.pk], claim=batch.claim)
    begin(None, message.pk, claim=batch.claim)
    Message.objects.update(lease_until=NOW)
    sweep()

    hand_over([Ending(message.pk, State.SENT, "", "250 ok")], [], claim=batch.claim)

    assert states() == [("sent", "")]


def test_the_recorded_line_takes_everything_at_the_moment_it_was_due() -> None:
    (message,) = plan_mail([make_lead(consent=True)])

    send(RecordedLine())

    message.refresh_from_db()
    assert (message.state, message.finished_at, message.handed_at) == (State.SENT, NOW, NOW)


def test_what_is_called_off_does_not_leave(server: Sink, line: SmtpLine) -> None:
    lead, letter = make_lead(consent=True), make_letter()
    plan([Intent(dedupe_key="7:1", lead_id=lead.pk, letter_id=letter.pk, due_at=NOW)], now=NOW)
    plan([Intent(dedupe_key="71:1", lead_id=lead.pk, letter_id=letter.pk, due_at=NOW)], now=NOW)

    assert call_off(["7:"], now=NOW) == 1
    assert states() == [("skipped", "given_up"), ("planned", "")]


def test_planning_takes_as_many_statements_for_many_as_for_one() -> None:
    letter = make_letter()
    counts = []
    for number in (1, 50):
        leads = make_leads(number, consent=True)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            plan_mail(leads, letter)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_each_message_costs_one_statement_to_begin(server: Sink, line: SmtpLine) -> None:
    plan_mail(make_leads(60, consent=True))

    with CaptureQueriesContext(connection) as queries:
        send(line)

    begun = [query for query in queries if "EXECUTE mail_begin" in query["sql"]]
    assert len(begun) == 60
    assert len(queries) < 150


def test_an_open_line_is_not_needed_to_find_nothing_to_do(settings) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    assert send(SmtpLine()) == 0
    with pytest.raises(LineDown):
        SmtpLine().open()


def test_a_test_mail_that_is_uncertain_can_be_sent_again_as_it_was(server: Sink, line: SmtpLine) -> None:
    spec = LetterSpec(name="news", subject="News", html="<p>What we found</p>")
    message = plan_test(spec, sender=None, to="marketer@us.example", values={}, now=NOW)
    Sender.objects.update(tokens=1000, refilled_at=database_now())
    faulty(server, drop_unrecorded=1.0)
    send(line)
    server.calm()

    settle([message.pk], Settlement.Verdict.AGAIN, by=None, now=NOW)
    send(line)

    assert server.kept is not None
    ((to, content),) = server.kept
    assert to == "marketer@us.example"
    assert b"What we found" in content
    message.refresh_from_db()
    assert (message.state, message.raw) == (State.SENT, None)


def test_what_a_test_mail_said_is_gone_once_somebody_settled_it(server: Sink, line: SmtpLine) -> None:
    spec = LetterSpec(name="news", subject="News", html="<p>What we found</p>")
    message = plan_test(spec, sender=None, to="marketer@us.example", values={}, now=NOW)
    Sender.objects.update(tokens=1000, refilled_at=database_now())
    faulty(server, drop_recorded=1.0)
    send(line)

    settle([message.pk], Settlement.Verdict.ARRIVED, by=None, now=NOW)

    message.refresh_from_db()
    assert (message.state, message.raw) == (State.SENT, None)
