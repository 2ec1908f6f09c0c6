"""Won and lost deals over REST."""

from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api.door import Door
from reports.api.reports import rounded
from reports.forms import DealForm
from reports.queries.deals import AXES, REP, DealRow, deal_report, deals_in_reports
from users.access import Right


class DealRowOut(serializers.Serializer):
    """Deals of one rep, manager, month …"""

    key = serializers.CharField(allow_null=True)
    won = serializers.IntegerField()
    lost = serializers.IntegerField()
    open = serializers.IntegerField()
    won_amounts = serializers.DictField(child=serializers.DecimalField(max_digits=16, decimal_places=2))
    open_amounts = serializers.DictField(child=serializers.DecimalField(max_digits=16, decimal_places=2))
    win_rate = serializers.FloatField(allow_null=True)
    win_rate_between = serializers.ListField(child=serializers.FloatField(), allow_null=True)
    mean_days = serializers.FloatField(allow_null=True)
    median_days = serializers.FloatField(allow_null=True)


class DealsOut(serializers.Serializer):
    """The report."""

    by = serializers.CharField()
    rows = DealRowOut(many=True)
    total = DealRowOut()


class DealsReport(Door):
    """Deals won, lost and open by whoever sold them."""

    needs: ClassVar = {"GET": Right.SEE_REPORTS}

    @extend_schema(
        operation_id="reports_deals",
        parameters=[
            OpenApiParameter("by", str, enum=list(AXES), description="What is counted by; rep without it."),
            OpenApiParameter("from", OpenApiTypes.DATE, description="First day on which a counted deal closed."),
            OpenApiParameter("to", OpenApiTypes.DATE, description="Last day, inclusive."),
        ],
        responses=DealsOut,
    )
    def get(self, request: Request) -> Response:
        """Count; open deals are those open now, whatever the days."""
        form = DealForm(request.query_params)
        faults = {
            name: [ErrorDetail(str(error.messages[0]), code=error.code or "invalid") for error in errors.as_data()]
            for name, errors in form.errors.items()
        }
        for name in set(request.query_params) - {"by", "from", "to"}:
            faults[name] = [ErrorDetail("This report does not know this parameter.", code="unknown")]
        if faults:
            raise ValidationError(faults)
        said = form.cleaned_data
        report = deal_report(deals_in_reports(self.user), said["by"] or REP, first=said["from"], last=said["to"])
        return Response({"by": report.axis, "rows": [_row(row) for row in report.rows], "total": _row(report.total)})


def _row(row: DealRow) -> dict[str, Any]:
    limits = row.limits
    return {
        "key": row.key or None,
        "won": row.won,
        "lost": row.lost,
        "open": row.open,
        "won_amounts": {currency: str(amount) for currency, amount in row.won_amounts.items()},
        "open_amounts": {currency: str(amount) for currency, amount in row.open_amounts.items()},
        "win_rate": rounded(row.rate),
        "win_rate_between": [rounded(limit) for limit in limits] if limits else None,
        "mean_days": rounded(row.mean_days),
        "median_days": rounded(row.median_days),
    }
