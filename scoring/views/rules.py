"""Rules of a draft."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from leads.conditions.catalog import Catalog
from leads.queries.matches import Matches, matches
from leads.seen import GONE, ChangedMeanwhile
from leads.views.meanwhile import Meanwhile, answered
from scoring.draft import InvalidRule, NotADraft, move_rule, remove_rule, save_rule
from scoring.forms import RuleForm
from scoring.models import ModelVersion, Rule
from scoring.rules import fade_words, hit_tree, when_words
from scoring.seen import stamp_of_rule
from scoring.views.doors import buildable_version, version_url, written_version
from scoring.views.meanwhile import complain, rule_now, told
from users.clock import database_now
from users.requests import PageRequest


@require_http_methods(["GET", "HEAD", "POST"])
def rule_add(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """Add a rule to a draft."""
    return _rule_page(request, written_version(request, slug, number), None)


@require_http_methods(["GET", "HEAD", "POST"])
def rule_edit(request: PageRequest, slug: str, number: int, pk: int) -> HttpResponse:
    """Change a rule of a draft."""
    version = written_version(request, slug, number)
    if request.method != "POST":
        get_object_or_404(version.rules, pk=pk)
    return _rule_page(request, version, pk)


def _rule_page(request: PageRequest, version: ModelVersion, pk: int | None) -> HttpResponse:
    sent, rule = request.POST if request.method == "POST" else None, _rule(version, pk)
    form = RuleForm(sent, version=version, rule=rule, group=request.GET.get("group", ""), query=request.GET)

    def page(*, status: int = 200, meanwhile: Meanwhile | None = None) -> HttpResponse:
        shown = {"version": version, "is_new": pk is None, "form": form, "editor": form.when, "meanwhile": meanwhile}
        return render(request, "scoring/rule_edit.html", shown, status=status)

    if sent is None or form.when.act:
        return page()
    return answered(
        partial(_saved, request, form, version, pk), page, partial(_rule_meanwhile, request, form, version, pk)
    )


def _rule(version: ModelVersion, pk: int | None) -> Rule | None:
    return None if pk is None else version.rules.select_related("group").filter(pk=pk).first()


def _saved(request: PageRequest, form: RuleForm, version: ModelVersion, pk: int | None) -> HttpResponse | None:
    """To the version once the rule is stored; one taken out meanwhile, and wanted all the same, as a new one."""
    if not form.is_valid():
        return None
    seen = form.cleaned_data["seen"]
    try:
        save_rule(
            version.pk,
            form.spec,
            rule_id=None if seen == GONE else pk,
            seen=seen,
            by=request.user.pk,
            now=database_now(),
        )
    except (InvalidRule, NotADraft) as refused:
        form.refuse(refused)
        return None
    messages.success(request, _("Rule saved"))
    return redirect(version_url(version))


def _rule_meanwhile(
    request: PageRequest, form: RuleForm, version: ModelVersion, pk: int | None, refused: ChangedMeanwhile
) -> Meanwhile:
    """What became of the rule; from now on that counts as seen."""
    rule = _rule(version, pk)
    form.see(GONE if rule is None else stamp_of_rule(rule))
    now = [] if rule is None else [rule_now(rule, Catalog())]
    return Meanwhile(told(refused, version, request.user), now, request.path if now else version_url(version))


@require_POST
def rule_preview(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """The rule in the form as a sentence, and how many leads it matches now; `?exact=1` waits longer."""
    version = buildable_version(request, slug, number)
    form = RuleForm(request.POST, version=version)
    context: dict[str, Any] = {"is_valid": form.is_valid(), "wrong": _wrong(form)}
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


def _wrong(form: RuleForm) -> str:
    """What of a rule cannot stay as it is; nothing of what only has to be filled in yet."""
    for name, errors in form.errors.as_data().items():
        said = [error for error in errors if error.code != "required"] if name in form.fields else []
        if said:
            return f"{form.fields[name].label}: {said[0].messages[0]}"
    return ""


@require_POST
def rule_move(request: PageRequest, slug: str, number: int, pk: int, way: str) -> HttpResponse:
    """Let a rule change places with the one that was shown before or after it in its group."""
    version = buildable_version(request, slug, number)
    beside = request.POST.get("beside", "")
    try:
        move_rule(
            version.pk,
            pk,
            up=way == "up",
            beside=int(beside) if beside.isascii() and beside.isdigit() else 0,
            by=request.user.pk,
            now=database_now(),
        )
    except (NotADraft, ChangedMeanwhile) as refused:
        complain(request, refused, version)
    return redirect(f"{version_url(version)}#rules-h")


@require_POST
def rule_remove(request: PageRequest, slug: str, number: int, pk: int) -> HttpResponse:
    """Take a rule out of a draft."""
    version = buildable_version(request, slug, number)
    try:
        remove_rule(version.pk, pk, seen=request.POST.get("seen", ""), by=request.user.pk, now=database_now())
    except (NotADraft, ChangedMeanwhile) as refused:
        complain(request, refused, version)
    else:
        messages.success(request, _("Rule removed"))
    return redirect(version_url(version))
