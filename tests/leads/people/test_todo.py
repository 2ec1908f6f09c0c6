"""Tasks: opened, given on, done by one person, taken back in time, told of once."""

from datetime import timedelta

import pytest

from leads.access.todo import tasks_for_user
from leads.models import Event, Lead, Task, TaskKind
from leads.people.todo import (
    NewTask,
    TaskNotPossible,
    finish_tasks,
    open_tasks,
    reassign_tasks,
    reopen_tasks,
    tell_due,
)
from tests.factories import NOW, make_lead, make_user, move_to
from users.models import Role, Team, User

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(seconds=5)


def make_task(lead: Lead | None = None, assignee: User | None = None, **fields) -> Task:
    """An open task."""
    lead = lead or make_lead()
    fields = {"kind": TaskKind.DIAGNOSE, "title": "Ask for the budget", **fields}
    (pk,) = open_tasks(
        [NewTask(lead_id=lead.pk, assignee_id=assignee.pk if assignee else None, **fields)], by=None, now=NOW
    )
    return Task.objects.get(pk=pk)


def news(kind: str) -> list[list[int]]:
    """The tasks named by the events of a kind."""
    return [event.data["tasks"] for event in Event.objects.filter(kind=kind).order_by("pk")]


def test_a_task_belongs_to_the_present_pass_and_who_gets_it_is_told() -> None:
    lead, user = move_to(move_to(make_lead(), "disqualified"), "mel"), make_user()

    task = make_task(lead, user, title="  Call him \n")

    assert (task.cycle, task.title, task.assignee, task.done_at) == (2, "Call him", user, None)
    assert news("task_assigned") == [[task.pk]]


@pytest.mark.parametrize("fields", [{"title": "  "}, {"kind": TaskKind.FIRST_CONTACT}])
def test_nothing_to_do_and_first_contacts_are_refused(fields) -> None:
    with pytest.raises(ValueError, match="what is to be done"):
        make_task(**fields)


def test_a_task_is_done_once_and_who_was_slower_is_told() -> None:
    task, user = make_task(), make_user(name="Ruth Stone")

    finish_tasks([task.pk], by=user.pk, now=NOW)
    with pytest.raises(TaskNotPossible, match="Ruth Stone"):
        finish_tasks([make_task().pk, task.pk], by=make_user().pk, now=NOW)

    assert list(Task.objects.filter(done_at__isnull=False)) == [task]
    assert news("task_done") == [[task.pk]]


def test_who_finished_a_task_takes_that_back_in_time() -> None:
    task, user = make_task(), make_user()
    finish_tasks([task.pk], by=user.pk, now=NOW)

    with pytest.raises(TaskNotPossible, match="Only the person"):
        reopen_tasks([task.pk], by=make_user().pk, now=SOON)
    with pytest.raises(TaskNotPossible, match="time to undo"):
        reopen_tasks([task.pk], by=user.pk, now=NOW + timedelta(minutes=5))
    reopen_tasks([task.pk], by=user.pk, now=SOON)

    assert Task.objects.get(pk=task.pk).done_at is None


def test_what_is_due_is_told_once_and_anew_to_who_gets_it_then() -> None:
    user, other = make_user(), make_user()
    due = make_task(assignee=user, due_at=NOW)
    make_task(assignee=user, due_at=NOW + timedelta(days=1))
    make_task(due_at=NOW)

    assert [tell_due(now=NOW), tell_due(now=SOON)] == [1, 0]
    reassign_tasks([due.pk], other.pk, by=user.pk, now=SOON)
    assert tell_due(now=SOON) == 1

    assert news("task_due") == [[due.pk], [due.pk]]


def test_nobody_is_told_of_what_is_done_or_archived() -> None:
    user = make_user()
    finish_tasks([make_task(assignee=user, due_at=NOW).pk], by=user.pk, now=NOW)
    Lead.objects.filter(pk=make_task(assignee=user, due_at=NOW).lead_id).update(archived_at=NOW)

    assert tell_due(now=NOW) == 0


def test_a_task_that_is_done_is_not_given_on() -> None:
    task, user = make_task(), make_user()
    finish_tasks([task.pk], by=user.pk, now=NOW)

    with pytest.raises(TaskNotPossible, match="done already"):
        reassign_tasks([task.pk], user.pk, by=user.pk, now=NOW)


def test_tasks_are_seen_by_who_has_them_and_who_sees_the_lead() -> None:
    elsewhere = Team.objects.create(slug="other", name="Other")
    stranger = make_user(team=elsewhere)
    lead = make_lead()
    Lead.objects.filter(pk=lead.pk).update(owner=stranger)
    task = make_task(lead)
    sdr, marketer = make_user(Role.SDR), make_user(Role.MARKETER)

    seen = [task in tasks_for_user(user) for user in (stranger, sdr, marketer, make_user(Role.ADMIN))]
    assert seen == [True, False, True, True]

    reassign_tasks([task.pk], sdr.pk, by=stranger.pk, now=NOW)
    assert task in tasks_for_user(sdr, "write")
