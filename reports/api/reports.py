"""Reports over REST: counted from the journal at the moment of asking."""

from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api.door import Door
from reports.api.serializers import BreakdownOut, FunnelOut, VelocityOut
from reports.forms import LAST_YEAR, ReportForm
from reports.queries.breakdown import Row, regions, sources
from reports.queries.funnel import Funnel, change, decisions, funnel
from reports.queries.scope import year_before
from reports.queries.velocity import StepTime, velocity
from users.access import Right

TEXT = {
    "campaign": "Slug of a campaign; without one, all leads.",
    "channel": 'Slug of a source; "none" for leads without one.',
    "region": 'Region of the company, for example us-east; "none" for leads without one.',
    "owner": "Number or e-mail of the owner.",
}
ASKED = [
    *(OpenApiParameter(name, str, description=text) for name, text in TEXT.items()),
    OpenApiParameter(
        "mode",
        str,
        enum=["cohort", "period"],
        description="cohort (default): passes that began in the time, followed on; period: what happened in it.",
    ),
    OpenApiParameter(
        "from", OpenApiTypes.DATE, description="First day; without days the campaign's own, else the last 90."
    ),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Last day, inclusive."),
]
COMPARE = OpenApiParameter(
    "compare", str, enum=[LAST_YEAR, "none"], description="last_year: the campaign's predecessor, else a year earlier."
)


def rounded(number: float | None) -> float | None:
    """Five places, as documented."""
    return None if number is None else round(number, 5)


class Report(Door):
    """Base of the reports: the question is read from the address, and what is not understood is refused by name."""

    needs: ClassVar = {"GET": Right.SEE_REPORTS}
    parameters: ClassVar = {parameter.name for parameter in ASKED}

    def asked(self) -> ReportForm:
        """The question; raises ValidationError naming every parameter at fault."""
        form = ReportForm(self.request.query_params, user=self.user, now=self.now)
        faults = {
            name: [ErrorDetail(str(error.messages[0]), code=error.code or "invalid") for error in errors.as_data()]
            for name, errors in form.errors.items()
        }
        for name in set(self.request.query_params) - self.parameters:
            faults[name] = [ErrorDetail("This report does not know this parameter.", code="unknown")]
        if faults:
            raise ValidationError(faults)
        return form


class FunnelReport(Report):
    """Entries of every stage, outcomes and decisions."""

    parameters: ClassVar = Report.parameters | {"compare"}

    @extend_schema(operation_id="reports_funnel", parameters=[*ASKED, COMPARE], responses=FunnelOut)
    def get(self, request: Request) -> Response:
        """Count the funnel."""
        form = self.asked()
        found = funnel(form.wanted)
        before = funnel(year_before(form.wanted)) if form.compares else None
        return Response(
            {
                **_time(found),
                "stages": [_stage(found, index, before) for index in range(len(found.stages))],
                "outcomes": found.outcomes,
                "wins": [{"stage": win.stage.slug, "rate": rounded(win.rate), "band": win.band} for win in found.wins],
                "decisions": decisions(form.wanted),
                "compare": _time(before) if before else None,
            }
        )


def _time(found: Funnel) -> dict[str, Any]:
    wanted = found.filter
    return {
        "mode": wanted.mode.value,
        "campaign": wanted.campaign.slug if wanted.campaign else None,
        "from": wanted.starts_on,
        "to": wanted.ends_on,
    }


def _stage(found: Funnel, index: int, before: Funnel | None) -> dict[str, Any]:
    row = found.stages[index]
    result = {
        "stage": row.stage.slug,
        "entries": row.entries,
        "stopped": row.stopped,
        "step_rate": rounded(row.step_rate),
        "overall_rate": rounded(row.overall_rate),
        "band": row.band,
        "compare": None,
    }
    if before:
        entries = before.stages[index].entries
        result["compare"] = {"entries": entries, "change": rounded(change(row.entries, entries))}
    return result


class SourcesReport(Report):
    """Counts by source."""

    @extend_schema(operation_id="reports_sources", parameters=ASKED, responses=BreakdownOut)
    def get(self, request: Request) -> Response:
        """Count by the channel of the capture that began each pass."""
        return Response({"rows": [_row(row) for row in sources(self.asked().wanted)]})


class RegionsReport(Report):
    """Counts by region."""

    @extend_schema(operation_id="reports_regions", parameters=ASKED, responses=BreakdownOut)
    def get(self, request: Request) -> Response:
        """Count by where the company has its head office."""
        return Response({"rows": [_row(row) for row in regions(self.asked().wanted)]})


def _row(row: Row) -> dict[str, Any]:
    return {
        "key": row.key or None,
        "label": row.label,
        "stages": row.stages,
        "won": row.won,
        "to_sqo": rounded(row.to_last),
        "to_won": rounded(row.to_won),
    }


class VelocityReport(Report):
    """Days between stages."""

    @extend_schema(operation_id="reports_velocity", parameters=ASKED, responses=VelocityOut)
    def get(self, request: Request) -> Response:
        """Mean, median and 90th percentile of each step, and from the first stage to won."""
        found = velocity(self.asked().wanted)
        return Response(
            {
                "rows": [_step(step) for step in (*found.steps, found.to_won)],
                "sum_of_means": rounded(found.sum_of_means),
                "mean_whole_path": rounded(found.mean_whole_path),
            }
        )


def _step(step: StepTime) -> dict[str, Any]:
    return {
        "from": step.start,
        "to": step.end,
        "n": step.n,
        "mean_days": rounded(step.mean_days),
        "median_days": rounded(step.median_days),
        "p90_days": rounded(step.p90_days),
        "sla_days": step.sla_days,
    }
