"""Stage criteria: which version holds when, and a new version as a flow."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Min

from leads.activity.news import change_rules, touch_all
from leads.conditions.plan import Plan
from leads.conditions.tree import leaves, validate
from leads.models import Criterion, Stage
from users.models import Organisation


def in_force(now: datetime) -> dict[int, Criterion]:
    """The criterion of each stage that has one at `now`, by stage id."""
    rows = Criterion.objects.filter(effective_from__lte=now).select_related("stage").order_by("stage_id", "version")
    return {row.stage_id: row for row in rows}


@transaction.atomic
def set_criterion(
    stage: Stage,
    condition: Any,
    *,
    by: int | None,
    now: datetime,
    effective_from: datetime | None = None,
    is_automatic: bool = True,
    cooldown_days: int = 0,
) -> Criterion:
    """Write the next version of a stage's criterion; older versions stay as they were. Raises InvalidCondition.

    Every lead is judged anew; a later `effective_from` begins with a day of the organisation, and so do its moves.
    """
    validate(condition)
    change_rules()
    Stage.objects.select_for_update(no_key=True).get(pk=stage.pk)
    last = Criterion.objects.filter(stage=stage).aggregate(Max("version"))["version__max"] or 0
    touch_all()
    return Criterion.objects.create(
        stage=stage,
        version=last + 1,
        condition=condition,
        is_automatic=is_automatic,
        cooldown_days=cooldown_days,
        effective_from=_next_midnight(effective_from) if effective_from and effective_from > now else now,
        created_by_id=by,
    )


def _next_midnight(moment: datetime) -> datetime:
    """The moment itself where it begins a day of the organisation, else the start of the next day."""
    zone = Organisation.load().zone
    day = moment.astimezone(zone).date()
    starts = (datetime.combine(day + timedelta(days=ahead), time.min, tzinfo=zone) for ahead in (0, 1))
    return next(start for start in starts if start >= moment)


def next_effective_on(now: datetime, plan: Plan) -> str:
    """The day the next criterion takes effect, as an SQL date, or nothing."""
    coming = Criterion.objects.filter(effective_from__gt=now).aggregate(Min("effective_from"))["effective_from__min"]
    return f"DATE '{coming.astimezone(plan.zone).date().isoformat()}'" if coming else ""


def main_models(now: datetime) -> dict[int, str]:
    """Stage id to the slug of the model that decides the next stage; the last known one further up.

    That model's score is the lead's main score.
    """
    criteria, found, result = in_force(now), "", {}
    for stage in reversed(Stage.objects.order_by("position")):
        if found:
            result[stage.pk] = found
        criterion = criteria.get(stage.pk)
        for _kind, spec in leaves(criterion.condition) if criterion else ():
            if spec["leaf"] in ("score", "band"):
                found = spec["model"]
    top = next((result[s.pk] for s in reversed(Stage.objects.order_by("position")) if s.pk in result), "")
    return {stage.pk: result.get(stage.pk, top) for stage in Stage.objects.all()} if top else {}
