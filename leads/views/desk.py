"""The desk of sales development: whom to call next, BANT while talking, what comes of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from leads.access import handovers_for_user, leads_for_user
from leads.activity.assess import amend
from leads.forms.acts import reason_choices
from leads.forms.desk import CALLS, NURTURE, RECOMMEND, SAVE, DeskForm
from leads.handover.recommend import Recommendation, recommend, withdraw_recommendation
from leads.lifecycle.move import Move, MoveNotAllowed, move
from leads.lifecycle.undo import UndoNotPossible
from leads.models import CallResult, Cause, Handover, Lead, Outcome, Realm, ReasonKind, Stage
from leads.nudge import nudge
from leads.people.calls import NewCall, log_call
from leads.queries.bant import known
from leads.queries.case import last_acts, why
from leads.queries.desk import Queue, last_calls, queue
from leads.queries.facts import latest_bant
from leads.queries.local import local
from leads.queries.local_time import local_time
from leads.queries.nurture import was_set_aside
from leads.queries.queue import qualifying_goal
from leads.queries.scripts import sayings
from leads.queries.standing import Goal, stations
from leads.views.acts import say, why_not
from leads.views.reach import writable_lead
from users.access import Right, assesses, has_right
from users.clock import database_now
from users.models import User
from users.requests import PageRequest
from users.transactions import one_transaction

LATER = timedelta(days=90)
STAYS = (SAVE, CallResult.REACHED)  # one goes on talking


def _guard(request: PageRequest) -> None:
    if not has_right(request.user, Right.DIAGNOSE):
        raise PermissionDenied(_("The desk belongs to those who speak to leads."))


def _realm(user: User) -> Realm:
    """Whose BANT is filled here: marketing's, but by those who write sales' only."""
    return Realm.MARKETING if Realm.MARKETING in assesses(user) else Realm.SALES


@require_safe
def desk(request: PageRequest) -> HttpResponse:
    """The queue and the lead at hand, named by `?lead=`; with `?mode=calls` the list to call from."""
    _guard(request)
    if request.GET.get("mode") == "calls":
        return _call_list(request)
    return _page(request, request.GET.get("lead", ""))


def _waiting(request: PageRequest, goal: Goal | None, now: datetime) -> Queue:
    return queue(leads_for_user(request.user, "write"), request.user, goal, now)


def _call_list(request: PageRequest) -> HttpResponse:
    now = database_now()
    goal = qualifying_goal(now)
    waiting = _waiting(request, goal, now)
    rows = [(row, _local_time(row.lead, now)) for row in waiting.rows]
    return render(request, "leads/desk_calls.html", {"queue": waiting, "rows": rows, "now": now})


def _local_time(lead: Lead, now: datetime) -> Any:
    return local_time(lead.company.country, now) if lead.company else None


def _page(request: PageRequest, wanted: str, form: DeskForm | None = None, status: int = 200) -> HttpResponse:
    now = database_now()
    goal = qualifying_goal(now)
    waiting = _waiting(request, goal, now)
    context: dict[str, Any] = {"now": now, "queue": waiting, "goal": goal}
    lead = _at_hand(request, wanted) or (waiting.rows[0].lead if waiting.rows else None)
    if lead is not None:
        place = waiting.place_of(lead.pk)
        ahead = waiting.rows[(-1 if place is None else place) + 1 :] or waiting.rows[:1]
        context |= {
            "row": None if place is None else waiting.rows[place],
            "place": 0 if place is None else place + 1,
            "before": waiting.rows[place - 1] if place else None,
            "after": next((row for row in ahead if row.lead.pk != lead.pk), None),
            **_case(request, lead, goal, now, form),
        }
    return render(request, "leads/desk.html", context, status=status)


def _at_hand(request: PageRequest, wanted: str) -> Lead | None:
    rows = leads_for_user(request.user, "write").filter(archived_at=None)
    rows = rows.select_related("company", "stage", "owner", "channel")
    return rows.filter(pk=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 19 else None


def _case(request: PageRequest, lead: Lead, goal: Goal | None, now: datetime, form: DeskForm | None) -> dict[str, Any]:
    """Everything that helps to speak to the lead at hand."""
    realm = _realm(request.user)
    bant = latest_bant(lead.pk)
    last = bant.get(realm)
    later = (local(now) + LATER).date()
    initial = DeskForm.initial_of(last) | {"until": later, "expect": lead.stage_id}
    return {
        "lead": lead,
        "form": form or DeskForm(initial=initial),
        "realm": realm,
        "last": last,
        "other": next((row for name, row in bant.items() if name != realm), None),
        "known": known(last),
        "there": _local_time(lead, now),
        "card": why(lead.pk, goal),
        "acts": last_acts(lead.pk),
        "calls": last_calls(lead.pk),
        "aside": was_set_aside(lead) if lead.cycle > 1 else None,
        "says": sayings(lead),
        "stations": stations(lead, list(Stage.objects.order_by("position")), None, None, now),
        "times": _times(now),
        "nurture_reasons": reason_choices(ReasonKind.NURTURE),
        "disqualify_reasons": reason_choices(ReasonKind.DISQUALIFIED),
    }


def _times(now: datetime) -> list[tuple[str, str]]:
    """Times to call back that are offered: later today, tomorrow, next week; in the reader's zone."""
    here = local(now).replace(second=0, microsecond=0)
    hour = here + timedelta(minutes=60 - here.minute % 5)
    third = hour + timedelta(hours=2)
    morning = here.replace(hour=9, minute=0) + timedelta(days=1)
    monday = here.replace(hour=9, minute=0) + timedelta(days=8 - here.isoweekday())
    words = [
        (hour, _("in an hour, %(time)s") % {"time": date_format(hour, "H:i")}),
        (third, _("in three hours, %(time)s") % {"time": date_format(third, "H:i")}),
        (morning, _("tomorrow, %(time)s") % {"time": date_format(morning, "H:i")}),
        (monday, date_format(monday, "l, j M, H:i")),
    ]
    return [(at.strftime("%Y-%m-%dT%H:%M"), text) for at, text in words]


@require_POST
def desk_act(request: PageRequest, pk: int) -> HttpResponse:
    """Keep what was filled in, and do what the button says, both or neither; then on to the next lead."""
    _guard(request)
    lead = writable_lead(request, pk)
    form = DeskForm(request.POST)
    if not form.is_valid():
        return _page(request, str(pk), form, status=422)
    try:
        with one_transaction():
            said, undo = _perform(form.cleaned_data, lead, request.user, database_now())
    except MoveNotAllowed as refused:
        form.add_error(None, why_not(refused))
        return _page(request, str(pk), form, status=409)
    nudge()
    say(request, said % {"name": lead.name}, undo=undo)
    return _on(str(pk) if form.cleaned_data["verb"] in STAYS else request.POST.get("next", ""))


def _perform(values: Mapping[str, Any], lead: Lead, user: User, now: datetime) -> tuple[str, str]:
    """Call the flows of the button; returns what to say and how to take it back."""
    verb = values["verb"]
    saved = amend(lead.pk, _realm(user), DeskForm.said_of(dict(values)), by=user.pk, now=now)
    if verb == SAVE:
        return (_("BANT of %(name)s saved") if saved else _("Nothing new to save")), ""
    if verb in CALLS:
        back_at = values["call_back_at"] if verb == CallResult.CALL_BACK else None
        call = NewCall(lead_id=lead.pk, result=CALLS[verb], text=values["note"] if saved else "", call_back_at=back_at)
        log_call([call], by=user.pk, now=now)
        return _("Call to %%(name)s saved: %(result)s") % {"result": CALLS[verb].label}, ""
    if verb == RECOMMEND:
        return _recommend(lead, values["note"], user, now)
    outcome = Outcome.NURTURE if verb == NURTURE else Outcome.DISQUALIFIED
    wish = Move(
        lead_id=lead.pk,
        to=outcome,
        cause=Cause.PERSON,
        reason=values["reason"],
        note=values["note"],
        until=values["until"] if outcome == Outcome.NURTURE else None,
        expect_stage_id=values["expect"],
    )
    (moved,) = move([wish], by=user.pk, now=now)
    done = _("%(name)s set aside") if outcome == Outcome.NURTURE else _("%(name)s disqualified")
    return done, _undo_move(moved.change_id)


def _recommend(lead: Lead, text: str, user: User, now: datetime) -> tuple[str, str]:
    moved = recommend([Recommendation(lead_id=lead.pk, text=text)], by=user.pk, now=now)
    if moved:
        return _("%(name)s recommended to sales"), _undo_move(moved[0].change_id)
    offer = Handover.objects.get(lead=lead, state="open")
    return _("%(name)s recommended to sales"), reverse("leads:recommendation_undo", args=[offer.pk])


def _undo_move(change_id: int) -> str:
    return f"{reverse('leads:move_undo', args=[change_id])}?next=desk"


def _on(lead: str) -> HttpResponse:
    url = reverse("leads:desk")
    return redirect(f"{url}?lead={lead}" if lead.isdecimal() else url)


@require_POST
def recommendation_undo(request: PageRequest, pk: int) -> HttpResponse:
    """Take back one's own recommendation of an offer that stood before."""
    handover = get_object_or_404(handovers_for_user(request.user), pk=pk)
    if handover.recommended_by_id != request.user.pk:
        raise PermissionDenied(_("Only the person who recommended can take a recommendation back."))
    try:
        withdraw_recommendation(pk, by=request.user.pk, now=database_now())
    except UndoNotPossible as refused:
        messages.error(request, str(refused))
    else:
        say(request, _("Taken back"))
    return _on(str(handover.lead_id))
