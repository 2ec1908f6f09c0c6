"""Won and lost deals by whoever sold them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from reports import figures
from reports.forms import DealForm
from reports.links import with_changes
from reports.queries.deals import MANAGER, MONTH, OFFICE, PRODUCT, REP, SDR, SEGMENT, deal_report, deals_in_reports
from users.access import Right, has_right
from users.requests import PageRequest

LABELS: dict[str, str | Promise] = {
    REP: _("Sales rep"),
    SDR: _("SDR"),
    MANAGER: _("Manager"),
    OFFICE: _("Office or region"),
    MONTH: _("Month"),
    PRODUCT: _("Product"),
    SEGMENT: _("Segment"),
}


@require_safe
def deals_page(request: PageRequest) -> HttpResponse:
    """Deals won, lost and open by rep, manager, month, product, segment."""
    if not has_right(request.user, Right.SEE_REPORTS):
        raise PermissionDenied
    form = DealForm(request.GET)
    context: dict[str, Any] = {"form": form, "page_url": reverse("reports:deals")}
    if not form.is_valid():
        return render(request, "reports/deals.html", context, status=400)
    said = form.cleaned_data
    axis = said["by"] or REP
    report = deal_report(deals_in_reports(request.user), axis, first=said["from"], last=said["to"])
    context |= {
        "report": report,
        "lines": [(row, _figures(row)) for row in report.rows],
        "total": (report.total, _figures(report.total)),
        "head": LABELS[axis],
        "axes": [(label, with_changes(request.GET, by=name), name == axis) for name, label in LABELS.items()],
        "is_narrowed": bool(said["from"] or said["to"]),
        "clear_url": with_changes(request.GET, **{"from": None, "to": None}),
    }
    return render(request, "reports/deals.html", context)


def _figures(row: Any) -> dict[str, str]:
    limits = row.limits
    return {
        "rate": figures.percent(row.rate) if row.closed else "–",
        "likely": f"{figures.decimal(limits[0] * 100)}–{figures.percent(limits[1])}" if limits else "",
        "mean": figures.days(row.mean_days) if row.mean_days is not None else "–",
        "median": figures.days(row.median_days) if row.median_days is not None else "–",
    }
