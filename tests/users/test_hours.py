"""Working time: due in time, never before, never for ever, on nights that clocks are changed, too."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from hypothesis import assume, given
from hypothesis import strategies as st

from users.calendars import Calendars, check_holiday
from users.hours import CALENDAR, DAYS, HOURS, Calendar, NoWorkingTime
from users.models import Holiday, Organisation, Team

ZONES = ["Asia/Jerusalem", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]
ISRAEL = frozenset({7, 1, 2, 3, 4})
START, END = datetime(2025, 1, 1), datetime(2028, 1, 1)
BERLIN = ZoneInfo("Europe/Berlin")


@st.composite
def calendars(draw, *, nights=True):
    """Any calendar; without `nights` it opens and closes at hours that no clock is changed at."""
    opens = closes = None
    if draw(st.booleans()):
        low, high = (0, 24) if nights else (6, 22)
        first = draw(st.integers(low * 60, high * 60 - 15))
        last = draw(st.integers(first + 15, high * 60))
        opens, closes = (time(*divmod(minute, 60)) for minute in (first, min(last, 24 * 60 - 1)))
    days = draw(st.sets(st.integers(1, 7), min_size=1)) if draw(st.booleans()) else ISRAEL
    holidays = draw(st.sets(st.dates(START.date(), END.date()), max_size=12))
    return Calendar(ZoneInfo(draw(st.sampled_from(ZONES))), frozenset(days), opens, closes, frozenset(holidays))


def moments():
    """Any minute, and often one around a change of the clocks of one of the zones."""
    changes = [(2026, 3, 27), (2026, 10, 25), (2026, 3, 29), (2026, 3, 8), (2026, 11, 1), (2026, 4, 5), (2026, 10, 4)]
    nights = [datetime(*day) - timedelta(hours=14) + timedelta(minutes=10 * n) for day in changes for n in range(170)]
    return st.one_of(st.datetimes(START, END), st.sampled_from(nights)).map(
        lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)
    )


amounts, units = st.integers(1, 60), st.sampled_from([HOURS, DAYS, CALENDAR])


def in_working_time(calendar, moment):
    """Working time, the moment of closing included."""
    return calendar.open_at(moment) or calendar.open_at(moment - timedelta(microseconds=1))


@given(calendars(), moments(), amounts, units)
def test_what_is_due_lies_ahead_and_in_working_time(calendar, start, amount, unit):
    due = calendar.add(start, amount, unit)

    assert due > start
    assert unit == CALENDAR or in_working_time(calendar, due)


@given(calendars(), moments(), moments(), amounts, units)
def test_what_starts_later_is_never_due_earlier(calendar, one, other, amount, unit):
    first, second = sorted([one, other])

    assert calendar.add(first, amount, unit) <= calendar.add(second, amount, unit)


@given(calendars(), moments(), st.timedeltas(timedelta(), timedelta(hours=5)), amounts, units)
def test_what_starts_a_little_later_is_never_due_earlier(calendar, start, later, amount, unit):
    assert calendar.add(start, amount, unit) <= calendar.add(start + later, amount, unit)


@given(calendars(), moments(), amounts)
def test_the_time_between_is_the_time_added(calendar, start, hours):
    due = calendar.add(start, hours, HOURS)

    assert calendar.between(start, due) == hours * 3600
    assert calendar.between(due, start) == -hours * 3600


@given(calendars(), moments(), moments(), moments())
def test_times_between_add_up(calendar, one, two, three):
    first, middle, last = sorted([one, two, three])

    assert calendar.between(first, last) == calendar.between(first, middle) + calendar.between(middle, last)


@given(calendars(nights=False), moments(), st.integers(0, 4 * 24 * 60))
def test_minutes_counted_one_by_one_are_as_many(calendar, start, minutes):
    def works(moment):
        local = moment.astimezone(calendar.zone)
        in_hours = (calendar.opens or time.min) <= local.time().replace(tzinfo=None) < (calendar.closes or time.max)
        return local.isoweekday() in calendar.days and local.date() not in calendar.holidays and in_hours

    counted = [start + timedelta(minutes=n) for n in range(minutes) if works(start + timedelta(minutes=n))]

    assert calendar.between(start, start + timedelta(minutes=minutes)) == 60 * len(counted)
    if counted:
        assert calendar.next_open(start) == counted[0]


@given(st.sampled_from(ZONES), moments(), st.integers(1, 20))
def test_whole_days_end_at_the_same_hour_so_many_working_days_later(zone, start, days):
    calendar = Calendar(ZoneInfo(zone))
    local = start.astimezone(calendar.zone)
    assume(local.isoweekday() < 6 and not 0 <= local.hour < 4)  # by day, when clocks stand still
    wanted, left = local, days
    while left:
        wanted += timedelta(days=1)
        left -= wanted.isoweekday() < 6

    assert calendar.add(start, days, DAYS) == wanted


@pytest.mark.parametrize(
    ("start", "amount", "unit", "due"),
    [
        ("2026-03-02 16:30", 1, HOURS, "2026-03-03 09:30"),  # half of it today
        ("2026-03-02 09:00", 8, HOURS, "2026-03-02 17:00"),  # until it closes
        ("2026-03-06 16:00", 2, DAYS, "2026-03-10 16:00"),  # from Friday over the weekend
        ("2026-03-06 17:00", 2, DAYS, "2026-03-11 09:00"),  # closed: counts from Monday's opening
        ("2026-03-07 12:00", 1, HOURS, "2026-03-09 10:00"),  # on Saturday
        ("2026-03-07 12:00", 7, CALENDAR, "2026-03-14 12:00"),
        ("2026-04-02 10:00", 1, DAYS, "2026-04-07 10:00"),  # Good Friday and Easter Monday
    ],
)
def test_office_hours(start, amount, unit, due):
    easter = frozenset({date(2026, 4, 3), date(2026, 4, 6)})
    office = Calendar(BERLIN, opens=time(9), closes=time(17), holidays=easter)

    assert office.add(_at(start, BERLIN), amount, unit) == _at(due, BERLIN)


def _at(text, zone):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_the_israeli_week():
    zone = ZoneInfo("Asia/Jerusalem")
    office = Calendar(zone, ISRAEL, time(9), time(18))

    assert office.add(_at("2026-03-05 17:00", zone), 2, HOURS) == _at("2026-03-08 10:00", zone)
    assert not office.open_at(_at("2026-03-06 10:00", zone))
    assert office.open_at(_at("2026-03-08 10:00", zone))


def test_nights_that_clocks_are_changed():
    whole = Calendar(BERLIN, days=frozenset(range(1, 8)))
    spring, autumn = _at("2026-03-28 02:30", BERLIN), _at("2026-10-24 02:30", BERLIN)

    assert whole.add(spring, 1, DAYS) == datetime(2026, 3, 29, 1, tzinfo=UTC), "the hour is skipped"
    assert whole.add(autumn, 1, DAYS) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "the first of the two"
    assert whole.between(_at("2026-03-29 00:00", BERLIN), _at("2026-03-30 00:00", BERLIN)) == 23 * 3600
    assert whole.between(_at("2026-10-25 00:00", BERLIN), _at("2026-10-26 00:00", BERLIN)) == 25 * 3600


@pytest.mark.parametrize("unit", [HOURS, DAYS])
def test_a_calendar_without_a_working_day_says_so(unit):
    never = Calendar(BERLIN, holidays=frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(1000)))

    with pytest.raises(NoWorkingTime, match="Take holidays away"):
        never.add(datetime(2026, 2, 1, tzinfo=UTC), 1, unit)
    assert not never.open_at(datetime(2026, 2, 2, tzinfo=UTC))
    assert never.between(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)) == 0
    assert never.without_holidays().add(_at("2026-02-02 10:00", BERLIN), 1, DAYS) == _at("2026-02-03 10:00", BERLIN)


@pytest.mark.django_db
def test_a_team_has_its_own_values_and_the_rest_from_the_organisation():
    Organisation.objects.update(
        time_zone="Asia/Jerusalem", working_days=sorted(ISRAEL), opens_at="08:00", closes_at="17:00"
    )
    own = Team.objects.create(slug="us", name="US", time_zone="America/New_York", working_days=[1, 2])
    other = Team.objects.create(slug="il", name="IL", opens_at="10:00", closes_at="12:00")
    for team, day in ((None, "2026-05-01"), (own, "2026-07-04"), (other, "2026-09-12")):
        Holiday.objects.create(team=team, day=day, name="Off")

    us, il, nobodys = (Calendars().of(pk) for pk in (own.pk, other.pk, None))

    assert (us.zone.key, us.days, us.opens) == ("America/New_York", {1, 2}, time(8))
    assert (il.zone.key, il.days, il.opens) == ("Asia/Jerusalem", ISRAEL, time(10))
    assert [len(calendar.holidays) for calendar in (us, il, nobodys)] == [2, 2, 1]


@pytest.mark.django_db
def test_who_says_nothing_works_from_monday_to_friday():
    calendar = Calendars().of(None)

    assert (calendar.zone.key, calendar.days, calendar.opens) == ("UTC", {1, 2, 3, 4, 5}, None)


@pytest.mark.django_db
def test_the_holiday_that_would_leave_no_working_day_is_refused():
    first = date(2026, 1, 1)
    days = [first + timedelta(days=n) for n in range(420)]
    Holiday.objects.bulk_create(Holiday(day=day, name="Off") for day in days if day != date(2026, 6, 3))

    with pytest.raises(ValidationError, match="No working day would be left"):
        check_holiday(date(2026, 6, 3), None)
    check_holiday(date(2027, 6, 3), None)
