"""The history of a model: every version, who did what and when, and what it changed; and how far re-scoring is."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from leads.conditions.catalog import Catalog
from leads.models import ScoreModel
from scoring.decides import decision_of
from scoring.models import ModelVersion, VersionState
from scoring.progress import Progress, of_all, of_version
from scoring.views.doors import may_build, need_reader, version_at
from scoring.views.page import compare
from users.clock import database_now
from users.requests import PageRequest

SHOWN = 20


@require_safe
def history(request: PageRequest, slug: str) -> HttpResponse:
    """The latest versions with what each changed, newest first; `?all` shows every one."""
    need_reader(request.user)
    model = get_object_or_404(ScoreModel, slug=slug)
    now, catalog = database_now(), Catalog()
    decision = decision_of(model, now=now)
    people = ("created_by", "asked_by", "approved_by", "published_by", "copied_from")
    rows = model.versions.select_related("model", *people).prefetch_related("groups", "rules__group")
    lived = sorted((row for row in rows if row.published_at), key=lambda row: (row.published_at, row.pk))
    draft = next((row for row in rows if row.state == VersionState.DRAFT), None)
    order: list[ModelVersion] = [*lived, *([draft] if draft else [])]
    first = 0 if "all" in request.GET else max(0, len(order) - SHOWN)
    lines = [
        (row, compare(row, order[place - 1] if place else None, catalog, decision))
        for place, row in enumerate(order)
        if place >= first
    ]
    context = {
        "model": model,
        "lines": lines[::-1],
        "hidden": first,
        "may_build": may_build(request.user, model),
        "now": now,
    }
    return render(request, "scoring/history.html", context)


@require_safe
def version_progress(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """How many leads are scored by a version; asks again by itself until all are."""
    version = version_at(request, slug, number)
    return _progress_page(request, of_version(version))


@require_safe
def progress(request: PageRequest) -> HttpResponse:
    """How many leads still wait to be judged; asks again by itself until none does."""
    need_reader(request.user)
    return _progress_page(request, of_all())


def _progress_page(request: PageRequest, found: Progress) -> HttpResponse:
    """As a fragment of another page it shows nothing where nothing was going on from the start."""
    if request.htmx and found.is_over and "again" not in request.GET:
        return HttpResponse("")
    template = "scoring/_progress.html" if request.htmx else "scoring/progress.html"
    return render(request, template, {"progress": found, "url": request.path})
