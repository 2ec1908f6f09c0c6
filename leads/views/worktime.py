"""Working time and service levels: hours, holidays, absences, how many leads somebody takes, what was agreed."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.access import deciders
from leads.forms.worktime import AbsenceForm, CapacityForm, HolidayForm, HoursForm, LevelForm, refuse
from leads.handover.rules import drop_level, set_level
from leads.models import DeadlineKind, Sla
from leads.queries.worktime import circles, holidays, levels, people
from leads.views.acts import say
from leads.views.routing import need_sales_builder
from users.access import Right, has_right
from users.clock import database_now
from users.models import Absence, Holiday, Organisation, Team, User
from users.requests import PageRequest
from users.worktime import add_absence, add_holiday, drop_absence, drop_holiday, set_capacity, set_hours


def teams_of(user: User) -> QuerySet[Team]:
    """The teams whose working time the user sets: all for administrators, their own for managers."""
    need_sales_builder(user)
    if _sets_all(user):
        return Team.objects.all()
    return Team.objects.filter(members=user)


def _sets_all(user: User) -> bool:
    return has_right(user, Right.CHANGE_SETTINGS)


def _team(request: PageRequest, pk: int) -> Team | None:
    """The team to be set; 0 is everybody, for administrators."""
    teams = teams_of(request.user)
    if pk:
        return get_object_or_404(teams, pk=pk)
    if not _sets_all(request.user):
        raise PermissionDenied("Only administrators set what counts for everybody.")
    return None


@require_safe
def sla_list(request: PageRequest) -> HttpResponse:
    """Everything at a glance."""
    teams_of(request.user)
    return _page(request)


def _page(request: PageRequest, *refused: forms.Form) -> HttpResponse:
    user, now = request.user, database_now()
    teams, everybody = list(teams_of(user)), _sets_all(user)
    today = now.astimezone(Organisation.load().zone).date()
    shown = circles(teams, now, may_edit_everybody=everybody)
    # Drawn where no form that was refused takes its place.
    wrong = {type(form): form for form in refused}
    context: dict[str, Any] = {
        "circles": shown,
        "levels": levels(shown),
        "holidays": holidays(teams, today),
        "people": people(teams, today),
        "everybody": everybody,
        "holiday_form": wrong.get(HolidayForm) or _holiday_form(request),
        "absence_form": wrong.get(AbsenceForm) or _absence_form(request),
    }
    return render(request, "leads/sla_list.html", context, status=422 if refused else 200)


def _holiday_form(request: PageRequest, data: Any = None) -> HolidayForm:
    return HolidayForm(data, teams=teams_of(request.user), everybody=_sets_all(request.user))


def _absence_form(request: PageRequest, data: Any = None) -> AbsenceForm:
    return AbsenceForm(data, people=_people_of(request.user))


def _people_of(user: User) -> QuerySet[User]:
    return deciders(teams_of(user).values_list("pk", flat=True))


@require_http_methods(["GET", "HEAD", "POST"])
def sla_edit(request: PageRequest, kind: str, team: int) -> HttpResponse:
    """Agree on a service level, or on none of a team's own."""
    row = _team(request, team)
    if kind not in DeadlineKind.values:
        raise Http404
    level = Sla.objects.filter(kind=kind, team=row).first()
    if "drop" in request.POST:
        drop_level(kind, row.pk if row else None)
        say(request, _("Dropped. Clocks that run keep their end."))
        return redirect("leads:sla_list")
    form = LevelForm(request.POST or None, initial=LevelForm.initial_of(level))
    if request.method == "POST" and form.is_valid():
        set_level(kind, row.pk if row else None, form.level())
        say(request, _("Saved. It counts from the next clock on; those that run keep their end."))
        return redirect("leads:sla_list")
    title = DeadlineKind(kind).label
    context = {"form": form, "title": title, "team": row, "may_drop": level is not None}
    return render(request, "leads/sla_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def hours_edit(request: PageRequest, team: int) -> HttpResponse:
    """Say when a team works, or the organisation."""
    row = _team(request, team)
    form = HoursForm(request.POST or None, of=row or Organisation.load())
    if request.method == "POST" and form.is_valid():
        try:
            set_hours(row, form.hours())
        except ValidationError as refused:
            refuse(form, refused.message_dict)
        else:
            say(request, _("Saved. It counts from the next clock on; those that run keep their end."))
            return redirect("leads:sla_list")
    context = {"form": form, "title": _("Working hours"), "team": row, "may_drop": False}
    return render(request, "leads/sla_edit.html", context, status=422 if form.errors else 200)


@require_POST
def holiday_add(request: PageRequest) -> HttpResponse:
    """Add a holiday."""
    form = _holiday_form(request, request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            add_holiday(said["day"], said["name"], said["team"].pk if said["team"] else None)
        except ValidationError as refused:
            refuse(form, refused.message_dict)
        else:
            say(request, _("Holiday added"))
            return _back("holidays")
    return _page(request, form)


@require_POST
def holiday_drop(request: PageRequest, pk: int) -> HttpResponse:
    """Take a holiday away."""
    teams = teams_of(request.user)
    rows = Holiday.objects.all() if _sets_all(request.user) else Holiday.objects.filter(team__in=teams)
    drop_holiday(get_object_or_404(rows, pk=pk).pk)
    say(request, _("Holiday taken away"))
    return _back("holidays")


@require_POST
def absence_add(request: PageRequest) -> HttpResponse:
    """Say that somebody is away."""
    form = _absence_form(request, request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            add_absence(said["person"].pk, said["starts_on"], said["ends_on"])
        except ValidationError as refused:
            refuse(form, refused.message_dict)
        else:
            say(request, _("Absence added: nothing is routed to %(name)s on these days") % {"name": said["person"]})
            return _back("people")
    return _page(request, form)


@require_POST
def absence_drop(request: PageRequest, pk: int) -> HttpResponse:
    """Somebody is there after all."""
    drop_absence(get_object_or_404(Absence, pk=pk, user__team__in=teams_of(request.user)).pk)
    say(request, _("Absence taken away"))
    return _back("people")


@require_POST
def capacity_set(request: PageRequest, pk: int) -> HttpResponse:
    """How many open leads somebody takes in turn."""
    person = get_object_or_404(_people_of(request.user), pk=pk)
    form = CapacityForm(request.POST)
    if not form.is_valid():
        say(request, _("Give a whole number from 0 to 1,000, or leave it empty."))
        return _back("people")
    set_capacity(person.pk, form.cleaned_data["capacity"])
    say(request, _("Capacity of %(name)s saved") % {"name": person})
    return _back("people")


def _back(place: str) -> HttpResponse:
    return redirect(f"{reverse('leads:sla_list')}#{place}")
