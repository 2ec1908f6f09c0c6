"""The threshold of a version: what the criterion of the stage that its model decides asks for, changed with it."""

from datetime import datetime

from django.utils.translation import gettext as _

from leads.conditions.tree import InvalidCondition, validate
from leads.lifecycle.criteria import ground_of, set_criterion
from leads.lifecycle.satisfiable import flaws
from leads.models import Criterion, CriterionMode
from scoring.decides import Decision, decision_of, with_threshold
from scoring.models import ModelVersion


def threshold_then(version: ModelVersion, *, now: datetime) -> int | None:
    """What the criterion asks for once the version is in force: its own threshold, else what is asked for now."""
    if version.threshold is not None:
        return version.threshold
    decision = decision_of(version.model, now=now)
    return decision.threshold if decision else None


def threshold_error(version: ModelVersion, *, now: datetime) -> dict[str, str]:
    """Why the version's threshold and borderline cannot take effect, by field; empty where they can."""
    decision = decision_of(version.model, now=now)
    if version.threshold is not None and decision is None:
        return {"threshold": _("No stage asks for points of this model. Write a criterion with its score first.")}
    then = threshold_then(version, now=now)
    if version.borderline_from is not None and then is not None and version.borderline_from >= then:
        return {"borderline_from": _("The borderline must begin below the threshold, %(n)d.") % {"n": then}}
    if decision is None or version.threshold in (None, decision.threshold):
        return {}
    return _criterion_error(decision, version)


def _criterion_error(decision: Decision, version: ModelVersion) -> dict[str, str]:
    coming = Criterion.objects.filter(stage=decision.stage, version__gt=decision.criterion.version).first()
    if coming is not None:
        text = _("A criterion of %(stage)s that is to take effect later stands in the way. Leave the threshold empty.")
        return {"threshold": text % {"stage": decision.stage.label}}
    condition = with_threshold(decision.criterion.condition, version.model.slug, version.threshold or 0)
    try:
        validate(condition)
    except InvalidCondition as refused:
        return {"threshold": str(refused)}
    never = flaws(condition, ground_of(decision.stage))
    return {"threshold": "; ".join(reason for _place, reason in never)} if never else {}


def carry_threshold(version: ModelVersion, *, by: int | None, now: datetime) -> bool:
    """Write the next version of the stage's criterion where the threshold differs; returns whether it did."""
    decision = decision_of(version.model, now=now)
    if decision is None or version.threshold in (None, decision.threshold):
        return False
    criterion = decision.criterion
    set_criterion(
        criterion.stage,
        with_threshold(criterion.condition, version.model.slug, version.threshold or 0),
        by=by,
        now=now,
        mode=CriterionMode(criterion.mode),
        cooldown_days=criterion.cooldown_days,
    )
    return True
