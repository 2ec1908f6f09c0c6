"""What is done with a whole version: asked for, approved, published, discarded, brought back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leads.nudge import nudge
from leads.seen import ChangedMeanwhile
from scoring.draft import NotADraft
from scoring.life import approve_version, ask_for_approval, discard_draft, refuse_approval, roll_back
from scoring.models import ModelVersion
from scoring.publish import DraftExists, NotPublishable, copy_to_draft, publish_version
from scoring.views.doors import buildable_version, may_approve, version_at, version_url
from scoring.views.meanwhile import complain
from users.clock import database_now
from users.requests import PageRequest


@require_POST
def version_copy(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """Copy a version to a new draft, to change it."""
    version = buildable_version(request, slug, number)
    try:
        draft = copy_to_draft(version, by=request.user.pk, now=database_now())
    except DraftExists as refused:
        messages.error(request, str(refused))
        return redirect("scoring:version", slug, refused.number)
    except NotPublishable as refused:
        return _told(request, refused, version)
    messages.success(request, _("Copied to draft %(number)d") % {"number": draft.number})
    return redirect(version_url(draft))


@require_POST
def version_ask(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """Ask those who may for approval."""
    version = buildable_version(request, slug, number)
    return _as_shown(request, version, ask_for_approval, _("Asked for approval of draft %(number)d"))


@require_POST
def version_approve(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """Approve a draft."""
    return _as_shown(request, _approvable(request, slug, number), approve_version, _("Draft %(number)d is approved"))


def _as_shown(request: PageRequest, version: ModelVersion, step: Callable[..., object], said: str) -> HttpResponse:
    """Take a step with a draft as it was shown, and say so, or why not."""
    seen, now = request.POST.get("seen", ""), database_now()
    return _done(
        request,
        version,
        lambda: step(version.pk, by=request.user.pk, now=now, seen=seen),
        said % {"number": version.number},
    )


@require_POST
def version_refuse(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """Give an asked or approved draft back."""
    version = _approvable(request, slug, number)
    now = database_now()
    said = _("Draft %(number)d is given back: it is not approved") % {"number": number}
    return _done(request, version, lambda: refuse_approval(version.pk, by=request.user.pk, now=now), said)


def _approvable(request: PageRequest, slug: str, number: int) -> ModelVersion:
    version = version_at(request, slug, number)
    if not may_approve(request.user, version.model):
        raise PermissionDenied("Sales models are approved by sales managers.")
    return version


@require_POST
def version_publish(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """Put a draft in force; every lead is scored anew."""
    version = buildable_version(request, slug, number)

    def publish(pk: int, **said: Any) -> None:
        publish_version(version, **said)
        nudge()

    return _as_shown(request, version, publish, _("Version %(number)d is in force; leads are scored anew"))


@require_POST
def version_discard(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """Throw a draft away, with all that was shown of it."""
    version = buildable_version(request, slug, number)
    try:
        discard_draft(version.pk, by=request.user.pk, now=database_now(), seen=request.POST.get("seen", ""))
    except (NotADraft, ChangedMeanwhile) as refused:
        complain(request, refused, version)
        return redirect(version_url(version))
    messages.success(request, _("Draft %(number)d is discarded") % {"number": number})
    return redirect("scoring:model", slug)


@require_POST
def version_roll_back(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """Put the content of a retired version in force again."""
    version = buildable_version(request, slug, number)
    try:
        back = roll_back(version, by=request.user.pk, now=database_now())
    except NotPublishable as refused:
        return _told(request, refused, version)
    nudge()
    said = {"number": number, "new": back.number}
    messages.success(request, _("Version %(number)d is in force again, as version %(new)d") % said)
    return redirect(version_url(back))


def _done(request: PageRequest, version: ModelVersion, step: Callable[[], object], said: str) -> HttpResponse:
    """Take one step and say so, or why not."""
    try:
        step()
    except (NotADraft, ChangedMeanwhile) as refused:
        complain(request, refused, version)
    except NotPublishable as refused:
        return _told(request, refused, version)
    else:
        messages.success(request, said)
    return redirect(version_url(version))


def _told(request: PageRequest, refused: NotPublishable, version: ModelVersion) -> HttpResponse:
    for name, errors in refused.errors.items():
        for why in errors.values():
            messages.error(request, why if name == "version" else f"{name}: {why}")
    return redirect(version_url(version))
