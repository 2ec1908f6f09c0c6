"""The weekly digest: what it says, to whom, and that it is mailed once."""

import signal
import subprocess
import sys
from datetime import date, datetime, timedelta
from email import message_from_bytes
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from leads.handover.decide import Verb
from leads.models import Handover, Lead, Stage
from leads.people.companies import CompanyFacts
from mail.models import Message
from reports.agenda import agenda
from reports.digest import NotAWeek, last_week, mail, make, send_weekly, set_wish
from reports.models import Digest
from scoring.rules import RuleSpec
from scoring.touched import drain
from tests.browsing import browser
from tests.factories import NOW, make_lead, make_leads, make_user, publish_model
from tests.reports.histories import day, decide_on, walk
from users.models import Organisation, Role, Team

pytestmark = pytest.mark.django_db
WEEK = date(2026, 3, 2)
MONDAY = NOW + timedelta(days=7)  # nine in the morning


@pytest.fixture(autouse=True)
def stored_mail(settings):
    """Mails are messages, as they are outside of tests."""
    settings.EMAIL_BACKEND = "mail.backend.StoredMail"


@pytest.fixture
def people():
    """Those who meet, and two who do not."""
    roles = (Role.MARKETER, Role.SALES_MANAGER, Role.ADMIN, Role.SALES_REP, Role.SDR)
    return {role: make_user(role, name=role.label) for role in roles}


@pytest.fixture
def week(people):
    """A week with decisions, a broken time, a lead that waits, one that is stuck and a rule sales does not like."""
    company = CompanyFacts(name="Acme", domain="acme.example")
    leads = [make_lead(first_name=f"Dana{n}", last_name="Levi", company=company) for n in range(8)]
    for lead in leads:
        walk(lead, {"mel": 0.5, "mql": 1})
    Handover.objects.update(why=[{"text": "Opened a mail", "points": 3}])
    Handover.objects.filter(lead__in=leads[:2]).update(why=[{"text": "Budget certain", "points": 3}])
    for lead, verb in zip(leads, [Verb.ACCEPT] * 3 + [Verb.REJECT] * 3 + [Verb.RETURN], strict=False):
        decide_on(lead, verb, 4.5)
    Handover.objects.filter(state="returned").update(missing=["timeline"])
    Stage.objects.filter(slug="sal").update(limit_days=1)
    return leads


def words(user, now=MONDAY):
    """The agenda as somebody reads it."""
    return agenda(make(WEEK, by=None, now=now), user)


def test_it_tells_the_week_against_the_week_before(week, people):
    make_lead(now=NOW - timedelta(days=2))

    found = words(people[Role.MARKETER])

    numbers = {row.label: (row.now, row.before, row.change) for row in found["numbers"]}
    assert found["days"] == "2 Mar – 8 Mar 2026"
    assert numbers["MCL Captured"] == (8, 1, "+7")
    assert numbers["MQL Qualified"] == (8, 0, "+8")
    assert {row.label: row.now for row in found["decisions"]} == {
        "Accepted": 3,
        "Returned": 1,
        "Rejected": 3,
        "Duplicate": 0,
    }


def test_it_names_what_broke_what_is_missing_and_what_to_decide(week, people):
    found = words(people[Role.MARKETER])

    assert [point.text for point in found["missing"]] == ["Timeline: 1"]
    assert found["reasons"][0].text == "Not a real person (rejected): 3"
    assert [point.text for point in found["rules"]] == ["Opened a mail: 20 % of 5 accepted, all together 43 %"]
    assert found["breaches_n"] >= 8
    assert found["breaches"][0].people[0].name.endswith("Levi (Acme)")
    assert "3 leads stand at SAL for more than 1 days" in found["stuck"][0].text
    asked = " ".join(point.text for point in found["questions"])
    assert "1 lead waits for a decision longer than agreed. Who takes it?" in asked
    assert "1 returned lead still lacks what sales asked for. Who finds out?" in asked
    assert "Decide on the handover takes 3.5 against 2 working days" in asked


def test_rules_that_do_not_help_lead_to_their_report_card(week, people):
    always = {"not": {"leaf": "lead", "field": "job_title", "op": "eq", "value": "Nobody"}}
    never = always["not"]
    rules = [RuleSpec(2, "fit", always, label="תמיד"), RuleSpec(3, "fit", never, label="Opened a mail")]
    publish_model(rules=rules, now=NOW)
    make_leads(20)
    drain(now=MONDAY)

    digest = make(WEEK, by=None, now=MONDAY)
    found = agenda(digest, people[Role.MARKETER])["rules"]
    mail(digest, now=MONDAY)

    assert [(point.people[0].name, point.text) for point in found] == [
        ("Opened a mail (MQL)", "Holds for none of 28 leads, and did not on any day looked at."),
        ("תמיד (MQL)", "Holds for every lead, so it tells none apart."),
    ]
    assert found[0].people[0].path == "/scoring/mql/report-card/?outcome=accepted"
    raw = Message.objects.get(to_address=people[Role.MARKETER].email).raw
    texts = [(part.get_payload(decode=True) or b"").decode() for part in message_from_bytes(bytes(raw)).walk()][1:]
    assert all("תמיד (MQL)" in text for text in texts)
    assert "/scoring/mql/report-card/?outcome=accepted" in texts[1]


def test_a_digest_made_before_there_were_cards_is_still_read(week, people):
    digest = make(WEEK, by=None, now=MONDAY)
    del digest.data["cards"]

    assert [point.text for point in agenda(digest, people[Role.MARKETER])["rules"]] == [
        "Opened a mail: 20 % of 5 accepted, all together 43 %"
    ]


def test_names_of_leads_are_not_kept_and_shown_within_reach_only(week, people):
    other = Team.objects.create(slug="other", name="Other")
    stranger = make_user(team=other)
    Lead.objects.update(owner=stranger)
    Handover.objects.update(team=other)

    digest = make(WEEK, by=None, now=MONDAY)

    assert "Dana" not in str(digest.data)
    seen, unseen = (agenda(digest, people[role]) for role in (Role.MARKETER, Role.SALES_MANAGER))
    assert seen["breaches"][0].people[0].path
    assert (unseen["breaches"][0].people[0].name, unseen["breaches"][0].people[0].path) == (
        "a lead out of your reach",
        "",
    )


def test_it_is_mailed_once_to_those_who_meet_and_want_it(week, people):
    set_wish(people[Role.ADMIN].pk, is_wanted=False)
    digest = make(WEEK, by=None, now=MONDAY)

    assert [mail(digest, now=MONDAY), mail(digest, now=MONDAY)] == [2, 0]
    to = set(Message.objects.values_list("to_address", flat=True))
    assert to == {people[Role.MARKETER].email, people[Role.SALES_MANAGER].email}
    assert set(Message.objects.values_list("subject", flat=True)) == {"Marketing and sales, 2 Mar – 8 Mar 2026"}


def test_the_mail_reads_as_text_and_in_ones_language(week, people):
    people[Role.MARKETER].language = "he"
    people[Role.MARKETER].save()
    mail(make(WEEK, by=None, now=MONDAY), now=MONDAY)

    raw = Message.objects.get(to_address=people[Role.MARKETER].email).raw
    parts = list(message_from_bytes(bytes(raw)).walk())[1:]
    text, html = ((part.get_payload(decode=True) or b"").decode() for part in parts)
    assert 'dir="rtl"' in html
    assert f"/leads/{week[0].pk}/" in html
    assert "/reports/digest/?week=2026-03-02" in text
    assert "Dana0 Levi (Acme)" in text


def test_what_was_mailed_is_not_made_anew(week, people):
    digest = make(WEEK, by=None, now=MONDAY)
    mail(digest, now=MONDAY)
    decide_on(week[7], Verb.ACCEPT, 6)

    assert make(WEEK, by=None, now=MONDAY).data == digest.data


def test_a_failing_mail_leaves_nothing(week, people, monkeypatch):
    digest = make(WEEK, by=None, now=MONDAY)
    calls = []

    def fail_second(user, *rest):
        calls.append(user)
        if len(calls) == 2:
            raise RuntimeError
        from users.mails import write_to

        write_to(user, *rest)

    with monkeypatch.context() as failing:
        failing.setattr("reports.digest.write_to", fail_second)
        with pytest.raises(RuntimeError):
            mail(digest, now=MONDAY)
    assert not Message.objects.exists()
    assert mail(digest, now=MONDAY) == 3


@pytest.mark.parametrize("day_", [date(2026, 3, 3), date(2027, 3, 1)])
def test_only_weeks_that_began_on_a_monday(day_):
    with pytest.raises(NotAWeek):
        make(day_, by=None, now=MONDAY)
    with pytest.raises(IntegrityError):
        Digest.objects.create(week_from=date(2026, 3, 3), data={}, made_at=NOW)


def test_it_leaves_on_monday_at_seven_by_the_organisations_clock(people):
    Organisation.objects.update(time_zone="America/New_York")
    make_lead()
    seven = datetime(2026, 3, 9, 7, tzinfo=ZoneInfo("America/New_York"))

    assert send_weekly(now=seven - timedelta(minutes=1)) == 0
    assert [send_weekly(now=seven), send_weekly(now=seven + timedelta(minutes=10))] == [3, 0]
    assert send_weekly(now=seven + timedelta(days=3)) == 0
    assert send_weekly(now=seven + timedelta(days=15)) == 3
    assert list(Digest.objects.values_list("week_from", flat=True)) == [date(2026, 3, 16), date(2026, 3, 2)]


def test_an_installation_without_leads_sends_nothing(people):
    assert send_weekly(now=MONDAY) == 0


KILLED = """
import os, signal, django
django.setup()
from reports import digest
from tests.reports.test_digest import MONDAY
real = digest.write
def write_and_die(row, user):
    real(row, user)
    os.kill(os.getpid(), signal.SIGKILL)
digest.write = write_and_die
digest.send_weekly(now=MONDAY)
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_while_mailing_leaves_one_mail_each(committed_db, process_environment):
    make_user(Role.MARKETER), make_user(Role.ADMIN)
    make_lead()

    died = subprocess.run([sys.executable, "-c", KILLED], env=process_environment, check=False)

    assert died.returncode == -signal.SIGKILL
    assert [send_weekly(now=MONDAY), send_weekly(now=MONDAY)] == [2, 0]
    assert Message.objects.count() == 2


def test_the_page_shows_the_latest_and_those_before(week, people):
    client = browser(people[Role.SALES_MANAGER])
    assert "No digest yet" in client.get("/reports/digest/").content.decode()
    make(WEEK - timedelta(days=7), by=None, now=MONDAY)
    make(WEEK, by=None, now=MONDAY)

    assert "2 Mar – 8 Mar 2026" in client.get("/reports/digest/").content.decode()
    assert "23 Feb – 1 Mar 2026" in client.get("/reports/digest/?week=2026-02-23").content.decode()
    assert client.get("/reports/digest/?week=2026-02-24").status_code == 404
    assert client.get("/reports/digest/?week=soon").status_code == 404


def test_the_mails_preview_is_shut_in_a_frame(week, people):
    make(WEEK, by=None, now=MONDAY)
    client = browser(people[Role.MARKETER])

    framed = client.get("/reports/digest/2026-03-02/mail/")

    assert "sandbox" in framed["Content-Security-Policy"]
    assert "Dana0 Levi (Acme)" in framed.content.decode()
    assert "/reports/digest/2026-03-02/mail/" in client.get("/reports/digest/?show=mail").content.decode()


@pytest.mark.parametrize("role", [Role.SALES_REP, Role.SDR])
def test_who_does_not_meet_does_not_read_it(people, role):
    assert browser(people[role]).get("/reports/digest/").status_code == 403


def test_the_mail_can_be_declined_and_wanted_again(people):
    client = browser(people[Role.MARKETER])
    for wanted, offered in (("0", "Mail it to me on Mondays"), ("1", "No mail on Mondays")):
        client.post("/reports/digest/wish/", {"is_wanted": wanted})
        assert offered in client.get("/reports/digest/").content.decode()


def test_a_week_costs_a_fixed_number_of_questions(week, people):
    with CaptureQueriesContext(connection) as queries:
        agenda(make(WEEK, by=None, now=MONDAY), people[Role.MARKETER])

    assert len(queries) <= 90


def test_the_command_makes_and_mails(week, people, capsys):
    call_command("digest", "--week", "2026-03-02", "--mail")

    assert "3 mails written." in capsys.readouterr().out
    with pytest.raises(CommandError, match="2026-03-03 is no Monday"):
        call_command("digest", "--week", "2026-03-03")


def test_the_last_week_is_the_one_that_is_over():
    assert last_week(NOW) == date(2026, 2, 23)
    assert last_week(day(6.5)) == date(2026, 2, 23)
    assert last_week(day(7)) == WEEK
