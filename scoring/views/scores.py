"""Why a lead has its scores: the panel of the lead's page."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from leads.access import leads_for_user
from leads.conditions.select import plan_for
from leads.lifecycle.criteria import in_force, main_models
from leads.models import Activity, Lead, ScoreModel, Stage
from leads.queries.standing import Goal, goal_of, next_goal
from leads.templatetags.leads import act_detail, day_word
from scoring.explain import Explanation, Line, explain
from scoring.models import RuleGroup, VersionState
from users.clock import database_now
from users.requests import PageRequest

EVIDENCE_SHOWN = 3


@require_safe
def lead_scores(request: PageRequest, pk: int) -> HttpResponse:
    """The score of a lead in one model with evidence and fades; `?model=` chooses among the models."""
    lead = get_object_or_404(leads_for_user(request.user).select_related("stage", "company"), pk=pk)
    now = database_now()
    models = list(ScoreModel.objects.filter(versions__state=VersionState.PUBLISHED))
    wanted = request.GET.get("model") or main_models(now).get(lead.stage_id, "")
    model = next((row for row in models if row.slug == wanted), models[0] if models else None)
    today = plan_for(now).today
    found = explain(lead, model, at=today, today=today) if model else None
    goal = _goal(lead, model, now)
    context = {
        "lead": lead,
        "now": now,
        "found": found,
        "goal": goal,
        "missing": max(goal.points - found.points, 0) if goal and found else 0,
        "lines": _lines(found, now) if found else [],
        "models": _switch(lead, models, model),
    }
    template = "scoring/_lead_scores.html" if request.htmx else "scoring/lead_scores.html"
    return render(request, template, context)


def _goal(lead: Lead, model: ScoreModel | None, now: Any) -> Goal | None:
    """The threshold this model has to reach: of the stage it opens next, else of the one it opened."""
    criteria = in_force(now)
    goal = next_goal(lead, list(Stage.objects.order_by("position")), criteria)
    if goal is not None and model is not None and goal.model_slug == model.slug:
        return goal
    goals = [found for row in criteria.values() if (found := goal_of(row))]
    return next((found for found in goals if model is not None and found.model_slug == model.slug), None)


def _switch(lead: Lead, models: list[ScoreModel], current: ScoreModel | None) -> list[dict[str, Any]]:
    if len(models) < 2:
        return []
    url = reverse("scoring:lead_scores", args=[lead.pk])
    return [{"url": f"{url}?model={model.slug}", "label": model.name, "current": model == current} for model in models]


def _lines(found: Explanation, now: Any) -> list[dict[str, Any]]:
    """Reasons, strongest first, with what they rest on and when they fade; then the caps that bite."""
    acts, names = _activities(found), _group_names(found)
    given = sorted((line for line in found.lines if line.points), key=lambda line: -abs(line.points))
    lines = [
        {
            "points": line.points,
            "label": line.rule,
            "note": _note(line, names, now),
            "evidence": [_worded(acts[ref], now) for ref in line.evidence if ref in acts][:EVIDENCE_SHOWN],
        }
        for line in given
    ]
    for group, taken in found.caps.items():
        if taken:
            lines.append(
                {"points": taken, "label": _("%(group)s is capped") % {"group": names.get(group, group)}, "note": ""}
            )
    return lines


def _activities(found: Explanation) -> Mapping[str, Activity]:
    """The activities named as evidence, in one query."""
    ids = [int(ref.removeprefix("activity:")) for line in found.lines for ref in line.evidence if "activity:" in ref]
    rows = Activity.objects.filter(pk__in=ids).select_related("page", "document") if ids else ()
    return {f"activity:{row.pk}": row for row in rows}


def _worded(act: Activity, now: Any) -> str:
    detail = act_detail(act)
    return f"{act.get_kind_display()}{', ' if detail else ''}{detail} ({day_word(act.occurred_at, now)})"


def _group_names(found: Explanation) -> dict[str, str]:
    """What the groups of the explained version are called."""
    groups = RuleGroup.objects.filter(version__model=found.model, version__number=found.version)
    return dict(groups.values_list("slug", "name"))


def _note(line: Line, names: Mapping[str, str], now: Any) -> str:
    if line.fades_on is None:
        return names.get(line.group, line.group).lower()
    days = (line.fades_on - plan_for(now).today).days
    return _("fades tomorrow") if days <= 1 else _("fades in %(n)d d") % {"n": days}
