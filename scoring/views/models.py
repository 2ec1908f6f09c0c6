"""Score models and their versions, read by anybody who builds rules."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.conditions.catalog import Catalog
from leads.models import ScoreModel
from leads.nudge import nudge
from scoring.draft import NotADraft, begin_draft, set_frame
from scoring.forms import BandsForm
from scoring.models import ModelVersion, VersionState
from scoring.publish import DraftExists, NotPublishable, copy_to_draft, publish_version
from scoring.views.sentences import grouped
from users.access import Right, has_right
from users.clock import database_now
from users.models import User
from users.requests import PageRequest


def may_build(user: User, model: ScoreModel) -> bool:
    """Whether the user may change a model: sales' models belong to sales managers."""
    is_sales = model.purpose == ScoreModel.Purpose.SALES
    return has_right(user, Right.BUILD_SALES_MODELS if is_sales else Right.BUILD_RULES)


def need_reader(user: User) -> None:
    """Refuse those who build no rules at all."""
    if not (has_right(user, Right.BUILD_RULES) or has_right(user, Right.BUILD_SALES_MODELS)):
        raise PermissionDenied("Your role does not build score models.")


def version_at(request: PageRequest, slug: str, number: int) -> ModelVersion:
    """A version of a model, 404 where there is none."""
    need_reader(request.user)
    rows = ModelVersion.objects.select_related("model", "published_by")
    return get_object_or_404(rows, model__slug=slug, number=number)


def buildable_version(request: PageRequest, slug: str, number: int) -> ModelVersion:
    """A version of a model that the user may change."""
    version = version_at(request, slug, number)
    if not may_build(request.user, version.model):
        raise PermissionDenied("Sales models are changed by sales managers, marketing's by marketers.")
    return version


def version_url(version: ModelVersion) -> str:
    """The page of a version."""
    return reverse("scoring:version", args=[version.model.slug, version.number])


@require_safe
def model_list(request: PageRequest) -> HttpResponse:
    """To the first model's version in force; without models, how to begin."""
    need_reader(request.user)
    first = ModelVersion.objects.select_related("model").order_by("model__purpose", "model__slug", "-number")
    found = first.filter(state=VersionState.PUBLISHED).first() or first.first()
    if found is not None:
        return redirect(version_url(found))
    models = [(model, may_build(request.user, model)) for model in ScoreModel.objects.all()]
    return render(request, "scoring/empty.html", {"models": models})


@require_safe
def version_page(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """The rules of a version as sentences, its groups with caps, its history."""
    version = version_at(request, slug, number)
    builds = may_build(request.user, version.model)
    versions = list(version.model.versions.select_related("published_by"))
    context = {
        "version": version,
        "groups": grouped(version, Catalog()),
        "versions": versions,
        "tabs": _tabs(version),
        "without": ScoreModel.objects.filter(versions=None),
        "may_build": builds,
        "may_change": builds and version.state == VersionState.DRAFT,
        "now": database_now(),
    }
    return render(request, "scoring/version.html", context)


def _tabs(current: ModelVersion) -> list[dict[str, Any]]:
    """One tab a model, leading to its version in force, else to its latest."""
    found: dict[int, ModelVersion] = {}
    for version in ModelVersion.objects.select_related("model").order_by("model__purpose", "model__slug", "-number"):
        shown = found.get(version.model_id)
        if shown is None or (version.state == VersionState.PUBLISHED and shown.state != VersionState.PUBLISHED):
            found[version.model_id] = version
    return [
        {
            "url": version_url(version),
            "label": version.model.name,
            "count": f"v{version.number}",
            "current": version.model_id == current.model_id,
        }
        for version in found.values()
    ]


@require_POST
def draft_begin(request: PageRequest, slug: str) -> HttpResponse:
    """An empty draft of a model that has no version yet."""
    need_reader(request.user)
    model = get_object_or_404(ScoreModel, slug=slug)
    if not may_build(request.user, model):
        raise PermissionDenied("Sales models are changed by sales managers, marketing's by marketers.")
    try:
        return redirect(version_url(begin_draft(model, by=request.user.pk, now=database_now())))
    except DraftExists as refused:
        messages.error(request, str(refused))
        return redirect("scoring:version", model.slug, refused.number)


@require_POST
def version_copy(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """Copy a version to a new draft: to change it, or to roll back to it."""
    version = buildable_version(request, slug, number)
    try:
        draft = copy_to_draft(version, by=request.user.pk, now=database_now())
    except DraftExists as refused:
        messages.error(request, str(refused))
        return redirect("scoring:version", slug, refused.number)
    messages.success(request, _("Copied to draft %(number)d") % {"number": draft.number})
    return redirect(version_url(draft))


@require_POST
def version_publish(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """Put a draft in force; every lead is scored anew."""
    version = buildable_version(request, slug, number)
    try:
        publish_version(version, by=request.user.pk, now=database_now())
    except NotPublishable as refused:
        for rule, errors in refused.errors.items():
            for why in errors.values():
                messages.error(request, f"{rule}: {why}")
    else:
        nudge()
        messages.success(request, _("Version %(number)d is in force; leads are scored anew") % {"number": number})
    return redirect(version_url(version))


@require_http_methods(["GET", "HEAD", "POST"])
def bands_edit(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """Where a draft's bands begin."""
    version = buildable_version(request, slug, number)
    form = BandsForm(request.POST if request.method == "POST" else None, initial=BandsForm.initial_of(version))
    if form.is_valid():
        try:
            set_frame(version.pk, form.frame)
        except NotADraft as refused:
            form.add_error(None, str(refused))
        else:
            return redirect(version_url(version))
    context = {"version": version, "form": form, "title": _("Bands")}
    return render(request, "scoring/frame_edit.html", context, status=422 if form.errors else 200)
