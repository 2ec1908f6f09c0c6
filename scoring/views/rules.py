"""Rules and groups of a draft."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from scoring.draft import GroupInUse, InvalidRule, NotADraft, remove_group, remove_rule, save_group, save_rule
from scoring.engine import GroupSpec
from scoring.forms import GroupForm, RuleForm
from scoring.models import ModelVersion, Rule, RuleGroup
from scoring.views.models import buildable_version, version_url
from users.requests import PageRequest


@require_http_methods(["GET", "HEAD", "POST"])
def rule_add(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """Add a rule to a draft."""
    return _rule_page(request, buildable_version(request, slug, number), None)


@require_http_methods(["GET", "HEAD", "POST"])
def rule_edit(request: PageRequest, slug: str, number: int, position: int) -> HttpResponse:
    """Change a rule of a draft."""
    version = buildable_version(request, slug, number)
    return _rule_page(request, version, get_object_or_404(version.rules.select_related("group"), position=position))


def _rule_page(request: PageRequest, version: ModelVersion, rule: Rule | None) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    form = RuleForm(sent, version=version, rule=rule, group=request.GET.get("group", ""))
    status = 200
    if sent is not None and not form.when.act:
        if form.is_valid() and _saved(form, version, rule):
            messages.success(request, _("Rule saved"))
            return redirect(version_url(version))
        status = 422
    context = {"version": version, "rule": rule, "form": form, "editor": form.when}
    return render(request, "scoring/rule_edit.html", context, status=status)


def _saved(form: RuleForm, version: ModelVersion, rule: Rule | None) -> bool:
    try:
        save_rule(version.pk, form.spec, position=rule.position if rule else None)
    except InvalidRule as refused:
        for why in refused.errors.values():
            form.add_error(None, why)
        return False
    except NotADraft as refused:
        form.add_error(None, str(refused))
        return False
    return True


@require_POST
def rule_remove(request: PageRequest, slug: str, number: int, position: int) -> HttpResponse:
    """Take a rule out of a draft."""
    version = buildable_version(request, slug, number)
    try:
        remove_rule(version.pk, position)
    except NotADraft as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Rule removed"))
    return redirect(version_url(version))


@require_http_methods(["GET", "HEAD", "POST"])
def group_add(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """Add a group to a draft."""
    return _group_page(request, buildable_version(request, slug, number), None)


@require_http_methods(["GET", "HEAD", "POST"])
def group_edit(request: PageRequest, slug: str, number: int, group: str) -> HttpResponse:
    """Change a group of a draft."""
    version = buildable_version(request, slug, number)
    return _group_page(request, version, get_object_or_404(version.groups, slug=group))


def _group_page(request: PageRequest, version: ModelVersion, group: RuleGroup | None) -> HttpResponse:
    form = GroupForm(request.POST if request.method == "POST" else None, version=version, group=group)
    if form.is_valid():
        values = form.cleaned_data
        spec = GroupSpec(values["slug"], values["kind"], values["cap"])
        try:
            save_group(version.pk, spec, name=values["name"], new=group is None)
        except NotADraft as refused:
            form.add_error(None, str(refused))
        else:
            return redirect(version_url(version))
    context = {"version": version, "form": form, "group": group, "title": _("Group of rules")}
    return render(request, "scoring/part_edit.html", context, status=422 if form.errors else 200)


@require_POST
def group_remove(request: PageRequest, slug: str, number: int, group: str) -> HttpResponse:
    """Take an empty group out of a draft."""
    version = buildable_version(request, slug, number)
    get_object_or_404(version.groups, slug=group)
    try:
        remove_group(version.pk, group)
    except NotADraft as refused:
        messages.error(request, str(refused))
    except GroupInUse:
        messages.error(request, _("Rules stand in this group. Move or remove them first."))
    return redirect(version_url(version))
