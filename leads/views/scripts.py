"""Scripts: what sales says, by stage, role in the decision and pain; and where nothing was written yet (R64)."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.forms.scripts import ScriptFilter, ScriptForm
from leads.handover.scripts import shift_script, switch_scripts, write_script
from leads.models import BuyingRole, Script, ScriptKind, Stage
from leads.queries.scripts import matrix
from leads.views.acts import say
from users.access import Right, has_right
from users.models import Role, User
from users.requests import PageRequest

READERS = frozenset({Role.ADMIN, Role.SALES_MANAGER, Role.SALES_REP, Role.SDR})


def need_reader(user: User) -> None:
    """Scripts are for those who talk to leads, and for those who write them."""
    if user.role not in READERS:
        raise PermissionDenied("Scripts are for those who talk to leads.")


def need_writer(user: User) -> None:
    """Sales managers and administrators write scripts."""
    if not has_right(user, Right.BUILD_SALES_MODELS):
        raise PermissionDenied("Your role reads scripts, a sales manager writes them.")


@require_safe
def script_list(request: PageRequest) -> HttpResponse:
    """All scripts by kind, and stage by role how many were written."""
    need_reader(request.user)
    form = ScriptFilter(request.GET)
    form.is_valid()  # what is unknown filters nothing
    chosen = {name: form.cleaned_data.get(name, "") for name in form.fields}
    scripts = list(Script.objects.select_related("stage"))
    shown = [script for script in scripts if _is_shown(script, chosen)]
    of_kind = [script for script in scripts if chosen["kind"] in ("", script.kind)]
    context: dict[str, Any] = {
        "form": form,
        "chosen": chosen,
        "is_narrowed": any(chosen.values()),
        "kinds": [(kind, rows) for kind in ScriptKind if (rows := [row for row in shown if row.kind == kind])],
        "matrix": matrix(of_kind, list(Stage.objects.all())),
        "roles": BuyingRole.choices,
        "may_write": has_right(request.user, Right.BUILD_SALES_MODELS),
        "nothing_yet": not scripts,
    }
    return render(request, "leads/script_list.html", context)


def _is_shown(script: Script, chosen: dict[str, str]) -> bool:
    """A stage or role that is chosen shows what suits it, so what suits all, too."""
    stage = script.stage.slug if script.stage else ""
    suits = stage in ("", chosen["stage"]) if chosen["stage"] else True
    return suits and (not chosen["role"] or script.role in ("", chosen["role"])) and chosen["kind"] in ("", script.kind)


@require_http_methods(["GET", "HEAD", "POST"])
def script_add(request: PageRequest) -> HttpResponse:
    """Write a new script; the matrix brings stage and role along."""
    need_writer(request.user)
    asked = {name: request.GET.get(name, "") for name in ("stage", "role", "kind")}
    initial = {**asked, "kind": asked["kind"] or ScriptKind.TALKING_POINT}
    return _edit(request, None, initial)


@require_http_methods(["GET", "HEAD", "POST"])
def script_edit(request: PageRequest, pk: int) -> HttpResponse:
    """Write other words into a script."""
    need_writer(request.user)
    script = get_object_or_404(Script.objects.select_related("stage"), pk=pk)
    return _edit(request, script, ScriptForm.initial_of(script))


def _edit(request: PageRequest, script: Script | None, initial: dict[str, Any]) -> HttpResponse:
    form = ScriptForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        write_script(form.saying(), script)
        say(request, _("Script saved"))
        return redirect("leads:script_list")
    status = 422 if form.errors else 200
    return render(request, "leads/script_edit.html", {"form": form, "script": script}, status=status)


@require_POST
def script_switch(request: PageRequest, pk: int) -> HttpResponse:
    """Switch a script off, or on again."""
    need_writer(request.user)
    script = get_object_or_404(Script, pk=pk)
    switch_scripts([pk], on=not script.is_active)
    undo = reverse("leads:script_switch", args=[pk])
    say(request, _("Switched off: nobody is shown it") if script.is_active else _("Switched on"), undo=undo)
    return _back(request)


@require_POST
def script_shift(request: PageRequest, pk: int) -> HttpResponse:
    """One place up, or down, among its kind."""
    need_writer(request.user)
    shift_script(get_object_or_404(Script, pk=pk), up="down" not in request.POST)
    return _back(request, f"#script-{pk}")


def _back(request: PageRequest, place: str = "") -> HttpResponse:
    """To the list as it was filtered."""
    asked = QueryDict(request.POST.get("filter", ""))
    kept = {name: asked[name] for name in ScriptFilter.base_fields if asked.get(name)}
    return redirect(reverse("leads:script_list") + (f"?{urlencode(kept)}" if kept else "") + place)
