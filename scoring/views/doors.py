"""Who may read, change and approve score models, and finding a version for them."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse

from leads.models import ScoreModel
from scoring.approval import approving_right, building_right
from scoring.models import ModelVersion
from users.access import Right, has_right
from users.models import User
from users.requests import PageRequest


def may_build(user: User, model: ScoreModel) -> bool:
    """Whether the user may change a model: sales' models belong to sales managers."""
    return has_right(user, building_right(model.purpose))


def may_approve(user: User, model: ScoreModel) -> bool:
    """Whether the user's word makes a draft of the model good: for sales' models that of a sales manager alone."""
    return has_right(user, approving_right(model.purpose))


def need_reader(user: User) -> None:
    """Refuse those who build no rules at all."""
    if not (has_right(user, Right.BUILD_RULES) or has_right(user, Right.BUILD_SALES_MODELS)):
        raise PermissionDenied("Your role does not build score models.")


def need_builder(user: User, model: ScoreModel) -> None:
    """Refuse those who do not build models of this realm."""
    if not may_build(user, model):
        raise PermissionDenied("Sales models are changed by sales managers, marketing's by marketers.")


def version_at(request: PageRequest, slug: str, number: int) -> ModelVersion:
    """A version of a model, 404 where there is none."""
    need_reader(request.user)
    people = ("created_by", "asked_by", "approved_by", "published_by")
    rows = ModelVersion.objects.select_related("model", "copied_from", *people)
    return get_object_or_404(rows, model__slug=slug, number=number)


def buildable_version(request: PageRequest, slug: str, number: int) -> ModelVersion:
    """A version of a model that the user may change."""
    version = version_at(request, slug, number)
    need_builder(request.user, version.model)
    return version


def written_version(request: PageRequest, slug: str, number: int) -> ModelVersion:
    """The draft somebody writes. Where it was discarded meanwhile the model's latest version refuses what was typed.

    So it stays on the page, and can be saved once there is a draft again, which has the number of the one discarded.
    """
    try:
        return buildable_version(request, slug, number)
    except Http404:
        latest = ModelVersion.objects.filter(model__slug=slug, number__lt=number).order_by("-number").first()
        if request.method != "POST" or latest is None:
            raise
        return buildable_version(request, slug, latest.number)


def version_url(version: ModelVersion) -> str:
    """The page of a version."""
    return reverse("scoring:version", args=[version.model.slug, version.number])


def url_if_there(name: str, *args: object) -> str:
    """The address of a page; empty where the page is not built in."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
