"""The demo's mails: the table of the worked example from the API, sent by the sequences, once each."""

from datetime import timedelta

import pytest
from django.db.models import Count
from rest_framework.test import APIClient

from mail.deliver import deliver
from mail.line import RecordedLine
from mail.models import Hit, Message, State
from nurturing.advance import advance
from nurturing.models import Enrollment
from users.clock import database_now
from users.models import User

pytestmark = pytest.mark.usefixtures("demo")

TABLE = [
    (1, "introduction", 150, 60, 0.4, 12, 0.08, 15),
    (2, "main problems", 150, 48, 0.32, 10, 0.06667, 10),
    (3, "solutions", 90, 36, 0.4, 9, 0.1, 8),
    (4, "success stories", 90, 30, 0.33333, 6, 0.06667, 5),
    (5, "invitation to a demo", 90, 27, 0.3, 4, 0.04444, 2),
]
COLUMNS = ("step", "name", "sent", "opened", "open_rate", "clicked", "click_rate", "contribution")


def report(campaign: str) -> dict:
    client = APIClient()
    client.force_login(User.objects.get(email="marketer@heshbonit4u.example"))
    return client.get("/api/v1/reports/sequences/", {"campaign": campaign}).json()


def test_the_mail_table_of_the_example_comes_from_the_api():
    answer = report("oecd-study")

    assert [tuple(row[name] for name in COLUMNS) for row in answer["rows"]] == TABLE
    assert all(row["delivered"] == row["sent"] for row in answer["rows"])
    assert (answer["open_rate"], answer["click_rate"], answer["clickers_rate"]) == (0.35263, 0.07193, 0.0386)


def test_last_year_fewer_were_opened_and_clicked():
    answer = report("oecd-study-last-year")

    assert round(answer["open_rate"], 2) == 0.24
    assert round(answer["click_rate"], 3) == 0.035


def test_every_mail_left_on_its_day_and_once():
    mails = Message.objects.filter(letter__campaign__slug="oecd-study").select_related("lead", "letter")
    days = {number: set() for number in range(1, 6)}
    for mail in mails:
        days[mail.letter.number].add(mail.finished_at - mail.lead.captured_at)

    assert days == {number: {timedelta(days=day)} for number, day in zip(days, (0, 3, 7, 10, 14), strict=True)}
    assert not mails.values("lead", "letter").annotate(n=Count("pk")).filter(n__gt=1).exists()


def test_mail_gateways_are_recorded_and_count_for_nothing():
    machine = Hit.objects.filter(agent__contains="Barracuda")

    assert machine.exists()
    assert set(machine.values_list("verdict", "reason")) == {(2, "agent")}


def test_mails_are_due_that_the_workers_will_really_send():
    now = database_now()
    assert Enrollment.objects.filter(state="active", due_at__lte=now, sequence__campaign__slug="always-on").exists()

    advance(now=now)

    assert Message.objects.filter(state=State.PLANNED, due_at__lte=now).count() >= 3
    assert deliver(RecordedLine(), now=now) >= 3
