"""Quiet hours on the wall clock: against an oracle that looks at the clock minute by minute."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.notices.quiet import Quiet, after_quiet, next_daily, quiet_of

ZONES = ["Asia/Jerusalem", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]
MINUTE = timedelta(minutes=1)
# Around the nights on which clocks change, and any other time.
NIGHTS = [
    "2011-12-29",
    "2026-03-07",
    "2026-03-26",
    "2026-03-28",
    "2026-04-04",
    "2026-06-01",
    "2026-10-24",
    "2026-10-31",
]
changes = st.sampled_from([datetime.fromisoformat(day).replace(tzinfo=UTC) for day in NIGHTS])
moments = st.builds(lambda start, n: start + n * MINUTE, changes, st.integers(0, 3 * 24 * 60))
hours = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))


@given(at=moments, starts=hours, ends=hours, zone=st.sampled_from(ZONES))
def test_a_mail_waits_for_the_first_minute_that_is_not_quiet(at, starts, ends, zone):
    quiet = quiet_of(starts, ends, ZoneInfo(zone))

    found = after_quiet(at, quiet)

    assert found >= at
    if quiet is None or not quiet.covers(at):
        assert found == at
        return
    assert not quiet.covers(found)
    assert found.astimezone(quiet.zone).time() >= ends or found.astimezone(quiet.zone).time() < starts
    # Only where the clock is set back to before the quiet hours do they end without their end being shown.
    waited = range(int((found - at) / MINUTE))
    loud = [n for n in waited if not quiet.covers(at + n * MINUTE)]
    assert all(_set_back(at + n * MINUTE, quiet) for n in loud[:1])


def _set_back(at: datetime, quiet: Quiet) -> bool:
    now, before = at.astimezone(quiet.zone), (at - MINUTE).astimezone(quiet.zone)
    return now.utcoffset() < before.utcoffset()


@given(at=moments, zone=st.sampled_from(ZONES))
def test_the_daily_mail_comes_at_eight_of_the_next_day_there_is(at, zone):
    found = next_daily(at, ZoneInfo(zone))
    local = found.astimezone(ZoneInfo(zone))

    assert at < found <= at + timedelta(hours=49)
    assert (local.hour, local.minute) == (8, 0) or zone == "Pacific/Apia"


@pytest.mark.parametrize(
    ("zone", "ends", "shown"),
    [
        ("Europe/Berlin", time(2, 30), "2026-03-29T03:00:00+02:00"),  # the clock jumps over it
        ("Asia/Jerusalem", time(2, 30), "2026-03-29T02:30:00+03:00"),
        ("UTC", time(7), "2026-03-29T07:00:00+00:00"),
    ],
)
def test_quiet_hours_over_midnight_end_in_the_morning(zone, ends, shown):
    late = datetime(2026, 3, 28, 23, tzinfo=ZoneInfo(zone))

    found = after_quiet(late, quiet_of(time(22), ends, ZoneInfo(zone)))

    assert found.astimezone(ZoneInfo(zone)).isoformat() == shown


def test_without_two_different_hours_nothing_is_quiet():
    assert quiet_of(time(22), None, ZoneInfo("UTC")) is None
    assert quiet_of(time(22), time(22), ZoneInfo("UTC")) is None
