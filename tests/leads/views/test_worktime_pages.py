"""The settings of working time and service levels."""

from datetime import date, time, timedelta

import pytest

from leads.models import Sla
from tests.browsing import browser
from tests.factories import make_user
from users.models import Absence, Holiday, Organisation, Role, Team, User

pytestmark = pytest.mark.django_db
URL = "/settings/routing/working-time/"
LEVEL = {"amount": "4", "unit": "hours", "warn_percent": "50", "escalate_hours": "2"}
TOMORROW = date.today() + timedelta(days=1)


@pytest.fixture
def team():
    return Team.objects.get(slug="sales")


@pytest.fixture
def other():
    return Team.objects.create(slug="other", name="Other")


@pytest.fixture
def manager():
    return browser(make_user(Role.SALES_MANAGER))


@pytest.fixture
def admin():
    return browser(make_user(Role.ADMIN))


def test_the_page_shows_what_counts_for_each_team(admin, team, other):
    Sla.objects.create(kind="decide", team=other, amount=4, unit="hours")
    Organisation.objects.update(working_days=[7, 1, 2, 3, 4], opens_at="09:00", closes_at="18:00")
    make_user(name="Ruth Stone")

    page = admin.get(URL).content.decode()

    assert "2 working days" in page
    assert "4 working hours" in page
    assert "Sun, Mon, Tue, Wed, Thu" in page
    assert "09:00 – 18:00" in page
    assert "Ruth Stone" in page


def test_a_manager_sets_the_own_team_alone(manager, team, other):
    assert manager.post(f"{URL}levels/decide/{team.pk}/", LEVEL).status_code == 302
    assert manager.post(f"{URL}levels/decide/{other.pk}/", LEVEL).status_code == 404
    assert manager.post(f"{URL}levels/decide/0/", LEVEL).status_code == 403
    assert manager.post(f"{URL}hours/{other.pk}/", {}).status_code == 404
    assert manager.post(f"{URL}hours/0/", {}).status_code == 403

    assert Sla.objects.get(team=team).amount == 4
    assert "Other" not in manager.get(URL).content.decode()


def test_a_level_is_dropped(admin, manager, team):
    manager.post(f"{URL}levels/decide/{team.pk}/", LEVEL)
    manager.post(f"{URL}levels/decide/{team.pk}/", {"drop": "1"})
    admin.post(f"{URL}levels/decide/0/", {"drop": "1"})

    assert not Sla.objects.filter(kind="decide").exists()
    assert "not agreed" in admin.get(URL).content.decode()


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"amount": "0"}, "amount"), ({"unit": "weeks"}, "unit"), ({"warn_percent": "101"}, "warn_percent")],
)
def test_a_level_that_makes_no_sense_is_refused(manager, team, fields, field):
    response = manager.post(f"{URL}levels/contact/{team.pk}/", {**LEVEL, **fields})

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert manager.get(f"{URL}levels/nothing/{team.pk}/").status_code == 404


def test_hours_are_set_for_a_team_and_for_everybody(manager, admin, team):
    hours = {"working_days": ["7", "1"], "opens_at": "08:00", "closes_at": "16:30"}
    manager.post(f"{URL}hours/{team.pk}/", {**hours, "time_zone": "Asia/Jerusalem"})
    admin.post(f"{URL}hours/0/", {**hours, "time_zone": "Mars/Olympus"})

    team.refresh_from_db()
    organisation = Organisation.load()
    assert (team.working_days, team.closes_at, team.time_zone) == ([7, 1], time(16, 30), "Asia/Jerusalem")
    assert (organisation.working_days, organisation.opens_at, organisation.time_zone) == ([7, 1], time(8), "UTC")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"opens_at": "09:00", "closes_at": ""}, "closes_at"),
        ({"opens_at": "09:00", "closes_at": "08:00"}, "closes_at"),
        ({"opens_at": "9 o'clock", "closes_at": "18:00"}, "opens_at"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"working_days": ["8"]}, "working_days"),
    ],
)
def test_hours_that_make_no_sense_are_refused(manager, team, fields, field):
    response = manager.post(f"{URL}hours/{team.pk}/", fields)

    assert response.status_code == 422
    assert field in response.context["form"].errors


def test_holidays_come_and_go(manager, admin, team):
    manager.post(f"{URL}holidays/", {"day": TOMORROW, "name": "Away day", "team": team.pk})
    admin.post(f"{URL}holidays/", {"day": TOMORROW, "name": "New year", "team": ""})
    again = admin.post(f"{URL}holidays/", {"day": TOMORROW, "name": "New year", "team": ""})
    everybody = Holiday.objects.get(team=None)

    assert again.status_code == 422
    assert "is a holiday already" in again.content.decode()
    assert manager.post(f"{URL}holidays/", {"day": TOMORROW, "name": "X", "team": ""}).status_code == 422
    assert manager.post(f"{URL}holidays/{everybody.pk}/drop/").status_code == 404
    manager.post(f"{URL}holidays/{Holiday.objects.get(team=team).pk}/drop/")
    assert list(Holiday.objects.all()) == [everybody]


def test_absences_and_capacity_of_ones_people(manager, other):
    mine, far = make_user(), make_user(team=other)
    days = {"starts_on": TOMORROW, "ends_on": TOMORROW}

    manager.post(f"{URL}absences/", {"person": mine.pk, **days})
    refused = manager.post(f"{URL}absences/", {"person": far.pk, **days})
    backwards = manager.post(f"{URL}absences/", {"person": mine.pk, **days, "ends_on": date.today()})
    manager.post(f"{URL}people/{mine.pk}/", {"capacity": "12"})
    manager.post(f"{URL}people/{mine.pk}/", {"capacity": "many"})

    assert (refused.status_code, backwards.status_code) == (422, 422)
    assert manager.post(f"{URL}people/{far.pk}/", {"capacity": "1"}).status_code == 404
    assert Absence.objects.get().user == mine
    assert User.objects.get(pk=mine.pk).capacity == 12
    manager.post(f"{URL}absences/{Absence.objects.get().pk}/drop/")
    assert not Absence.objects.exists()


def test_the_stock_settings_know_them_too(admin, team):
    admin.post("/settings/users/holiday/add/", {"day": TOMORROW, "name": "New year", "team": ""})
    page = admin.get(f"/settings/users/team/{team.pk}/change/").content.decode()

    assert Holiday.objects.get().name == "New year"
    assert 'name="sdr_accepts"' in page
    assert 'type="checkbox" name="working_days"' in page
    assert admin.get("/settings/leads/sla/").status_code == 200
    assert admin.get("/settings/users/absence/add/").status_code == 200
