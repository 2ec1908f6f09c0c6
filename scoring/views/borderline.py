"""The borderline queue: leads just below a model's threshold, one after the other, and what came of those before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from leads.access import leads_for_user
from leads.access.moves import need_mover, why_not_by
from leads.conditions.select import plan_for
from leads.forms.acts import reason_choices, text_field
from leads.forms.days import ComingDay
from leads.forms.decisions import SnoozeForm
from leads.lifecycle.move import MoveNotAllowed
from leads.lifecycle.undo import UndoNotPossible
from leads.models import Lead, ReasonKind, ScoreModel, Stage
from leads.nudge import nudge
from leads.queries.case import last_acts
from leads.queries.facts import bant_parts, latest_bant
from leads.queries.local import local
from leads.queries.standing import stations
from leads.views.acts import say, why_not
from scoring.borderline import (
    COUNTED,
    Band,
    band_of,
    in_band_since,
    may_review,
    models_of,
    queue_for,
    reachable,
    said_of,
)
from scoring.models import BorderlineReview, BorderlineVerdict
from scoring.review import DayRequired, NotBorderline, Review, review, take_back
from scoring.review_report import outcomes
from scoring.views.scores import score_context
from users.access import Right, has_right
from users.calendars import Calendars
from users.clock import database_now
from users.models import User
from users.requests import PageRequest

SHOWN = 50


class NurtureForm(forms.Form):
    """Back to nurture: why, and when to try again."""

    until = ComingDay(label=gettext_lazy("Try again on"), required=False)
    reason = forms.ChoiceField(
        label=gettext_lazy("Why not now"), choices=lambda: reason_choices(ReasonKind.NURTURE), widget=forms.RadioSelect
    )
    note = text_field(gettext_lazy("Note"), required=False)


@dataclass(frozen=True)
class Queue:
    """The head of the queue and the lead at hand."""

    rows: list[Lead]
    at: int
    total: int

    @property
    def lead(self) -> Lead | None:
        """The one at hand; None where nobody waits."""
        return self.rows[self.at] if self.rows else None

    @property
    def more(self) -> int:
        """How many wait below those shown."""
        return max(self.total - len(self.rows), 0)

    @property
    def before(self) -> Lead | None:
        """The one above it."""
        return self.rows[self.at - 1] if self.at else None

    @property
    def after(self) -> Lead | None:
        """The one that opens next; at the end the first again."""
        if self.at + 1 < len(self.rows):
            return self.rows[self.at + 1]
        return self.rows[0] if self.at else None


@require_safe
def borderline_home(request: PageRequest) -> HttpResponse:
    """To the first queue the user may look at; without one, what it takes."""
    found = models_of(request.user)
    if found:
        return redirect("scoring:borderline", slug=found[0].slug)
    if not (has_right(request.user, Right.BUILD_RULES) or has_right(request.user, Right.BUILD_SALES_MODELS)):
        raise PermissionDenied("No model with a borderline is yours to look at.")
    return render(request, "scoring/borderline_none.html")


@require_safe
def borderline(request: PageRequest, slug: str) -> HttpResponse:
    """The queue of one model and the lead at hand, named by `?lead=`."""
    return queue_page(request, _model(request, slug), request.GET.get("lead", ""))


def _model(request: PageRequest, slug: str) -> ScoreModel:
    model = get_object_or_404(ScoreModel.objects.select_related("borderline_team"), slug=slug)
    if not may_review(request.user, model):
        raise PermissionDenied("The borderline of this model is for its team.")
    return model


def queue_page(
    request: PageRequest, model: ScoreModel, wanted: str, status: int = 200, boxes: dict[str, Any] | None = None
) -> HttpResponse:
    """The queue with the wanted lead at hand; htmx gets what changes. `boxes` come back with what is wrong in them."""
    now = database_now()
    band = band_of(model, now)
    context: dict[str, Any] = {"model": model, "band": band, "now": now, "models": _switch(request.user, model)}
    if band is not None:
        found = _queue(request.user, band, now, wanted)
        context |= {"queue": found, "outcomes": outcomes(band, now), **_case(request, found, band, now)}
    context |= boxes or {}
    if not request.htmx:
        return render(request, "scoring/borderline.html", context, status=status)
    response = render(request, "scoring/_borderline_step.html", context, status=status)
    place = f"?lead={context['queue'].lead.pk}" if band and context["queue"].lead else ""
    response["HX-Replace-Url"] = reverse("scoring:borderline", args=[model.slug]) + place
    return response


def _queue(user: User, band: Band, now: datetime, wanted: str) -> Queue:
    mine = queue_for(user, band, plan_for(now).today)
    rows = list(mine[:SHOWN])
    total = len(rows) if len(rows) < SHOWN else mine.order_by()[:COUNTED].count()
    at = next((place for place, row in enumerate(rows) if str(row.pk) == wanted), None)
    if at is None and wanted.isdecimal() and len(wanted) < 19:
        named = mine.filter(pk=wanted).first()
        rows, at = ([named, *rows], 0) if named is not None else (rows, 0)
    return Queue(rows, at or 0, total)


def _switch(user: User, current: ScoreModel) -> list[dict[str, Any]]:
    found = models_of(user)
    if len(found) < 2:
        return []
    return [
        {"url": reverse("scoring:borderline", args=[row.slug]), "label": row.name, "current": row == current}
        for row in found
    ]


def _case(request: PageRequest, found: Queue, band: Band, now: datetime) -> dict[str, Any]:
    """Everything known of the lead at hand."""
    lead = found.lead
    if lead is None:
        return {}
    today = plan_for(now).today
    since = in_band_since(lead, band)
    calendar = Calendars().of(request.user.team_id)
    return {
        "lead": lead,
        "is_readable": leads_for_user(request.user).filter(pk=lead.pk).exists(),
        "stations": stations(lead, list(Stage.objects.order_by("position")), None, None, now),
        "acts": last_acts(lead.pk),
        "bant_parts": bant_parts(latest_bant(lead.pk).get(band.stage.realm)),
        "days": None if since is None else (today - local(since).date()).days,
        "reviewed": list(said_of(lead, band.model, lead.cycle).select_related("by")[:3]),
        "refused_up": why_not_by(request.user, band.stage),
        "wait_form": SnoozeForm(auto_id="wait_%s", calendar=calendar, now=now),
        "nurture_form": NurtureForm(auto_id="nurture_%s"),
        **score_context(lead, band.model, today, today, now),
    }


@require_POST
def borderline_review(request: PageRequest, slug: str, pk: int, verdict: str) -> HttpResponse:
    """Decide on one lead of the queue, and open the next."""
    model, now = _model(request, slug), database_now()
    if verdict not in BorderlineVerdict.values:
        raise Http404
    lead = _lead(request, model, pk)
    said, boxes = _said(request, model, verdict, lead, now)
    if said is None:
        return queue_page(request, model, str(pk), status=422, boxes=boxes)
    try:
        (row,) = review([said], model=model, by=request.user.pk, now=now)
    except DayRequired as refused:
        form = boxes["wait_form"]
        form.add_error("on", str(refused))
        return queue_page(request, model, str(pk), status=422, boxes=boxes)
    except NotBorderline as gone:
        messages.error(request, _faster(request.user, lead, gone.faster.get(pk)))
        return queue_page(request, model, request.POST.get("next", ""), status=409)
    except MoveNotAllowed as refused:
        messages.error(request, why_not(refused))
        return queue_page(request, model, str(pk), status=409)
    nudge()
    back = reverse("scoring:borderline_undo", args=[slug, row.pk])
    say(request, _DONE[said.verdict] % {"name": lead.name}, undo=back)
    return _onward(request, model, request.POST.get("next", ""))


_DONE = {
    BorderlineVerdict.PROMOTED: gettext_lazy("%(name)s moved up"),
    BorderlineVerdict.WAIT: gettext_lazy("%(name)s comes back on the day"),
    BorderlineVerdict.NURTURE: gettext_lazy("%(name)s is nurtured"),
}


def _lead(request: PageRequest, model: ScoreModel, pk: int) -> Lead:
    """The lead, 404 outside the user's reach, 403 where it may only be read."""
    lead = get_object_or_404(reachable(request.user, model, "read").select_related("stage"), pk=pk)
    if not reachable(request.user, model).filter(pk=pk).exists():
        raise PermissionDenied("Your role may read this, not change it.")
    return lead


def _said(
    request: PageRequest, model: ScoreModel, verdict: str, lead: Lead, now: datetime
) -> tuple[Review | None, dict[str, Any]]:
    """The verdict as the flow takes it, or the boxes with what is wrong in them; 403 for a move not theirs to make."""
    if verdict == BorderlineVerdict.PROMOTED:
        if band := band_of(model, now):
            need_mover(request.user, slug=band.stage.slug)
        return Review(lead_id=lead.pk, verdict=BorderlineVerdict.PROMOTED), {}
    if verdict == BorderlineVerdict.WAIT:
        calendar = Calendars().of(request.user.team_id)
        wait = SnoozeForm(request.POST, auto_id="wait_%s", calendar=calendar, now=now)
        boxes = {"wait_form": wait, "open_box": "wait-box"}
        if not wait.is_valid():
            return None, boxes
        until = wait.cleaned_data["until"].astimezone(calendar.zone).date()
        return Review(lead_id=lead.pk, verdict=BorderlineVerdict.WAIT, until=until), boxes
    form = NurtureForm(request.POST, auto_id="nurture_%s")
    boxes = {"nurture_form": form, "open_box": "nurture-box"}
    if not form.is_valid():
        return None, boxes
    return Review(lead_id=lead.pk, verdict=BorderlineVerdict.NURTURE, **form.cleaned_data), boxes


def _faster(user: User, lead: Lead, last: BorderlineReview | None) -> str:
    """Who decided on the lead meanwhile, or that its points moved it. One never in the queue is not named to all."""
    if last is None:
        if not leads_for_user(user).filter(pk=lead.pk).exists():
            return _("This lead is not in the borderline. Nothing of yours was saved.")
        text = _("%(lead)s has left the borderline in the meantime. Nothing of yours was saved.")
        return text % {"lead": lead.name}
    return _("%(who)s was faster: %(lead)s, %(what)s, %(when)s. Nothing of yours was saved.") % {
        "who": last.by or _("somebody"),
        "lead": lead.name,
        "what": last.get_verdict_display().lower(),
        "when": date_format(local(last.recorded_at), "j M, H:i"),
    }


def _onward(request: PageRequest, model: ScoreModel, wanted: str) -> HttpResponse:
    if request.htmx:
        return queue_page(request, model, wanted)
    url = reverse("scoring:borderline", args=[model.slug])
    return redirect(f"{url}?lead={wanted}" if wanted.isdecimal() else url)


@require_POST
def borderline_undo(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """Take back one's own decision; the lead is at hand again."""
    model = _model(request, slug)
    row = get_object_or_404(BorderlineReview, pk=pk, model=model)
    _lead(request, model, row.lead_id)
    if row.by_id != request.user.pk:
        raise PermissionDenied("Only the person who decided can take a decision back.")
    try:
        take_back(row.pk, by=request.user.pk, now=database_now())
    except UndoNotPossible as refused:
        messages.error(request, str(refused))
    else:
        nudge()
        say(request, _("Taken back"))
    return _onward(request, model, str(row.lead_id))
