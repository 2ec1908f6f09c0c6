"""What nurture mail brought, over REST."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from leads.access import leads_in_reports
from leads.api.door import Door
from leads.models import Campaign
from nurturing.models import Sequence
from nurturing.queries.numbers import MailNumbers, numbers
from reports.api.reports import rounded
from reports.api.serializers import SequencesOut
from users.access import Right

ASKED = [
    OpenApiParameter("campaign", str, description="Slug of a campaign: the sequences whose mails count there."),
    OpenApiParameter("sequence", str, description="Slug of a sequence; without one, all."),
]
KNOWN = {"campaign": Campaign.objects, "sequence": Sequence.objects}


class SequencesReport(Door):
    """Sent, opened, clicked and contributed, by mail."""

    needs = {"GET": Right.SEE_REPORTS}

    @extend_schema(operation_id="reports_sequences", parameters=ASKED, responses=SequencesOut)
    def get(self, request: Request) -> Response:
        """Count the mails of sequences over all their versions, once a lead and mail."""
        asked = self._asked()
        rows = Sequence.objects.order_by("slug")
        if "campaign" in asked:
            rows = rows.filter(campaign__slug=asked["campaign"])
        if "sequence" in asked:
            rows = rows.filter(slug=asked["sequence"])
        sequences = list(rows)
        found = numbers(sequences, leads=leads_in_reports(self.user))
        return Response(
            {
                "rows": [
                    _row(sequence.slug, mail) for sequence in sequences for mail in found.by_sequence[sequence.pk].mails
                ],
                "open_rate": rounded(found.total.open_rate),
                "click_rate": rounded(found.total.click_rate),
                "clickers_rate": rounded(found.total.clickers_rate),
            }
        )

    def _asked(self) -> dict[str, str]:
        """The filters given; raises ValidationError naming each one at fault."""
        given = {name: str(value) for name, value in self.request.query_params.items() if value or name not in KNOWN}
        faults = {
            name: [ErrorDetail("This report does not know this parameter.", code="unknown")]
            for name in given.keys() - KNOWN.keys()
        }
        for name, rows in KNOWN.items():
            if name in given and not rows.filter(slug=given[name]).exists():
                faults[name] = [ErrorDetail(f"There is no {name} with this key.", code="invalid_choice")]
        if faults:
            raise ValidationError(faults)
        return given


def _row(slug: str, mail: MailNumbers) -> dict[str, Any]:
    return {
        "sequence": slug,
        "step": mail.number,
        "name": mail.name,
        "sent": mail.sent,
        "delivered": mail.delivered,
        "skipped": mail.skipped,
        "failed": mail.failed,
        "uncertain": mail.uncertain,
        "waiting": mail.waiting,
        "opened": mail.opened,
        "open_rate": rounded(mail.open_rate),
        "clicked": mail.clicked,
        "click_rate": rounded(mail.click_rate),
        "contribution": mail.contribution,
    }
