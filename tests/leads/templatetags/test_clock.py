"""How much working time is left, in words."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from leads.templatetags.clock import clock, waited
from users.hours import Calendar

OFFICE = Calendar(ZoneInfo("UTC"), opens=time(9), closes=time(17))
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("due", "state", "text"),
    [
        (MONDAY + 3 * HOUR, "soon", "3 h 00 m left"),
        (MONDAY + 5 * HOUR, "ok", "5 h 00 m left"),
        (MONDAY + 26 * HOUR, "ok", "1 d 2 h left"),  # a day is one of eight hours
        (MONDAY - 64 * HOUR - timedelta(minutes=40), "late", "40 m late"),  # since Friday, 16:20; nights do not count
        (MONDAY - timedelta(days=100), "late", "100 d late"),
        (None, "ok", "no limit"),
    ],
)
def test_time_is_told_as_it_is_worked(due, state, text):
    said = clock(due, MONDAY, OFFICE)

    assert (said["state"], said["text"]) == (state, text)


def test_who_never_waited_has_waited_for_nothing():
    assert waited(None, MONDAY, OFFICE) == ""
    assert waited(MONDAY - 65 * HOUR, MONDAY, OFFICE) == "1 h 00 m"
