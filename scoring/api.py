"""Why a lead has its score, for machines."""

from datetime import date, timedelta
from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api.door import Door
from leads.api.leads import readable_lead
from leads.lifecycle.criteria import main_models
from leads.models import Lead, ScoreModel
from scoring.coming import coming
from scoring.explain import Explanation, NotExplainable, explain
from users.models import Organisation

EARLIEST = date(1990, 1, 1)
AHEAD = timedelta(days=366)


class LineOut(serializers.Serializer):
    """A rule's part, or what the cap of a group took away."""

    rule = serializers.CharField(required=False)
    group = serializers.CharField(required=False)
    cap = serializers.CharField(required=False)
    points = serializers.IntegerField()
    fresh = serializers.IntegerField(required=False)
    evidence = serializers.ListField(child=serializers.CharField(), required=False)
    fades_on = serializers.DateField(required=False, allow_null=True)


class ChangeOut(serializers.Serializer):
    """By how much time alone changes the points, and when first."""

    on = serializers.DateField()
    by = serializers.IntegerField()


class ExplanationOut(serializers.Serializer):
    """A score taken apart: `points` is the sum of the lines; `fresh` is what a line gave before it faded."""

    model = serializers.CharField()
    version = serializers.IntegerField()
    at = serializers.DateField()
    points = serializers.IntegerField()
    fit = serializers.IntegerField()
    engagement = serializers.IntegerField()
    band = serializers.CharField()
    next_change_on = serializers.DateField(allow_null=True)
    next_change = ChangeOut(allow_null=True)
    lines = LineOut(many=True)


class LeadExplanation(Door):
    """GET the score of a lead on a day, by rule, with its evidence."""

    needs: ClassVar = {"GET": "read"}

    @extend_schema(
        parameters=[
            OpenApiParameter("model", str, description="A model's key; without it the one that decides next."),
            OpenApiParameter("at", date, description="A day; without it today in the organisation's zone."),
        ],
        responses=ExplanationOut,
    )
    def get(self, request: Request, lead_id: int) -> Response:
        """The explanation."""
        lead = readable_lead(self, lead_id)
        today = self.now.astimezone(Organisation.load().zone).date()
        model = self.model(request.query_params.get("model"), lead)
        day = _day(request.query_params.get("at"), today)
        known_on = lead.created_at.astimezone(Organisation.load().zone).date()
        if day < known_on:
            raise ValidationError({"at": [ErrorDetail(f"The lead is known since {known_on}.", code="too_early")]})
        explanation = _explained(lead, model, day, today)
        change = coming(explanation, lead.pk).total if day >= today else None
        return Response({**_shown(explanation), "next_change": {"on": change.on, "by": change.by} if change else None})

    def model(self, slug: str | None, lead: Lead) -> ScoreModel:
        """The asked model; raises ValidationError for an unknown one, Http404 where none decides."""
        wanted = slug if slug is not None else main_models(self.now).get(lead.stage_id)
        if wanted is None:
            raise Http404
        found = ScoreModel.objects.filter(slug=wanted).first()
        if found is None:
            raise ValidationError({"model": [ErrorDetail("There is no such score model.", code="unknown")]})
        return found


def _explained(lead: Lead, model: ScoreModel, day: date, today: date) -> Explanation:
    """The explanation of a day; raises ValidationError for one without a version in force, Http404 without any."""
    try:
        found = explain(lead, model, at=day, today=today)
    except NotExplainable as gone:
        reason = f"{gone} was in force that day and names something that is gone."
        raise ValidationError({"at": [ErrorDetail(reason, code="gone")]}) from None
    if found is None and day < today:
        reason = f"No version of {model.slug} was in force on {day}."
        raise ValidationError({"at": [ErrorDetail(reason, code="no_version")]})
    if found is None:
        raise Http404
    return found


def _day(text: str | None, today: date) -> date:
    """A day between 1990 and a year from now; raises ValidationError."""
    if text is None:
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not EARLIEST <= day <= today + AHEAD:
        reason = "Give a day as YYYY-MM-DD, from 1990 to a year from now."
        raise ValidationError({"at": [ErrorDetail(reason, code="invalid")]})
    return day


def _shown(explanation: Explanation) -> dict[str, Any]:
    lines: list[dict[str, Any]] = [
        {
            "rule": line.rule,
            "group": line.group,
            "points": line.points,
            "fresh": line.fresh,
            "evidence": line.evidence,
            "fades_on": line.fades_on,
        }
        for line in explanation.lines
    ]
    lines += [{"cap": group, "points": points} for group, points in explanation.caps.items()]
    names = ("version", "at", "points", "fit", "engagement", "band", "next_change_on")
    shown = {name: getattr(explanation, name) for name in names}
    return {"model": explanation.model.slug, **shown, "lines": lines}
