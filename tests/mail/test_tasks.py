"""The nudges: each does its turn by the database's clock."""

from datetime import timedelta

import pytest

from leadcrm.celery import app
from mail import tasks
from mail.models import Hit
from tests.mail.tracked import hit, sent
from users.clock import database_now

pytestmark = pytest.mark.django_db


def test_a_turn_judges_what_is_ripe():
    (message,) = sent(now=database_now() - timedelta(minutes=5))
    hit(message, 60)  # minutes ago
    hit(message, 299)  # a second ago

    assert tasks.judge() == 1
    assert tasks.judge() == 0
    assert Hit.objects.filter(verdict=None).count() == 1


def test_the_timetable_looks_without_any_hint():
    timetable = {entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()}

    assert timetable["mail.tasks.judge"] <= 5
    assert timetable["mail.tasks.deliver"] <= 5
