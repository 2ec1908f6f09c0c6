"""Score models and the page of a version, read by anybody who builds rules."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.models import ScoreModel
from leads.seen import ChangedMeanwhile
from leads.views.meanwhile import Meanwhile, answered, stands
from scoring.draft import InvalidVersion, NotADraft, begin_draft, set_frame
from scoring.forms import BandsForm
from scoring.forms.model import ModelForm
from scoring.models import ModelVersion, VersionState
from scoring.open import open_model
from scoring.publish import DraftExists, NotPublishable
from scoring.seen import stamp_of_frame
from scoring.starters import NoSuchStarter, WrongRealm, begin_from, starters
from scoring.views.doors import may_build, need_builder, need_reader, version_at, version_url, written_version
from scoring.views.meanwhile import told
from scoring.views.page import model_tabs, version_context
from users.clock import database_now
from users.requests import PageRequest


@require_safe
def model_list(request: PageRequest) -> HttpResponse:
    """To the first model's version in force; without models, how to begin."""
    need_reader(request.user)
    first = ModelVersion.objects.select_related("model").order_by("model__purpose", "model__slug", "-number")
    found = first.filter(state=VersionState.PUBLISHED).first() or first.first()
    if found is not None:
        return redirect(version_url(found))
    model = ScoreModel.objects.order_by("purpose", "slug").first()
    if model is not None:
        return redirect("scoring:model", model.slug)
    return render(request, "scoring/empty.html", {"may_add": _realms(request)})


@require_safe
def model_home(request: PageRequest, slug: str) -> HttpResponse:
    """To the version in force, else to the latest; a model without any is begun here."""
    need_reader(request.user)
    model = get_object_or_404(ScoreModel, slug=slug)
    versions = model.versions.order_by("-number")
    found = versions.filter(state=VersionState.PUBLISHED).first() or versions.first()
    if found is not None:
        return redirect("scoring:version", slug, found.number)
    context = {
        "model": model,
        "tabs": model_tabs(model, None, now=database_now()),
        "starters": [row for row in starters() if row.purpose == model.purpose],
        "may_build": may_build(request.user, model),
        "may_add": _realms(request),
    }
    return render(request, "scoring/model_begin.html", context)


def _realms(request: PageRequest) -> list[str]:
    """The realms in which the user may add models."""
    return [realm for realm in ScoreModel.Purpose.values if may_build(request.user, ScoreModel(purpose=realm))]


@require_http_methods(["GET", "HEAD", "POST"])
def model_add(request: PageRequest) -> HttpResponse:
    """Add a model; then it gets its rules."""
    need_reader(request.user)
    form = ModelForm(request.POST if request.method == "POST" else None, realms=_realms(request))
    if form.is_valid():
        values = form.cleaned_data
        need_builder(request.user, ScoreModel(purpose=values["purpose"]))
        try:
            model = open_model(**values)
        except ValidationError as refused:  # somebody took the key a moment ago
            form.add_error(None, refused)
        else:
            messages.success(request, _("%(model)s is there; give it its rules") % {"model": model.name})
            return redirect("scoring:model", model.slug)
    context = {"form": form, "title": _("New score model")}
    return render(request, "scoring/model_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def model_edit(request: PageRequest, slug: str) -> HttpResponse:
    """What a model is called, how it scores companies, and who looks at its borderline."""
    need_reader(request.user)
    model = get_object_or_404(ScoreModel, slug=slug)
    need_builder(request.user, model)
    form = ModelForm(request.POST if request.method == "POST" else None, realms=_realms(request), instance=model)
    if form.is_valid():
        form.save_by_flow()
        return redirect("scoring:model", slug)
    context = {"form": form, "title": model.name, "model": model}
    return render(request, "scoring/model_edit.html", context, status=422 if form.errors else 200)


@require_safe
def version_page(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """The rules of a version as sentences with what differs, its groups with caps, its threshold."""
    try:
        version = version_at(request, slug, number)
    except Http404:  # a notification may lead to a draft that is gone
        model = get_object_or_404(ScoreModel, slug=slug)
        messages.info(request, _("There is no version %(number)d; a draft may be discarded") % {"number": number})
        return redirect("scoring:model", model.slug)
    return render(request, "scoring/version.html", version_context(request.user, version, now=database_now()))


@require_POST
def draft_begin(request: PageRequest, slug: str) -> HttpResponse:
    """A draft of a model that has no version yet: empty, or from a starter."""
    need_reader(request.user)
    model = get_object_or_404(ScoreModel, slug=slug)
    need_builder(request.user, model)
    starter, now = request.POST.get("starter", ""), database_now()
    try:
        if starter:
            draft = begin_from(model, starter, by=request.user.pk, now=now)
        else:
            draft = begin_draft(model, by=request.user.pk, now=now)
    except DraftExists as refused:
        messages.error(request, str(refused))
        return redirect("scoring:version", slug, refused.number)
    except (NoSuchStarter, WrongRealm, NotPublishable) as refused:
        messages.error(request, str(refused))
        return redirect("scoring:model", slug)
    return redirect(version_url(draft))


@require_http_methods(["GET", "HEAD", "POST"])
def bands_edit(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """A draft's threshold, bands, grid and note."""
    version = written_version(request, slug, number)
    form = BandsForm(request.POST if request.method == "POST" else None, initial=BandsForm.initial_of(version))

    def page(*, status: int = 200, meanwhile: Meanwhile | None = None) -> HttpResponse:
        shown = {"version": version, "form": form, "title": _("Threshold and bands"), "meanwhile": meanwhile}
        return render(request, "scoring/frame_edit.html", shown, status=status)

    if not form.is_bound:
        return page()
    return answered(
        partial(_frame_saved, request, form, version), page, partial(_frame_meanwhile, request, form, version)
    )


def _frame_saved(request: PageRequest, form: BandsForm, version: ModelVersion) -> HttpResponse | None:
    if not form.is_valid():
        return None
    try:
        set_frame(version.pk, form.frame, seen=form.cleaned_data["seen"], by=request.user.pk, now=database_now())
    except (InvalidVersion, NotADraft) as refused:
        form.refuse(refused)
        return None
    return redirect(version_url(version))


def _frame_meanwhile(
    request: PageRequest, form: BandsForm, version: ModelVersion, refused: ChangedMeanwhile
) -> Meanwhile:
    """What stands around the rules now; from now on that counts as seen."""
    version.refresh_from_db()
    form.see(stamp_of_frame(version))
    now = stands(form, form.initial_of(version))
    return Meanwhile(told(refused, version, request.user), now, request.path)
