"""Moves that criteria suggest and a person makes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from leads.access.moves import why_not_by
from leads.conditions.plan import Scope
from leads.conditions.tree import words
from leads.lifecycle.criteria import in_force
from leads.lifecycle.promote import judge
from leads.lifecycle.rules import Standing, refusal
from leads.models import Cause, Criterion, CriterionMode, Lead, Stage, StageRole
from users.models import User


@dataclass(frozen=True)
class Suggestion:
    """A stage whose criterion the lead meets, and the page where a person moves it there."""

    stage: Stage
    words: str
    url: str


def suggestion(lead: Lead, user: User, now: datetime) -> Suggestion | None:
    """The highest stage that suggests itself to somebody who may move the lead there, or None.

    As with moves by themselves: nothing while the lead rests, its campaign has ended or the stage cools down.
    """
    offered = {
        pk: row
        for pk, row in in_force(now).items()
        if row.mode == CriterionMode.SUGGESTED and _is_open(lead, row, user)
    }
    if not offered:
        return None
    found = {verdict.criterion_id for verdict in judge(Scope(ids=[lead.pk]), offered, now=now)}
    met = next((row for row in offered.values() if row.pk in found), None)
    return _of(lead, met) if met else None


def _is_open(lead: Lead, criterion: Criterion, user: User) -> bool:
    stage, here = criterion.stage, Standing(lead.stage, lead.outcome, lead.cycle, lead.stage_since)
    cause = Cause.PROOF if stage.role == StageRole.OPPORTUNITY else Cause.PERSON
    is_ahead = not lead.outcome and stage.position > lead.stage.position
    return is_ahead and not refusal(here, stage, cause, begins=False) and not why_not_by(user, stage)


def _of(lead: Lead, criterion: Criterion) -> Suggestion:
    if criterion.stage.role == StageRole.OPPORTUNITY:
        url = reverse("leads:lead_proof", args=[lead.pk])
    else:
        url = f"{reverse('leads:lead_move', args=[lead.pk])}?to={criterion.stage.slug}"
    try:
        text = words(criterion.condition)
    except KeyError:  # something it names has been deleted since
        text = _("its criterion")
    return Suggestion(criterion.stage, text, url)


def told(stage: Stage) -> dict[str, Sequence[str]]:
    """What the stage tells people, as lines; empty where nobody has written anything."""
    parts = {"help": stage.help_text, "dos": stage.dos, "donts": stage.donts, "kpis": stage.kpis}
    lines: dict[str, Sequence[str]] = {
        name: [line.strip() for line in text.splitlines() if line.strip()] for name, text in parts.items()
    }
    return lines if any(lines.values()) else {}
