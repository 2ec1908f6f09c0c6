"""The scores of companies from their people: nothing is stored, so nothing drifts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any

from django.db import connection

from leads.conditions.company_score import HALVINGS, company_points
from leads.models import Lead, LeadScore, Outcome, ScoreLegend, ScoreModel
from leads.queries.standing import Goal

SHOWN = 8


@dataclass(frozen=True)
class Share:
    """What one person gives to the company's score; without a lead, what all further people give together."""

    lead: Lead | None
    own: int
    points: int
    people: int = 1


@dataclass(frozen=True)
class CompanyScore:
    """One model's score of a company: the points of the shares add up to it."""

    model: ScoreModel
    points: int
    band: str
    shares: Sequence[Share]


def scores_of(company_ids: Iterable[int], model: ScoreModel) -> dict[int, int]:
    """The scores of companies in one model, in one query; companies without a scored person are left out."""
    ids = list(company_ids)
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(company_points(model, "t.company_id = ANY(%(companies)s)"), {"companies": ids})
        return dict(cursor.fetchall())


def main_model(goal: Goal | None) -> ScoreModel | None:
    """The model that lists show: that of the qualified stage's criterion, else the first one with a score."""
    scored = ScoreModel.objects.filter(legends__isnull=False).distinct().order_by("purpose", "slug")
    named = scored.filter(slug=goal.model_slug).first() if goal else None
    return named or scored.first()


def company_scores(company_id: int, seen: Iterable[Lead]) -> list[CompanyScore]:
    """The company's scores in all models with what each person gives; those not `seen` stand together."""
    people = {lead.pk: lead for lead in seen}
    rows = LeadScore.objects.filter(lead__company=company_id, lead__archived_at=None).select_related("model")
    rows = rows.exclude(lead__outcome=Outcome.DISQUALIFIED).order_by("model__purpose", "model__slug", "-points", "lead")
    by_model: dict[ScoreModel, list[LeadScore]] = {}
    for row in rows:
        by_model.setdefault(row.model, []).append(row)
    bands = bands_of(by_model)
    found = []
    for model, scores in by_model.items():
        given = shares([row.points for row in scores], ScoreModel.CompanyRule(model.company_rule))
        lines = [Share(people.get(row.lead_id), row.points, got) for row, got in zip(scores, given, strict=True)]
        total = sum(given)
        found.append(CompanyScore(model, total, band_at(total, bands.get(model.pk, [])), _folded(lines)))
    return found


def company_score(lead: Lead, model: ScoreModel) -> CompanyScore | None:
    """The score of a lead's company in one model, without its shares; None where it has none."""
    if lead.company_id is None:
        return None
    points = scores_of([lead.company_id], model).get(lead.company_id)
    return None if points is None else CompanyScore(model, points, band_at(points, bands_of([model])[model.pk]), ())


def _folded(lines: Sequence[Share]) -> list[Share]:
    """The first people the reader may know by name, then all others in one line."""
    known = [line for line in lines if line.lead is not None][:SHOWN]
    others = len(lines) - len(known)
    if not others:
        return known
    rest = sum(line.points for line in lines) - sum(line.points for line in known)
    return [*known, Share(None, 0, rest, others)]


def shares(points: Sequence[int], rule: ScoreModel.CompanyRule) -> list[int]:
    """What each of these points, highest first, gives to the whole under a rule: whole numbers that add up to it.

    Of a falling sum a share is by how much it raises the sum of those before it, both rounded down.
    """
    if rule == ScoreModel.CompanyRule.SUM:
        return list(points)
    if rule == ScoreModel.CompanyRule.HIGHEST:
        return [*points[:1], *(0 for _rest in points[1:])]
    given, exact = [], 0.0
    for place, own in enumerate(points):
        before = exact
        exact += own * 0.5**place if place <= HALVINGS else 0
        given.append(floor(exact) - (floor(before) if place else 0))
    return given


def bands_of(models: Iterable[ScoreModel]) -> dict[int, list[dict[str, Any]]]:
    """The bands of each model's latest version, by the model's id."""
    rows = ScoreLegend.objects.filter(model__in=list(models)).order_by("version")
    return {row.model_id: row.bands for row in rows}


def band_at(points: int | None, bands: Sequence[dict[str, Any]]) -> str:
    """The band of so many points, of none the lowest; empty where there are no bands."""
    for band in bands:
        least = band["from"]
        if least is None or (points is not None and points >= least):
            return str(band["band"])
    return ""
