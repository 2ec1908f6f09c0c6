"""What sales said to the leads it was offered, over REST."""

from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reports.api.reports import ASKED, Report, rounded
from reports.api.serializers import Count, Rate
from reports.queries.feedback import AXES, Counts, Said, Slice, feedback
from reports.queries.service import Level, service_levels


def _decisions() -> dict[str, serializers.Field]:
    return {
        **{name: Count() for name in ("accepted", "returned", "rejected", "duplicate", "open")},
        "accepted_rate": Rate(allow_null=True, help_text="accepted of those accepted, returned and rejected"),
        "likely": serializers.ListField(child=Rate(), allow_null=True, help_text="95 % interval of that rate"),
    }


_SLICES = inline_serializer(
    "FeedbackSlice",
    {
        "key": serializers.CharField(allow_null=True, help_text="null for handovers that have none"),
        "label": serializers.CharField(),
        **_decisions(),
    },
    many=True,
)
_SAID: dict[str, serializers.Field] = {"label": serializers.CharField(), "n": Count()}
FeedbackOut = inline_serializer(
    "Feedback",
    {
        "mode": serializers.CharField(),
        "campaign": serializers.CharField(allow_null=True),
        "from": serializers.DateField(),
        "to": serializers.DateField(),
        "decisions": inline_serializer("FeedbackDecisions", _decisions()),
        "reasons": inline_serializer(
            "FeedbackReason",
            {"decision": serializers.CharField(), "reason": serializers.CharField(), **_SAID},
            many=True,
        ),
        "missing": inline_serializer("FeedbackMissing", {"missing": serializers.CharField(), **_SAID}, many=True),
        "by": inline_serializer("FeedbackBy", dict.fromkeys(AXES, _SLICES)),
        "service_levels": inline_serializer(
            "ServiceLevel",
            {
                "kind": serializers.CharField(help_text="decide, contact or opportunity"),
                "agreed": Count(allow_null=True),
                "unit": serializers.CharField(allow_null=True, help_text="hours or days of working time, or calendar"),
                **{name: Count() for name in ("n", "in_time", "late", "open", "open_late")},
                **{
                    name: Rate(allow_null=True)
                    for name in ("mean_days", "median_days", "mean_working_days", "median_working_days")
                },
                "status": serializers.CharField(allow_null=True, help_text="kept, often_late or broken"),
            },
            many=True,
        ),
    },
)


class FeedbackReport(Report):
    """Decisions on handovers with their reasons, by source, campaign, document, rule, person and team."""

    @extend_schema(operation_id="reports_feedback", parameters=ASKED, responses=FeedbackOut)
    def get(self, request: Request) -> Response:
        """Count decisions, reasons and service levels at this moment."""
        wanted = self.asked().wanted
        found = feedback(wanted)
        return Response(
            {
                "mode": wanted.mode.value,
                "campaign": wanted.campaign.slug if wanted.campaign else None,
                "from": wanted.starts_on,
                "to": wanted.ends_on,
                "decisions": _counts(found.whole),
                "reasons": [{"decision": row.decision, "reason": row.key, **_said(row)} for row in found.reasons],
                "missing": [{"missing": row.key, **_said(row)} for row in found.missing],
                "by": {axis: [_slice(row) for row in rows] for axis, rows in found.slices.items()},
                "service_levels": [_level(level) for level in service_levels(wanted, self.now)],
            }
        )


def _counts(counts: Counts) -> dict[str, Any]:
    limits = counts.likely
    return {
        "accepted": counts.accepted,
        "returned": counts.returned,
        "rejected": counts.rejected,
        "duplicate": counts.duplicate,
        "open": counts.open,
        "accepted_rate": rounded(counts.accepted_rate),
        "likely": [rounded(limits[0]), rounded(limits[1])] if limits else None,
    }


def _said(row: Said) -> dict[str, Any]:
    return {"label": row.label, "n": row.n}


def _slice(row: Slice) -> dict[str, Any]:
    return {"key": row.key or None, "label": row.label, **_counts(row.counts)}


def _level(level: Level) -> dict[str, Any]:
    return {
        "kind": level.kind.value,
        "agreed": level.agreed,
        "unit": level.unit or None,
        "n": level.n,
        "in_time": level.in_time,
        "late": level.late,
        "open": level.open,
        "open_late": level.open_late,
        "mean_days": rounded(level.mean_days),
        "median_days": rounded(level.median_days),
        "mean_working_days": rounded(level.mean_working_days),
        "median_working_days": rounded(level.median_working_days),
        "status": level.status,
    }
