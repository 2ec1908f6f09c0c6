"""Groups of rules of a draft."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from leads.seen import GONE, ChangedMeanwhile
from leads.views.meanwhile import Meanwhile, answered, stands
from scoring.draft import GroupInUse, InvalidGroup, NotADraft, remove_group, save_group
from scoring.engine import GroupSpec
from scoring.forms import GroupForm
from scoring.models import ModelVersion, RuleGroup
from scoring.seen import stamp_of_group
from scoring.views.doors import buildable_version, version_url, written_version
from scoring.views.meanwhile import complain, told
from users.clock import database_now
from users.requests import PageRequest


@require_http_methods(["GET", "HEAD", "POST"])
def group_add(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """Add a group to a draft."""
    return _group_page(request, written_version(request, slug, number), None)


@require_http_methods(["GET", "HEAD", "POST"])
def group_edit(request: PageRequest, slug: str, number: int, group: str) -> HttpResponse:
    """Change a group of a draft."""
    version = written_version(request, slug, number)
    row = version.groups.filter(slug=group).first()
    if row is None and request.method != "POST":
        get_object_or_404(version.groups, slug=group)
    return _group_page(request, version, row or RuleGroup(version=version, slug=group))


def _group_page(request: PageRequest, version: ModelVersion, group: RuleGroup | None) -> HttpResponse:
    form = GroupForm(request.POST if request.method == "POST" else None, version=version, group=group)

    def page(*, status: int = 200, meanwhile: Meanwhile | None = None) -> HttpResponse:
        shown = {"version": version, "form": form, "group": group, "title": _("Group of rules"), "meanwhile": meanwhile}
        return render(request, "scoring/part_edit.html", shown, status=status)

    if not form.is_bound:
        return page()
    return answered(
        partial(_saved, request, form, version, is_new=group is None),
        page,
        partial(_group_meanwhile, request, form, version),
    )


def _saved(request: PageRequest, form: GroupForm, version: ModelVersion, *, is_new: bool) -> HttpResponse | None:
    """To the version once the group is stored; one taken out meanwhile, and wanted all the same, anew."""
    if not form.is_valid():
        return None
    values = form.cleaned_data
    try:
        save_group(
            version.pk,
            GroupSpec(values["slug"], values["kind"], values["cap"]),
            name=values["name"],
            new=is_new or values["seen"] == GONE,
            seen=values["seen"],
            by=request.user.pk,
            now=database_now(),
        )
    except (InvalidGroup, NotADraft) as refused:
        form.refuse(refused)
        return None
    return redirect(version_url(version))


def _group_meanwhile(
    request: PageRequest, form: GroupForm, version: ModelVersion, refused: ChangedMeanwhile
) -> Meanwhile:
    """What became of the group; from now on that counts as seen."""
    group = version.groups.filter(slug=form.cleaned_data["slug"]).first()
    form.see(GONE if group is None else stamp_of_group(group))
    now = [] if group is None else stands(form, form.initial_of(group))
    return Meanwhile(told(refused, version, request.user), now, request.path if group else version_url(version))


@require_POST
def group_remove(request: PageRequest, slug: str, number: int, group: str) -> HttpResponse:
    """Take an empty group out of a draft."""
    version = buildable_version(request, slug, number)
    get_object_or_404(version.groups, slug=group)
    try:
        remove_group(version.pk, group, seen=request.POST.get("seen", ""), by=request.user.pk, now=database_now())
    except (NotADraft, ChangedMeanwhile) as refused:
        complain(request, refused, version)
    except GroupInUse:
        messages.error(request, _("Rules stand in this group. Move or remove them first."))
    return redirect(version_url(version))
