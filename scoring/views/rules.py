"""Rules and groups of a draft."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from leads.conditions.catalog import Catalog
from leads.queries.matches import Matches, matches
from scoring.draft import (
    GroupInUse,
    InvalidGroup,
    InvalidRule,
    NotADraft,
    move_rule,
    remove_group,
    remove_rule,
    save_group,
    save_rule,
)
from scoring.engine import GroupSpec
from scoring.forms import GroupForm, RuleForm
from scoring.models import ModelVersion, Rule, RuleGroup
from scoring.rules import fade_words, hit_tree, when_words
from scoring.views.doors import buildable_version, version_url
from users.clock import database_now
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
    form = RuleForm(sent, version=version, rule=rule, group=request.GET.get("group", ""), query=request.GET)
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
        for field, why in refused.errors.items():
            form.add_error(field if field in form.fields else None, why)
        return False
    except NotADraft as refused:
        form.add_error(None, str(refused))
        return False
    return True


@require_POST
def rule_preview(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """The rule in the form as a sentence, and how many leads it matches now; `?exact=1` waits longer."""
    version = buildable_version(request, slug, number)
    form = RuleForm(request.POST, version=version)
    context: dict[str, Any] = {"is_valid": form.is_valid()}
    if context["is_valid"]:
        rule, catalog = form.spec, Catalog()
        tree = hit_tree(rule, catalog)
        exactly = "exact" in request.GET
        context |= {
            "found": matches(tree, request.user, now=database_now(), exactly=exactly) if tree else Matches(0),
            "rule": rule,
            "when": when_words(rule, catalog),
            "fades": ", ".join(fade_words(rule)),
            "exact_url": f"{request.path}?exact=1",
        }
    return render(request, "scoring/_rule_preview.html", context)


@require_POST
def rule_move(request: PageRequest, slug: str, number: int, position: int, way: str) -> HttpResponse:
    """Let a rule change places with the one before or after it in its group."""
    version = buildable_version(request, slug, number)
    get_object_or_404(version.rules, position=position)
    try:
        move_rule(version.pk, position, up=way == "up")
    except (NotADraft, InvalidRule) as refused:
        messages.error(request, str(refused))
    return redirect(f"{version_url(version)}#rules-h")


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
        except InvalidGroup as refused:
            for field, why in refused.errors.items():
                form.add_error(field if field in form.fields else None, why)
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
