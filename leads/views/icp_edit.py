"""Writing an ideal customer profile: every change is saved as the next version."""

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from leads.conditions.catalog import Catalog
from leads.conditions.icp import KINDS
from leads.conditions.tree import InvalidCondition
from leads.forms.icp import BoundsForm, WishForm
from leads.forms.tree import TreeEditor, as_sent
from leads.models import IcpCondition, IcpProfile, Realm
from leads.nudge import nudge
from leads.people.icp import NewProfile, ProfileChanged, Wish, contents, publish_profile
from leads.views.acts import say
from leads.views.criteria import may_build
from leads.views.icp import known_realm
from users.clock import database_now
from users.requests import PageRequest


def editable_realm(request: PageRequest, realm: str) -> Realm:
    """The realm, for those who may write its profile."""
    found = known_realm(realm)
    if not may_build(request.user, found):
        raise PermissionDenied("Your role does not write the ideal customer of this realm.")
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def icp_add(request: PageRequest, realm: str) -> HttpResponse:
    """Add a condition; the first one begins the profile."""
    found = editable_realm(request, realm)
    profile = Catalog().icp(found)
    initial: dict[str, Any] = {name: request.GET.get(name, "")[:150] for name in ("group", "label")}
    initial |= {"weight": 1, "version": profile.version if profile else 0}
    return _edit(request, found, None, WishForm(request.POST or None, initial=initial))


@require_http_methods(["GET", "HEAD", "POST"])
def icp_edit(request: PageRequest, realm: str, pk: int) -> HttpResponse:
    """Change a condition."""
    found = editable_realm(request, realm)
    row = _condition(found, pk)
    initial = {"label": row.label, "group": row.group, "weight": row.weight, "version": row.profile.version}
    return _edit(request, found, row, WishForm(request.POST or None, initial=initial))


def _condition(realm: Realm, pk: int) -> IcpCondition:
    return get_object_or_404(IcpCondition.objects.select_related("profile"), pk=pk, profile__realm=realm)


def _edit(request: PageRequest, realm: Realm, row: IcpCondition | None, form: WishForm) -> HttpResponse:
    context: dict[str, Any] = {"realm": realm, "form": form, "row": row}
    if request.method != "POST":
        editor = TreeEditor.begun(request.GET, tree=row.condition if row else None, only=KINDS)
        return _edit_page(request, context, editor)
    editor = TreeEditor(request.POST, only=KINDS)
    if editor.act:
        return _edit_page(request, {**context, "form": as_sent(WishForm(), request.POST)}, editor)
    if not (form.is_valid() & editor.is_valid()):
        return _edit_page(request, context, editor, status=422)
    values = form.cleaned_data
    wish = Wish(values["group"], values["label"], editor.tree, values["weight"])
    status = _save(request, realm, _with(Catalog().icp(realm), row, wish), form)
    return redirect("leads:icp_list") if status == 200 else _edit_page(request, context, editor, status)


def _edit_page(request: PageRequest, context: dict[str, Any], editor: TreeEditor, status: int = 200) -> HttpResponse:
    return render(request, "leads/icp_edit.html", {**context, "editor": editor}, status=status)


def _with(profile: IcpProfile | None, row: IcpCondition | None, wish: Wish | None) -> NewProfile:
    """The profile with one condition changed, added or, without a wish, left out.

    A condition is found again by its group and name, for it may have been opened in an older version.
    """
    before = contents(profile)
    wishes = [wish if row and (old.group, old.label) == (row.group, row.label) else old for old in before.wishes]
    if wish is not None and wish not in wishes:
        wishes.append(wish)
    return replace(before, wishes=[kept for kept in wishes if kept is not None])


def _save(request: PageRequest, realm: Realm, profile: NewProfile, form: forms.Form) -> int:
    """Write the next version; 200, or the status of a refusal, which then stands in the form."""
    try:
        row = publish_profile(
            realm, profile, by=request.user.pk, now=database_now(), after=form.cleaned_data["version"]
        )
    except ProfileChanged as changed:
        form.add_error(None, str(changed))
        form.data = {**request.POST.dict(), "version": str(changed.version)}  # seen now: saving again is meant
        return 409
    except InvalidCondition as refused:
        for _place, why in refused.errors:
            form.add_error(None, why)
        return 422
    _said(request, row)
    return 200


def _said(request: PageRequest, row: IcpProfile) -> None:
    nudge()
    undo = reverse("leads:icp_restore", args=[row.realm, row.version - 1]) if row.version > 1 else ""
    text = _("Ideal customer of %(realm)s saved as version %(version)d; every lead is judged anew")
    say(request, text % {"realm": Realm(row.realm).label, "version": row.version}, undo=undo)


@require_http_methods(["GET", "HEAD", "POST"])
def icp_bounds(request: PageRequest, realm: str) -> HttpResponse:
    """Change the shares from which the grades are given."""
    found = editable_realm(request, realm)
    profile = Catalog().icp(found)
    if profile is None:
        raise Http404
    form = BoundsForm(request.POST or None, initial=BoundsForm.initial_of(profile))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            status = _save(request, found, replace(contents(profile), bounds=form.bounds), form)
        if status == 200:
            return redirect("leads:icp_list")
    return render(request, "leads/icp_bounds.html", {"realm": found, "form": form}, status=status)


@require_POST
def icp_remove(request: PageRequest, realm: str, pk: int) -> HttpResponse:
    """Leave a condition out of the next version."""
    found = editable_realm(request, realm)
    profile = _with(Catalog().icp(found), _condition(found, pk), None)
    if not profile.wishes:
        messages.error(request, _("A profile needs at least one condition. Change this one instead."))
        return redirect("leads:icp_list")
    return _publish(request, found, profile)


@require_POST
def icp_restore(request: PageRequest, realm: str, version: int) -> HttpResponse:
    """Write what an older version said as the next one."""
    found = editable_realm(request, realm)
    return _publish(request, found, contents(get_object_or_404(IcpProfile, realm=found, version=version)))


@require_POST
def icp_copy(request: PageRequest, realm: str) -> HttpResponse:
    """Begin a realm's profile with what the other realm's says."""
    found = editable_realm(request, realm)
    other = next((row for one in Realm.values if one != found and (row := Catalog().icp(one))), None)
    if other is None:
        raise Http404
    return _publish(request, found, contents(other))


def _publish(request: PageRequest, realm: Realm, profile: NewProfile) -> HttpResponse:
    try:
        _said(request, publish_profile(realm, profile, by=request.user.pk, now=database_now()))
    except InvalidCondition as refused:
        messages.error(request, _("This cannot be saved any more: %(why)s") % {"why": refused})
    return redirect("leads:icp_list")
