"""What people have to do about leads: opened, given on, done, and told of once when due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from leads.activity.news import publish
from leads.lifecycle.hooks import Moved
from leads.lifecycle.undo import WINDOW
from leads.models import Cause, Lead, StageChange, Task, TaskKind
from users.rows import insert
from users.transactions import one_transaction

BATCH = 500


class TaskNotPossible(Exception):
    """Somebody has done it already, or the time to take it back has passed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewTask:
    """Something to be done about a lead, by a person, a team, or whoever looks at the lead."""

    lead_id: int
    kind: TaskKind
    title: str
    assignee_id: int | None = None
    team_id: int | None = None
    due_at: datetime | None = None


@one_transaction()
def open_tasks(tasks: Sequence[NewTask], *, by: int | None, now: datetime) -> list[int]:
    """Open tasks in the present pass of their leads; returns their ids. Raises ValueError for one that says nothing.

    The first contact after an acceptance is opened by the handover alone.
    """
    if any(task.kind == TaskKind.FIRST_CONTACT or not task.title.strip() for task in tasks):
        raise ValueError("Say what is to be done.")
    cycles = dict(Lead.objects.filter(pk__in={task.lead_id for task in tasks}).values_list("pk", "cycle"))
    ids = insert(
        Task,
        [
            {
                "lead_id": task.lead_id,
                "cycle": cycles[task.lead_id],
                "kind": str(task.kind),
                "title": task.title.strip()[:200],
                "assignee_id": task.assignee_id,
                "team_id": task.team_id,
                "due_at": task.due_at,
                "created_at": now,
                "by_id": by,
            }
            for task in tasks
        ],
    )
    given = [(pk, task.lead_id) for pk, task in zip(ids, tasks, strict=True) if task.assignee_id not in (None, by)]
    _tell("task_assigned", given, now=now, by=by)
    return ids


@one_transaction()
def finish_tasks(task_ids: Sequence[int], *, by: int, now: datetime) -> list[Task]:
    """Say that tasks are done. Raises TaskNotPossible naming who was faster; then nothing is written."""
    rows = _locked(task_ids)
    for row in rows:
        if row.done_at is not None:
            raise TaskNotPossible(f"Done already by {row.done_by or 'the system'}, {row.done_at:%Y-%m-%d %H:%M} UTC.")
    Task.objects.filter(pk__in=[row.pk for row in rows]).update(done_at=now, done_by=by)
    _tell("task_done", [(row.pk, row.lead_id) for row in rows], now=now)
    return rows


@one_transaction()
def reopen_tasks(task_ids: Sequence[int], *, by: int, now: datetime) -> list[Task]:
    """Take back that tasks are done: whoever said so, within the undo window. Raises TaskNotPossible."""
    rows = _locked(task_ids)
    for row in rows:
        if row.done_at is None or row.done_by_id != by:
            raise TaskNotPossible("Only the person who finished a task can take that back.")
        if now - row.done_at > WINDOW:
            raise TaskNotPossible("The time to undo has passed. Add the task again.")
        if row.kind == TaskKind.FIRST_CONTACT and _has_first_contact(row):
            raise TaskNotPossible("There is another first contact to be made by now.")
    Task.objects.filter(pk__in=[row.pk for row in rows]).update(done_at=None, done_by=None)
    _tell("task_reopened", [(row.pk, row.lead_id) for row in rows], now=now)
    return rows


@one_transaction()
def reassign_tasks(task_ids: Sequence[int], assignee_id: int | None, *, by: int, now: datetime) -> list[Task]:
    """Give open tasks to somebody, or back to their team. Who gets a task that is due is told so anew."""
    rows = [row for row in _locked(task_ids) if row.assignee_id != assignee_id]
    if any(row.done_at is not None for row in rows):
        raise TaskNotPossible("It is done already.")
    Task.objects.filter(pk__in=[row.pk for row in rows]).update(assignee=assignee_id, told_at=None)
    if assignee_id not in (None, by):
        _tell("task_assigned", [(row.pk, row.lead_id) for row in rows], now=now, by=by)
    return rows


def _locked(task_ids: Sequence[int]) -> list[Task]:
    rows = Task.objects.select_for_update(of=("self",)).select_related("lead")
    return list(rows.filter(pk__in=task_ids).order_by("lead_id", "pk"))


def _has_first_contact(row: Task) -> bool:
    return Task.objects.filter(
        lead=row.lead_id, cycle=row.cycle, kind=TaskKind.FIRST_CONTACT, done_at__isnull=True
    ).exists()


def _tell(kind: str, tasks: Sequence[tuple[int, int]], *, now: datetime, **data: int | None) -> None:
    """News of tasks, given as pairs of task and lead."""
    publish(kind, (lead for _pk, lead in tasks), now=now, data={"tasks": [pk for pk, _lead in tasks], **data})


_DUE = """
UPDATE leads_task t SET told_at = %(now)s FROM (
    SELECT w.id FROM leads_task w JOIN leads_lead l ON l.id = w.lead_id AND l.archived_at IS NULL
    WHERE w.done_at IS NULL AND w.told_at IS NULL AND w.assignee_id IS NOT NULL AND w.due_at <= %(now)s
    ORDER BY w.due_at LIMIT %(most)s FOR UPDATE OF w SKIP LOCKED
) due WHERE t.id = due.id RETURNING t.id, t.lead_id
"""


@one_transaction()
def tell_due(*, now: datetime) -> int:
    """Publish `task_due` once for each task that became due and is somebody's; returns how many, one batch a call."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now, "most": BATCH})
        due = sorted(cursor.fetchall())
    _tell("task_due", due, now=now)
    return len(due)


def open_follow_ups(moved: Sequence[Moved], now: datetime) -> None:
    """After a move: who set a lead aside follows it up when its day has come; not where that was taken back."""
    if recycled := [m for m in moved if m.cause == Cause.RECYCLE and not m.outcome]:
        _follow_up(recycled, now)
    if undone := [m.change_id for m in moved if m.cause == Cause.UNDO]:
        lines = StageChange.objects.filter(pk__in=undone, undoes__cause=Cause.RECYCLE)
        for lead_id, at in lines.values_list("lead_id", "undoes__recorded_at"):
            Task.objects.filter(
                lead=lead_id, kind=TaskKind.FOLLOW_UP, created_at=at, by=None, done_at__isnull=True
            ).delete()


def _follow_up(recycled: Sequence[Moved], now: datetime) -> None:
    """One task a lead: for who set it aside, else its owner, where they still work here."""
    causes = dict(StageChange.objects.filter(pk__in=[m.change_id for m in recycled]).values_list("lead_id", "cause_id"))
    lines = StageChange.objects.select_related("by", "lead__owner").in_bulk(list(causes.values()))
    tasks = []
    for m in recycled:
        line = lines[causes[m.lead_id]]
        person = next((one for one in (line.by, line.lead.owner) if one is not None and one.is_active), None)
        if person is not None:
            tasks.append(
                NewTask(
                    lead_id=m.lead_id,
                    kind=TaskKind.FOLLOW_UP,
                    title=_("Try again, as agreed"),
                    assignee_id=person.pk,
                    team_id=person.team_id,
                    due_at=now,
                )
            )
    open_tasks(tasks, by=None, now=now)
