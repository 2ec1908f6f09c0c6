"""Routing: the rules in the order they are asked, one rule in the editor, and where a lead would go."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.access import leads_for_user
from leads.conditions.tree import InvalidCondition
from leads.forms.routing import RuleForm
from leads.forms.tree import TreeEditor, as_sent
from leads.handover.rules import shift_rule, stamp_of_rule, switch_rule, write_rule
from leads.models import RoutingRule
from leads.queries.routes import worded_rules, would_go
from leads.queries.search import search_leads
from leads.seen import ChangedMeanwhile
from leads.views.acts import say
from leads.views.meanwhile import Meanwhile, answered, condition_now, happened, stands, wanted
from users.access import Right, has_right
from users.clock import database_now
from users.models import Team, User
from users.requests import PageRequest

TRIED = 3


def need_sales_builder(user: User) -> None:
    """Sales managers and administrators say how sales works."""
    if not has_right(user, Right.BUILD_SALES_MODELS):
        raise PermissionDenied("Sales managers and administrators set how leads are routed.")


@require_safe
def routing_list(request: PageRequest) -> HttpResponse:
    """Every rule as a sentence, in order; `?try=` shows where leads of that name would go."""
    need_sales_builder(request.user)
    asked = request.GET.get("try", "").strip()
    context: dict[str, Any] = {
        "rules": worded_rules(),
        "first_team": Team.objects.order_by("pk").first(),
        "asked": asked,
        "tried": _tried(request, asked) if asked else [],
    }
    return render(request, "leads/routing_list.html", context)


def _tried(request: PageRequest, asked: str) -> list[dict[str, Any]]:
    """The first leads of that name within reach, each with where it would go now."""
    now = database_now()
    mine = leads_for_user(request.user).filter(archived_at=None).select_related("company", "stage")
    found = search_leads(mine, asked).order_by("-captured_at", "-pk")[:TRIED]
    return [{"lead": lead, "way": would_go(lead.pk, now=now)} for lead in found]


@require_http_methods(["GET", "HEAD", "POST"])
def rule_add(request: PageRequest) -> HttpResponse:
    """Write a new rule; it is asked last."""
    need_sales_builder(request.user)
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def rule_edit(request: PageRequest, pk: int) -> HttpResponse:
    """Change a rule."""
    need_sales_builder(request.user)
    return _edit(request, get_object_or_404(RoutingRule, pk=pk))


def _edit(request: PageRequest, rule: RoutingRule | None) -> HttpResponse:
    if request.method != "POST":
        editor = TreeEditor.begun(request.GET, tree=rule.condition if rule else None)
        return _edit_page(request, rule, RuleForm(initial=RuleForm.initial_of(rule)), editor)
    form, editor = RuleForm(request.POST), TreeEditor(request.POST)
    if editor.act:
        return _edit_page(request, rule, as_sent(RuleForm(), request.POST), editor)
    return answered(
        partial(_saved, request, rule, form, editor),
        partial(_edit_page, request, rule, form, editor),
        partial(_meanwhile, request, form, editor, rule),
    )


def _saved(request: PageRequest, rule: RoutingRule | None, form: RuleForm, editor: TreeEditor) -> HttpResponse | None:
    if not (form.is_valid() & editor.is_valid()):
        return None
    draft, seen = form.draft(editor.tree), form.cleaned_data["seen"]
    try:
        saved = write_rule(draft, rule, seen=seen, by=request.user.pk, now=database_now())
    except InvalidCondition as refused:
        editor.blame(refused.errors)
        return None
    say(request, _("Rule “%(name)s” saved. Leads offered before stay where they are.") % {"name": saved.name})
    return redirect("leads:routing_list")


def _meanwhile(
    request: PageRequest, form: RuleForm, editor: TreeEditor, rule: RoutingRule | None, refused: ChangedMeanwhile
) -> Meanwhile:
    """What the rule says now; from now on that counts as seen."""
    assert rule is not None, "nobody saw a new rule"
    row = RoutingRule.objects.select_related("changed_by").get(pk=rule.pk)
    form.see(stamp_of_rule(row))
    now = stands(form, RuleForm.initial_of(row), *condition_now(editor, row.condition))
    return Meanwhile(happened(refused, row, request.user), now, request.path)


def _edit_page(
    request: PageRequest,
    rule: RoutingRule | None,
    form: RuleForm,
    editor: TreeEditor,
    *,
    status: int = 200,
    meanwhile: Meanwhile | None = None,
) -> HttpResponse:
    context = {"rule": rule, "form": form, "editor": editor, "meanwhile": meanwhile}
    return render(request, "leads/routing_edit.html", context, status=status)


@require_POST
def rule_switch(request: PageRequest, pk: int) -> HttpResponse:
    """Switch a rule off, or on again, `to` what the button said."""
    need_sales_builder(request.user)
    rule = get_object_or_404(RoutingRule, pk=pk)
    on = wanted(request, rule.is_active)
    switch_rule(pk, on=on)
    undo = f"{reverse('leads:routing_switch', args=[pk])}?to={'off' if on else 'on'}"
    say(request, _("Switched on") if on else _("Switched off: it routes nothing"), undo=undo)
    return redirect("leads:routing_list")


@require_POST
def rule_shift(request: PageRequest, pk: int) -> HttpResponse:
    """Ask a rule one place earlier or later; the buttons `up` and `down` name the rule that was shown there."""
    need_sales_builder(request.user)
    way = "down" if "down" in request.POST else "up"
    beside = request.POST.get(way, "")
    try:
        shift_rule(
            get_object_or_404(RoutingRule, pk=pk).pk,
            up=way == "up",
            beside=int(beside) if beside.isascii() and beside.isdigit() else 0,
        )
    except ChangedMeanwhile as refused:
        messages.error(request, str(refused))
    return redirect(f"{reverse('leads:routing_list')}#rule-{pk}")
