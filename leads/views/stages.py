"""The line of stages in the settings: added, described, put elsewhere, retired with a preview."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.forms.stages import NewStageForm, RetireForm, StageForm
from leads.lifecycle.retire import Retirement, retire_stage, weigh
from leads.lifecycle.stages import StageNotPossible, add_stage, edit_stage, moved_by, reorder_stages
from leads.models import Stage
from leads.nudge import nudge
from leads.queries.line import gone_stages, the_line
from leads.views.acts import say
from leads.views.criteria import may_build, need_builder
from users.access import Right, has_right
from users.clock import database_now
from users.requests import PageRequest


def _stage(request: PageRequest, slug: str) -> Stage:
    """A live stage of a realm whose rules the user writes."""
    need_builder(request.user)
    stage = get_object_or_404(Stage, slug=slug)
    if not may_build(request.user, stage.realm):
        raise PermissionDenied(_("Your role does not change the stages of this realm."))
    return stage


@require_safe
def stage_list(request: PageRequest) -> HttpResponse:
    """Every stage with what moves leads there, who may, and how many stand there."""
    need_builder(request.user)
    context = {
        "rows": the_line(lambda realm: may_build(request.user, realm), database_now()),
        "gone": gone_stages(),
        "changes_settings": has_right(request.user, Right.CHANGE_SETTINGS),
    }
    return render(request, "leads/stage_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def stage_add(request: PageRequest) -> HttpResponse:
    """A new stage in its place."""
    need_builder(request.user)
    line = list(Stage.objects.order_by("position"))
    places = [stage for stage in line if may_build(request.user, stage.realm)]
    # Behind these two nothing may stand: the handover follows the one, the end the other.
    places = [stage for stage in places if stage.role not in ("qualified", "opportunity")]
    form = NewStageForm(request.POST or None, line=line, places=places)
    if request.method == "POST" and form.is_valid():
        after = next(stage for stage in places if stage.slug == form.cleaned_data["after"])
        role = form.cleaned_data.get("role", "")
        try:
            slug, now = form.cleaned_data["slug"], database_now()
            stage = add_stage(slug, form.described(), after=after, role=role, by=request.user.pk, now=now)
        except StageNotPossible as refused:
            form.blame(refused)
        else:
            say(request, _("%(stage)s stands after %(other)s now") % {"stage": stage.label, "other": after.label})
            return redirect("leads:stage_list")
    return _form_page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
def stage_edit(request: PageRequest, slug: str) -> HttpResponse:
    """Name, limit, movers and help of a stage."""
    stage = _stage(request, slug)
    form = StageForm(request.POST) if request.method == "POST" else StageForm(initial=StageForm.initial_of(stage))
    if request.method == "POST" and form.is_valid():
        try:
            stage = edit_stage(stage, form.described(), by=request.user.pk, now=database_now())
        except StageNotPossible as refused:
            form.blame(refused)
        else:
            say(request, _("%(stage)s saved") % {"stage": stage.label})
            return redirect("leads:stage_list")
    return _form_page(request, form, stage)


def _form_page(request: PageRequest, form: StageForm, stage: Stage | None = None) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "leads/stage_edit.html", {"form": form, "stage": stage}, status=status)


@require_POST
def stage_shift(request: PageRequest, slug: str) -> HttpResponse:
    """Put a stage one place up or down; where the line forbids it, say why not."""
    stage = _stage(request, slug)
    way = -1 if "up" in request.POST else 1
    line = list(Stage.objects.order_by("position"))
    order = moved_by(line, slug, way)
    if order is None:
        say(request, _("%(stage)s cannot go there: the handover needs this order") % {"stage": stage.label})
        return redirect("leads:stage_list")
    try:
        reorder_stages(order, by=request.user.pk, now=database_now())
    except StageNotPossible as refused:
        say(request, str(refused))
    else:
        nudge()
        text = _("%(stage)s went up") if way < 0 else _("%(stage)s went down")
        say(request, text % {"stage": stage.label})
    return redirect("leads:stage_list")


@require_http_methods(["GET", "HEAD", "POST"])
def stage_retire(request: PageRequest, slug: str) -> HttpResponse:
    """Retire a stage: GET shows what would happen, for the choice in the address; POST does it."""
    stage = _stage(request, slug)
    others = [row for row in Stage.objects.order_by("position") if row.realm == stage.realm and row != stage]
    data = request.POST if request.method == "POST" else request.GET if "into" in request.GET else None
    form = RetireForm(data, others=others, initial={"into": _neighbor(stage, others)})
    now = database_now()
    preview = _weighed(stage, form, others, now) if data is not None and form.is_valid() else None
    if request.method == "POST" and preview is not None:
        try:
            done = retire_stage(stage, preview.target, merges=preview.merges, by=request.user.pk, now=now)
        except StageNotPossible as refused:
            return _retire_page(request, stage, form, preview, [why for _field, why in refused.errors], 409)
        nudge("retired")
        nudge()
        say(request, _said(done))
        return redirect("leads:stage_list")
    return _retire_page(request, stage, form, preview, [], 422 if form.is_bound and form.errors else 200)


def _neighbor(stage: Stage, others: list[Stage]) -> str:
    """The stage before it, else the one after."""
    before = [row.slug for row in others if row.position < stage.position]
    return (before[-1:] or [row.slug for row in others][:1] or [""])[0]


def _weighed(stage: Stage, form: RetireForm, others: list[Stage], now: Any) -> Retirement:
    target = next(row for row in others if row.slug == form.cleaned_data["into"])
    return weigh(stage, target, merges=form.cleaned_data["merges"], now=now)


def _said(done: Retirement) -> str:
    names = {"stage": done.stage.label, "target": done.target.label, "n": done.leads}
    text = ngettext(
        "%(stage)s retired; %(n)d lead goes to %(target)s",
        "%(stage)s retired; %(n)d leads go to %(target)s",
        done.leads,
    )
    return text % names


def _retire_page(
    request: PageRequest, stage: Stage, form: RetireForm, preview: Retirement | None, refused: list[str], status: int
) -> HttpResponse:
    context = {"stage": stage, "form": form, "preview": preview, "refused": refused}
    return render(request, "leads/stage_retire.html", context, status=status)
