"""What opportunities and customers have in common, over REST."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from leads.models import Realm
from reports.api.reports import ASKED, Report, rounded
from reports.api.serializers import Count, Rate
from reports.queries.icp import BEST, SQO, GradeLine, icp_report
from reports.queries.traits import VERDICTS, Trait

CHOICES = {"best": (tuple(BEST), SQO), "realm": (tuple(Realm.values), Realm.MARKETING.value)}
_MORE = [
    OpenApiParameter("best", str, enum=list(BEST), description="Whose traits: sqo (default), or won."),
    OpenApiParameter("realm", str, enum=Realm.values, description="Whose profile; marketing by default."),
]


def _rates(name: str) -> dict[str, serializers.Field]:
    return {
        f"{name}_rate": Rate(allow_null=True),
        f"{name}_likely": serializers.ListField(child=Rate(), allow_null=True, help_text="95 % interval"),
    }


# `label` is an attribute of every field of REST framework.
_TRAITS = inline_serializer(
    "IcpTrait",
    {
        "of": serializers.ChoiceField(choices=["condition", "company", "lead"]),
        "field": serializers.CharField(help_text="key of the attribute; of a condition its group"),
        "label": serializers.CharField(),
        "known": Count(help_text="leads of whom it is known"),
        "having": Count(),
        "share": Rate(allow_null=True),
        "best_known": Count(),
        "best_having": Count(),
        "best_share": Rate(allow_null=True),
        "likely": serializers.ListField(child=Rate(), allow_null=True, help_text="95 % interval of best_share"),
        "lift": Rate(allow_null=True, help_text="best_share against share"),
        "verdict": serializers.ChoiceField(choices=list(VERDICTS)),
    },
    many=True,
)
_GRADES = inline_serializer(
    "IcpGrade",
    {
        "grade": serializers.CharField(),
        **{name: Count() for name in ("leads", "sqo", "won")},
        **_rates("sqo"),
        **_rates("won"),
    },
    many=True,
)
IcpOut = inline_serializer(
    "IcpReport",
    {
        "realm": serializers.CharField(),
        "version": Count(allow_null=True, help_text="of the profile; null where none is written"),
        "best": serializers.CharField(),
        "leads": Count(),
        "sqo": Count(),
        "won": Count(),
        "conditions": _TRAITS,
        "attributes": _TRAITS,
        "suggestions": _TRAITS,
        "grades": _GRADES,
    },
)


class IcpReportDoor(Report):
    """What the best leads share against all leads."""

    parameters: ClassVar = Report.parameters | set(CHOICES)

    @extend_schema(operation_id="reports_icp", parameters=[*ASKED, *_MORE], responses=IcpOut)
    def get(self, request: Request) -> Response:
        """Compare the leads that got furthest with all of the scope."""
        wanted = self.asked().wanted
        found = icp_report(wanted, realm=self._chosen("realm"), best=self._chosen("best"))
        return Response(
            {
                "realm": found.realm,
                "version": found.profile.version if found.profile else None,
                **{name: getattr(found, name) for name in ("best", "leads", "sqo", "won")},
                **{
                    name: [_trait(row) for row in getattr(found, name)]
                    for name in ("conditions", "attributes", "suggestions")
                },
                "grades": [_grade(row) for row in found.grades],
            }
        )

    def _chosen(self, name: str) -> str:
        choices, default = CHOICES[name]
        value = self.request.query_params.get(name) or default
        if value not in choices:
            raise ValidationError({name: [f"There is no such thing here: {value}. Choose from: {', '.join(choices)}."]})
        return value


def _trait(row: Trait) -> dict[str, Any]:
    return {
        "of": row.kind,
        "field": row.field_label if row.kind == "condition" else row.field,
        **{name: getattr(row, name) for name in ("label", "known", "having", "best_known", "best_having", "verdict")},
        **{name: rounded(getattr(row, name)) for name in ("share", "best_share", "lift")},
        "likely": _pair(row.likely),
    }


def _grade(row: GradeLine) -> dict[str, Any]:
    rates = {"sqo": row.sqo, "won": row.won}
    return {
        "grade": row.grade,
        "leads": row.leads,
        **rates,
        **{f"{name}_rate": rounded(n / row.leads) if row.leads else None for name, n in rates.items()},
        "sqo_likely": _pair(row.sqo_likely),
        "won_likely": _pair(row.won_likely),
    }


def _pair(likely: tuple[float, float] | None) -> list[float | None] | None:
    return [rounded(bound) for bound in likely] if likely else None
