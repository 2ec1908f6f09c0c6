"""The list of tasks and the panel of a lead's page."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.models import Lead, Task, TaskKind
from leads.people.todo import NewTask, open_tasks
from tests.browsing import browser
from tests.factories import make_lead, make_user
from users.clock import database_now
from users.models import Role, Team, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def sdr():
    return make_user(Role.SDR, name="Sam")


def make_task(user: User | None, lead: Lead | None = None, *, days: float = 0, **fields) -> Task:
    """A task due some days from now."""
    now = database_now()
    task = NewTask(
        **{
            "lead_id": (lead or make_lead()).pk,
            "kind": TaskKind.FOLLOW_UP,
            "title": "Send the offer",
            "assignee_id": user.pk if user else None,
            "due_at": now + timedelta(days=days),
            **fields,
        }
    )
    return Task.objects.get(pk=open_tasks([task], by=None, now=now)[0])


def titles(response) -> dict[str, list[str]]:
    """What stands under late, today and later."""
    return {key: [task.title for task in tasks] for key, _label, tasks in response.context["groups"]}


def test_tasks_stand_by_when_they_are_due(sdr):
    make_task(sdr, days=-1, title="late one")
    make_task(sdr, days=3, title="later one")
    make_task(sdr, title="any time", due_at=None)
    make_task(make_user(), title="somebody's")

    shown = titles(browser(sdr).get("/tasks/"))

    assert (shown["late"], shown["later"]) == (["late one"], ["later one", "any time"])


def test_the_teams_list_shows_its_people_and_what_is_nobodys(sdr):
    other = Team.objects.create(slug="other", name="Other")
    make_task(make_user(), days=3, title="a colleague's")
    make_task(None, days=4, title="nobody's", team_id=sdr.team_id)
    make_task(make_user(team=other), days=5, title="of others")

    assert titles(browser(sdr).get("/tasks/", {"whose": "team"}))["later"] == ["a colleague's", "nobody's"]


def test_done_is_undone_by_the_toast(sdr):
    task, client = make_task(sdr), browser(sdr)

    page = client.post(f"/tasks/{task.pk}/done/", follow=True)
    assert f"/tasks/{task.pk}/reopen/" in page.content.decode()
    client.post(f"/tasks/{task.pk}/reopen/")

    assert Task.objects.get(pk=task.pk).done_at is None


def test_who_was_slower_is_told(sdr):
    task, rep = make_task(None), make_user(Role.SDR, name="Ruth")
    browser(rep).post(f"/tasks/{task.pk}/done/")

    page = browser(sdr).post(f"/tasks/{task.pk}/done/", follow=True).content.decode()

    assert "Done already by Ruth" in page


def test_a_task_is_given_to_who_sees_the_lead(sdr):
    task, rep, client = make_task(sdr), make_user(name="Ruth"), browser(sdr)

    refused = client.post(f"/tasks/{task.pk}/give/", {"assignee": rep.pk}, follow=True).content.decode()
    Lead.objects.filter(pk=task.lead_id).update(owner=rep)
    client.post(f"/tasks/{task.pk}/give/", {"assignee": rep.pk})
    client.post(f"/tasks/{task.pk}/give/", {"assignee": "x"})

    assert "Ruth does not see this lead" in refused
    assert Task.objects.get(pk=task.pk).assignee == rep


def test_the_panel_adds_tasks_and_keeps_what_was_typed(sdr):
    lead, client = make_lead(), browser(sdr)
    said = {"title": "Ask who signs", "kind": "diagnose", "assignee": sdr.pk}

    refused = client.post(f"/leads/{lead.pk}/tasks/", {**said, "due_at": "2020-01-01T09:00"})
    panel = client.post(f"/leads/{lead.pk}/tasks/", said, headers={"HX-Request": "true"}).content.decode()

    assert (refused.status_code, "Ask who signs" in refused.content.decode()) == (422, True)
    assert Task.objects.get(lead=lead).assignee == sdr
    assert "<html" not in panel
    assert "Ask who signs" in panel


def test_doing_it_in_the_panel_shows_the_panel(sdr):
    task = make_task(sdr)

    answer = browser(sdr).post(f"/tasks/{task.pk}/done/", headers={"HX-Request": "true"}).content.decode()

    assert "Undo" in answer
    assert 'id="tasks"' in answer


def test_the_list_costs_the_same_whatever_its_length(sdr):
    client, counts = browser(sdr), []
    for number in (1, 20):
        for _ in range(number):
            make_task(sdr, days=1)
        with CaptureQueriesContext(connection) as queries:
            client.get("/tasks/", {"whose": "team"})
        counts.append(len(queries))

    assert counts[1] == counts[0] <= 15
