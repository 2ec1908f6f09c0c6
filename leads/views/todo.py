"""Tasks: one's own list, the team's, and the panel of a lead's page."""

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import F, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.access import leads_for_user
from leads.access.todo import tasks_for_user
from leads.forms.todo import TaskForm, assignees
from leads.models import Lead, Task
from leads.people.todo import TaskNotPossible, finish_tasks, open_tasks, reassign_tasks, reopen_tasks
from leads.queries.local import local
from leads.views.acts import say
from leads.views.reach import may_write, readable_lead, writable_lead
from users.clock import database_now
from users.models import User
from users.requests import PageRequest

SHOWN = 200
DONE_SHOWN = 20
DONE_SINCE = timedelta(days=7)


@require_safe
def task_list(request: PageRequest) -> HttpResponse:
    """What is to be done: late, today, later; done of late. `?whose=team` shows the team's."""
    now = database_now()
    is_team = request.GET.get("whose") == "team" and request.user.team_id is not None
    tasks = _whose(request.user, is_team=is_team).select_related("lead__company", "lead__stage", "assignee", "done_by")
    open_ones = tasks.filter(done_at=None).order_by(F("due_at").asc(nulls_last=True), "pk")
    found = list(open_ones[: SHOWN + 1])
    context: dict[str, Any] = {
        "now": now,
        "is_team": is_team,
        "groups": _groups(found[:SHOWN], now),
        "number": len(found[:SHOWN]),
        "is_more": len(found) > SHOWN,
        "done": tasks.filter(done_at__gte=now - DONE_SINCE).order_by("-done_at")[:DONE_SHOWN],
        "people": assignees(request.user) if is_team else [],
        "here": request.get_full_path(),
    }
    return render(request, "leads/task_list.html", context)


def _whose(user: User, *, is_team: bool) -> QuerySet[Task]:
    """One's own tasks; or the team's: its people's and those that are nobody's yet."""
    mine = tasks_for_user(user).filter(lead__archived_at=None)
    if not is_team:
        return mine.filter(assignee=user)
    return mine.filter(Q(assignee__team_id=user.team_id) | Q(assignee=None, team_id=user.team_id))


def _groups(tasks: list[Task], now: datetime) -> list[tuple[str, str, list[Task]]]:
    here = local(now)
    tonight = datetime.combine(here.date() + timedelta(days=1), time.min, tzinfo=here.tzinfo)
    late = [task for task in tasks if task.due_at and task.due_at < now]
    today = [task for task in tasks if task.due_at and now <= task.due_at < tonight]
    later = [task for task in tasks if task.due_at is None or task.due_at >= tonight]
    return [("late", _("Late"), late), ("today", _("Today"), today), ("later", _("Later"), later)]


@require_POST
def task_done(request: PageRequest, pk: int) -> HttpResponse:
    """Say that a task is done."""
    task = get_object_or_404(tasks_for_user(request.user, "write").select_related("lead"), pk=pk)
    try:
        finish_tasks([pk], by=request.user.pk, now=database_now())
    except TaskNotPossible as refused:
        return _after(request, task, note=str(refused))
    undo = reverse("leads:task_reopen", args=[pk])
    return _after(request, task, done=_("Done: %(title)s") % {"title": task.title}, undo=undo)


@require_POST
def task_reopen(request: PageRequest, pk: int) -> HttpResponse:
    """Take back that a task is done."""
    task = get_object_or_404(tasks_for_user(request.user, "write").select_related("lead"), pk=pk)
    try:
        reopen_tasks([pk], by=request.user.pk, now=database_now())
    except TaskNotPossible as refused:
        return _after(request, task, note=str(refused))
    return _after(request, task, done=_("Taken back"))


@require_POST
def task_give(request: PageRequest, pk: int) -> HttpResponse:
    """Give a task to somebody who sees the lead."""
    task = get_object_or_404(tasks_for_user(request.user, "write").select_related("lead"), pk=pk)
    person = assignees(request.user).filter(pk=request.POST["assignee"]).first() if _names_one(request) else None
    if person is None:
        return _after(request, task, note=_("Choose somebody of the team."))
    if not leads_for_user(person).filter(pk=task.lead_id).exists():
        return _after(request, task, note=_("%(name)s does not see this lead.") % {"name": person})
    try:
        reassign_tasks([pk], person.pk, by=request.user.pk, now=database_now())
    except TaskNotPossible as refused:
        return _after(request, task, note=str(refused))
    return _after(request, task, done=_("Given to %(name)s") % {"name": person})


def _names_one(request: PageRequest) -> bool:
    return request.POST.get("assignee", "").isdecimal()


@require_http_methods(["GET", "HEAD", "POST"])
def lead_tasks(request: PageRequest, pk: int) -> HttpResponse:
    """The tasks of a lead; POST adds one."""
    if request.method != "POST":
        return _panel(request, readable_lead(request, pk))
    lead = writable_lead(request, pk)
    form = TaskForm(request.POST, user=request.user, lead=lead)
    if not form.is_valid():
        return _panel(request, lead, form=form, status=422)
    open_tasks([form.task()], by=request.user.pk, now=database_now())
    if request.htmx:
        return _panel(request, lead)
    say(request, _("Task added"))
    return redirect("leads:lead_detail", pk)


def _panel(
    request: PageRequest, lead: Lead, *, form: TaskForm | None = None, note: str = "", status: int = 200
) -> HttpResponse:
    tasks = Task.objects.filter(lead=lead).select_related("assignee", "done_by")
    writes = may_write(request, lead)
    context = {
        "lead": lead,
        "now": database_now(),
        "open": list(tasks.filter(done_at=None).order_by(F("due_at").asc(nulls_last=True), "pk")[:SHOWN]),
        "done": list(tasks.filter(done_at__isnull=False).order_by("-done_at")[:3]),
        "may_write": writes,
        "form": (form or TaskForm(user=request.user, lead=lead)) if writes else None,
        "note": note,
    }
    # htmx swaps what a form got wrong, too, if it comes as a success.
    template = "leads/_lead_tasks.html" if request.htmx else "leads/lead_tasks.html"
    return render(request, template, context, status=200 if request.htmx else status)


def _after(request: PageRequest, task: Task, *, done: str = "", note: str = "", undo: str = "") -> HttpResponse:
    """The lead's panel anew; on the list of tasks a toast and the list."""
    if request.htmx:
        return _panel(request, task.lead, note=note)
    if note:
        messages.error(request, note)
    else:
        say(request, done, undo=undo)
    return redirect(f"{reverse('leads:task_list')}{'?whose=team' if request.POST.get('whose') == 'team' else ''}")
