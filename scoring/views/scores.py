"""Why a lead has its scores: the panel of the lead's page."""

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from leads.access import leads_for_user
from leads.conditions.select import plan_for
from leads.conditions.tree import leaves
from leads.lifecycle.criteria import in_force, main_models
from leads.models import Criterion, Lead, ScoreModel, Stage
from leads.models.score import grade
from leads.queries.standing import Demand, Goal, demands, goal_of, next_goal
from scoring.coming import Coming, coming
from scoring.explain import Explanation, NotExplainable, explain
from scoring.gains import gains
from scoring.models import ModelVersion, VersionState
from scoring.sparkline import sparkline
from scoring.views.reasons import next_words, shown_lines
from users.clock import database_now
from users.models import Organisation
from users.requests import PageRequest

AHEAD = timedelta(days=366)
SHOWN = 5


@require_safe
def lead_scores(request: PageRequest, pk: int) -> HttpResponse:
    """The score of a lead in one model with evidence and fades; `?model=` chooses among the models, `?at=` a day."""
    lead = get_object_or_404(leads_for_user(request.user).select_related("stage", "company"), pk=pk)
    now = database_now()
    today = plan_for(now).today
    known_on = lead.created_at.astimezone(Organisation.load().zone).date()
    day, refused = _asked_day(request.GET.get("at", ""), known_on, today)
    models = list(ScoreModel.objects.filter(versions__state=VersionState.PUBLISHED).order_by("slug"))
    wanted = request.GET.get("model") or main_models(now).get(lead.stage_id, "")
    model = next((row for row in models if row.slug == wanted), models[0] if models else None)
    context = {
        "lead": lead,
        "now": now,
        "day": day,
        "is_today": day == today,
        "is_later": day > today,
        "refused": refused,
        "earliest": known_on,
        "latest": today + AHEAD,
        "models": _switch(lead, models, model, request.GET.get("at", "")),
        "model": model,
        "url": reverse("scoring:lead_scores", args=[lead.pk]),
        **(score_context(lead, model, day, today, now) if model else {}),
    }
    template = "scoring/_lead_scores.html" if request.htmx else "scoring/lead_scores.html"
    return render(request, template, context)


def _asked_day(text: str, known_on: date, today: date) -> tuple[date, str]:
    """The asked day, or today with what is wrong with what was asked."""
    if not text:
        return today, ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today, _("“%(text)s” is no day. Write it as 2026-03-31.") % {"text": text[:40]}
    if day < known_on:
        return today, _("The lead is known since %(day)s. Choose a later day.") % {
            "day": date_format(known_on, "j M Y")
        }
    if day > today + AHEAD:
        return today, _("Choose a day within a year from now.")
    return day, ""


def score_context(lead: Lead, model: ScoreModel, day: date, today: date, now: datetime) -> dict[str, Any]:
    """The score of a day, or why there is none."""
    try:
        found = explain(lead, model, at=day, today=today)
    except NotExplainable:
        return {"why_none": _("The version of that day names something that is gone. It cannot be reckoned any more.")}
    if found is None:
        return {"why_none": _none_in_force(model, day)}
    ahead = coming(found, lead.pk) if day >= today else None
    lines, rest, below = shown_lines(found, ahead, now, SHOWN)
    goal = _goal(lead, model, now)
    return {
        "found": found,
        "grade": grade(found.fit, found.engagement, found.source.grid),
        "lines": lines,
        "rest": rest,
        "rest_points": sum(line["points"] for line in rest),
        "reason_count": len(lines) + len(rest),
        "below": below,
        "next": _next(found, ahead, today),
        "goal": goal,
        "borderline": found.source.borderline_from,
        "spark": sparkline(lead, model, found.points, goal.points if goal else None, now) if day == today else None,
        **(_wanted(lead, found, goal, now) if goal and day == today else {}),
    }


def _none_in_force(model: ScoreModel, day: date) -> str:
    said = {"model": model.name, "day": date_format(day, "j M Y")}
    first = ModelVersion.objects.filter(model=model, published_at__isnull=False).order_by("published_at").first()
    if first is not None and first.published_at is not None:
        said["first"] = date_format(first.published_at.astimezone(Organisation.load().zone), "j M Y")
        return _("%(model)s had no version in force on %(day)s. Its first one was published on %(first)s.") % said
    return _("%(model)s had no version in force on %(day)s.") % said


def _next(found: Explanation, ahead: Coming | None, today: date) -> str:
    """The first coming change of the total in words, where no line for fading says it."""
    return next_words(ahead.total, today) if ahead and ahead.total and not found.fade else ""


def _goal(lead: Lead, model: ScoreModel | None, now: datetime) -> Goal | None:
    """The threshold this model has to reach: of the stage it opens next, else of the one it opened."""
    criteria = in_force(now)
    goal = next_goal(lead, list(Stage.objects.order_by("position")), criteria)
    if goal is not None and model is not None and goal.model_slug == model.slug:
        return goal
    goals = [found for row in criteria.values() if (found := goal_of(row))]
    return next((found for found in goals if model is not None and found.model_slug == model.slug), None)


def _wanted(lead: Lead, found: Explanation, goal: Goal, now: datetime) -> dict[str, Any]:
    """What stands between the lead and the stage the model opens: points, what would give them, other conditions."""
    if lead.outcome or goal.stage.position <= lead.stage.position:
        return {}
    missing = max(goal.points - found.points, 0)
    unmet = [demand for demand in _others(lead, goal, now) if not demand.is_met]
    return {"missing": missing, "gains": gains(found, lead.pk) if missing else [], "unmet": unmet}


def _others(lead: Lead, goal: Goal, now: datetime) -> list[Demand]:
    """The parts of the goal's criterion that are not about this model's points, judged."""
    criterion = in_force(now)[goal.stage.pk]
    parts = criterion.condition.get("all", [criterion.condition])
    rest = [
        part
        for part in parts
        if not any(spec["leaf"] == "score" and spec["model"] == goal.model_slug for _leaf, spec in leaves(part))
    ]
    return demands(lead, Criterion(stage=criterion.stage, condition={"all": rest}), now) if rest else []


def _switch(lead: Lead, models: list[ScoreModel], current: ScoreModel | None, at: str) -> list[dict[str, Any]]:
    if len(models) < 2:
        return []
    url = reverse("scoring:lead_scores", args=[lead.pk])
    more = {"at": at} if at else {}
    return [
        {
            "url": f"{url}?{urlencode({'model': model.slug, **more})}",
            "label": model.name,
            "current": model == current,
        }
        for model in models
    ]
