"""Stage criteria: which version holds when, and a new version as a flow."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from leads.activity.news import change_rules, touch_all
from leads.conditions.catalog import Catalog
from leads.conditions.tree import leaves, validate
from leads.lifecycle.satisfiable import Ground, NeverMet, flaws
from leads.lifecycle.together import check_together
from leads.models import Criterion, CriterionMode, Realm, ScoreModel, Stage
from leads.seen import check_seen
from users.models import Organisation
from users.rows import Reader

_CRITERIA = Reader(Criterion, "stage")


def in_force(now: datetime) -> dict[int, Criterion]:
    """The criterion of each stage that has one at `now`, by stage id."""
    known = "WHERE t.effective_from <= %s AND stage.retired_at IS NULL ORDER BY t.stage_id, t.version"
    return {row.stage_id: row for row in _CRITERIA.read(known, [now])}


@transaction.atomic
def set_criterion(
    stage: Stage,
    condition: Any,
    *,
    by: int | None,
    now: datetime,
    effective_from: datetime | None = None,
    mode: CriterionMode = CriterionMode.AUTOMATIC,
    cooldown_days: int = 0,
    seen: str | None = None,
) -> Criterion:
    """Write the next version of a stage's criterion; older versions stay as they were.

    Raises InvalidCondition; of its kind is NeverMet, for a condition that could not promote any lead. Raises
    ChangedMeanwhile where another version is the newest than the one that was `seen`.

    Every lead is judged anew; a later `effective_from` begins with a day of the organisation, and so do its moves.
    """
    change_rules()
    condition = validate(condition)
    if never := flaws(condition, ground_of(stage)):
        raise NeverMet(never)
    Stage.objects.select_for_update(no_key=True).get(pk=stage.pk)
    last = newest(stage)
    check_seen(seen, stamp_of(last), _("The criterion was changed meanwhile."))
    touch_all()
    row = Criterion.objects.create(
        stage=stage,
        version=last.version + 1 if last else 1,
        condition=condition,
        mode=mode,
        cooldown_days=cooldown_days,
        effective_from=_next_midnight(effective_from) if effective_from and effective_from > now else now,
        created_by_id=by,
    )
    check_together()
    return row


def newest(stage: Stage) -> Criterion | None:
    """The version of a stage's criterion that was written last, in force or coming."""
    return Criterion.objects.filter(stage=stage).select_related("created_by").order_by("version").last()


def stamp_of(last: Criterion | None) -> str:
    """As what a criterion was seen: a version never changes, so its number tells."""
    return f"v{last.version}" if last else "none"


def ground_of(stage: Stage) -> Ground:
    """Where leads stand that this stage's criteria may promote, never across the handover; the models in force."""
    below = Stage.objects.filter(position__lt=stage.position)
    if stage.realm == Realm.SALES:
        below = below.filter(realm=Realm.SALES)
    models = ScoreModel.objects.filter(legends__isnull=False).values_list("slug", flat=True)
    return Ground(stages=set(below.values_list("slug", flat=True)), models=set(models))


def _next_midnight(moment: datetime) -> datetime:
    """The moment itself where it begins a day of the organisation, else the start of the next day."""
    zone = Organisation.load().zone
    day = moment.astimezone(zone).date()
    starts = (datetime.combine(day + timedelta(days=ahead), time.min, tzinfo=zone) for ahead in (0, 1))
    return next(start for start in starts if start >= moment)


def next_effective(now: datetime) -> datetime | None:
    """When the next criterion takes effect."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(effective_from) FROM leads_criterion WHERE effective_from > %s", [now])
        (coming,) = cursor.fetchone()
    return coming


def main_models(now: datetime) -> dict[int, str]:
    """Stage id to the slug of the model whose score is the main one there: that of the next stage's criterion.

    Where the next stage asks for no score (a person decides), the lead keeps the model that brought it there; before
    any, the first one ahead counts. Leads of a retired stage, whose pass has ended there, keep that of its heir.
    """
    criteria = in_force(now)
    everything = list(Stage.everything.order_by("position"))
    stages = [stage for stage in everything if stage.retired_at is None]
    catalog = Catalog()
    asked = [_model_of(criteria.get(stage.pk), catalog) for stage in stages]
    result = {}
    for place, stage in enumerate(stages):
        ahead, behind = asked[place + 1 :], asked[place::-1]
        found = next((slug for slug in (*ahead[:1], *behind, *ahead) if slug), "")
        if found:
            result[stage.pk] = found
    heirs = {stage.pk: stage.leads_go_to_id for stage in everything if stage.retired_at is not None}
    return result | {pk: result[heir] for pk, heir in heirs.items() if heir in result}


def _model_of(criterion: Criterion | None, catalog: Catalog) -> str:
    for _kind, spec in leaves(criterion.condition, catalog) if criterion else ():
        if spec["leaf"] in ("score", "band"):
            return str(spec["model"])
    return ""
