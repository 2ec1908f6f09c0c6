"""Buying phases: the panel of one lead, and the rules that find them."""

from copy import copy
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.conditions.catalog import Catalog
from leads.conditions.phase import funnel_part, temperature
from leads.conditions.tree import InvalidCondition
from leads.forms.phases import PhaseForm, PhaseRuleForm, templates
from leads.forms.tree import TreeEditor, as_sent
from leads.lifecycle.phase import ORDER, kinds_of_rules, save_rule, set_phase, stamp_of_rule, switch_rule
from leads.models import Lead, Phase, PhaseRule
from leads.nudge import nudge
from leads.queries.phases import phase_history, rule_rows
from leads.seen import ChangedMeanwhile
from leads.views.acts import say
from leads.views.criteria import need_builder
from leads.views.meanwhile import Meanwhile, answered, condition_now, happened, stands, wanted
from leads.views.reach import may_write, readable_lead, writable_lead
from users.access import Right, has_right
from users.clock import database_now
from users.requests import PageRequest


@require_http_methods(["GET", "HEAD", "POST"])
def lead_phase(request: PageRequest, pk: int) -> HttpResponse:
    """Where the buyer stands, with its evidence; whoever may write the lead may say otherwise."""
    if request.method != "POST":
        return _panel(request, readable_lead(request, pk), None)
    lead, form = writable_lead(request, pk), PhaseForm(request.POST)
    if not form.is_valid():
        return _panel(request, lead, form, status=200 if request.htmx else 422)
    said = form.cleaned_data
    set_phase({lead.pk: said["phase"]}, note=said["note"], by=request.user.pk, now=database_now())
    nudge()
    if request.htmx:
        return _panel(request, lead, None)
    say(request, _("Buying phase saved"))
    return redirect("leads:lead_detail", pk=lead.pk)


def _panel(request: PageRequest, lead: Lead, form: PhaseForm | None, status: int = 200) -> HttpResponse:
    history = phase_history(lead.pk)
    last = history[0] if history else None
    here = last.phase if last else ""
    steps = [
        {"phase": phase, "state": "now" if phase == here else "past" if here and place < ORDER.index(here) else "next"}
        for place, phase in enumerate(Phase)
    ]
    writes = may_write(request, lead)
    context: dict[str, Any] = {
        "lead": lead,
        "last": last,
        "earlier": history[1:],
        "steps": steps,
        "part": funnel_part(here),
        "temperature": temperature(here),
        "form": (form or PhaseForm(initial={"phase": here or Phase.DISCOVER}, auto_id="phase_%s")) if writes else None,
        "is_refused": form is not None,
        "may_build": has_right(request.user, Right.BUILD_RULES) or has_right(request.user, Right.BUILD_SALES_MODELS),
        "now": database_now(),
    }
    template = "leads/_lead_phase.html" if request.htmx else "leads/lead_phase.html"
    return render(request, template, context, status=status)


@require_safe
def phase_list(request: PageRequest) -> HttpResponse:
    """The rules of each phase as sentences, with how many leads each matches."""
    need_builder(request.user)
    rows = rule_rows(database_now())
    phases = [
        {
            "phase": phase,
            "part": funnel_part(phase),
            "temperature": temperature(phase),
            "rules": [row for row in rows if row.rule.phase == phase],
        }
        for phase in Phase
    ]
    begun = [] if rows else [(name, rule) for name, rule in templates(Catalog()).items()]
    return render(request, "leads/phase_list.html", {"phases": phases, "templates": begun})


@require_http_methods(["GET", "HEAD", "POST"])
def phase_add(request: PageRequest) -> HttpResponse:
    """Write a rule, perhaps beginning with one of the templates."""
    need_builder(request.user)
    rule = templates(Catalog()).get(request.GET.get("template", "")) or PhaseRule(phase=_asked(request))
    return _edit(request, rule)


def _asked(request: PageRequest) -> str:
    phase = request.GET.get("phase", "")
    return phase if phase in Phase.values else Phase.DISCOVER


@require_http_methods(["GET", "HEAD", "POST"])
def phase_edit(request: PageRequest, pk: int) -> HttpResponse:
    """Change a rule; what it found before stays as it was worded then."""
    need_builder(request.user)
    return _edit(request, get_object_or_404(PhaseRule, pk=pk))


def _edit(request: PageRequest, rule: PhaseRule) -> HttpResponse:
    if request.method != "POST":
        form = PhaseRuleForm(initial=PhaseRuleForm.initial_of(rule))
        return _edit_page(
            request, rule, form, TreeEditor.begun(request.GET, tree=rule.condition, only=kinds_of_rules())
        )
    form, editor = PhaseRuleForm(request.POST), TreeEditor(request.POST, only=kinds_of_rules())
    if editor.act:
        return _edit_page(request, rule, as_sent(PhaseRuleForm(), request.POST), editor)
    return answered(
        partial(_saved, request, rule, form, editor),
        partial(_edit_page, request, rule, form, editor),
        partial(_meanwhile, request, rule, form, editor),
    )


def _saved(request: PageRequest, rule: PhaseRule, form: PhaseRuleForm, editor: TreeEditor) -> HttpResponse | None:
    if not (form.is_valid() & editor.is_valid()):
        return None
    said, row = form.cleaned_data, copy(rule)
    row.phase, row.label, row.condition = said["phase"], said["label"], editor.tree
    try:
        save_rule(row, seen=said["seen"], by=request.user.pk, now=database_now())
    except InvalidCondition as refused:
        editor.blame(refused.errors)
        return None
    nudge()
    say(request, _("Rule “%(label)s” saved; every lead is looked at anew") % {"label": row.label})
    return redirect("leads:phase_list")


def _meanwhile(
    request: PageRequest, rule: PhaseRule, form: PhaseRuleForm, editor: TreeEditor, refused: ChangedMeanwhile
) -> Meanwhile:
    """What the rule says now; from now on that counts as seen."""
    row = PhaseRule.objects.select_related("changed_by").get(pk=rule.pk)
    form.see(stamp_of_rule(row))
    now = stands(form, PhaseRuleForm.initial_of(row), *condition_now(editor, row.condition))
    return Meanwhile(happened(refused, row, request.user), now, request.path)


def _edit_page(
    request: PageRequest,
    rule: PhaseRule,
    form: PhaseRuleForm,
    editor: TreeEditor,
    *,
    status: int = 200,
    meanwhile: Meanwhile | None = None,
) -> HttpResponse:
    context = {"rule": rule, "form": form, "editor": editor, "meanwhile": meanwhile}
    return render(request, "leads/phase_edit.html", context, status=status)


@require_POST
def phase_switch(request: PageRequest, pk: int) -> HttpResponse:
    """Switch a rule off or on, `to` what the button said; leads keep the phase they were found in."""
    need_builder(request.user)
    rule = get_object_or_404(PhaseRule, pk=pk)
    on = wanted(request, rule.is_active)
    try:
        switch_rule(pk, on=on)
    except InvalidCondition as refused:
        messages.error(request, str(refused))
        return redirect("leads:phase_list")
    nudge()
    text = _("Rule “%(label)s” is on") if on else _("Rule “%(label)s” is off")
    say(request, text % {"label": rule.label})
    return redirect("leads:phase_list")
