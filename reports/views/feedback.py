"""What sales said to the leads marketing offered, and whether both kept to their times."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from leads.models import DeadlineKind, ScoreModel, Unit
from reports import figures
from reports.drawing import Count
from reports.links import leads_behind, with_changes
from reports.queries.feedback import AXES, Counts, Said, Slice, feedback
from reports.queries.scope import ReportFilter
from reports.queries.service import BROKEN, KEPT, OFTEN_LATE, Level, service_levels
from reports.views.asked import asked, emptiness_of
from users.access import Right, has_right
from users.models import User
from users.requests import PageRequest

STATES = ("accepted", "returned", "rejected", "duplicate", "open")
FIRST_AXIS = "channel"
BANDS = {KEPT: "good", OFTEN_LATE: "fair", BROKEN: "failing"}


@dataclass(frozen=True)
class Line:
    """One line of a table by source, campaign, rule, person …"""

    label: str
    url: str
    cells: Sequence[Count]
    rate: str
    likely: str


@require_safe
def feedback_page(request: PageRequest) -> HttpResponse:
    """Decisions, reasons, what was missing, and the service levels; every number opens its leads."""
    form, context = asked(request, "reports:feedback")
    if not form.is_valid():
        return render(request, "reports/feedback.html", context, status=400)
    wanted, query = form.wanted, context["query"]
    found = feedback(wanted)
    axis = query.get("by", "") if query.get("by") in AXES else FIRST_AXIS
    context |= {
        "cards": _cards(request.user) if axis == "rule" else [],
        "whole": _whole(wanted, found.whole),
        "reasons": [(said, _behind(wanted, said, "reason")) for said in found.reasons],
        "missing": [(said, _behind(wanted, said, "missing")) for said in found.missing],
        "levels": [_level(level) for level in service_levels(wanted, context["clock"])],
        "axis_label": AXES[axis],
        "tabs": [
            {"label": label, "url": with_changes(query, by=name), "current": name == axis}
            for name, label in AXES.items()
        ],
        "lines": [_line(wanted, axis, row, query) for row in found.slices[axis]],
        "total": _counts(wanted, found.whole),
        "total_rate": figures.percent(found.whole.accepted_rate),
    }
    return render(request, "reports/feedback.html", context | emptiness_of(request, not found.whole.total))


def _cards(user: User) -> list[tuple[str, str]]:
    """The report cards of the models in force, for those who may read them."""
    if not (has_right(user, Right.BUILD_RULES) or has_right(user, Right.BUILD_SALES_MODELS)):
        return []
    models = ScoreModel.objects.filter(legends__isnull=False).distinct().order_by("purpose", "slug")
    return [(row.name, reverse("scoring:report_card", args=[row.slug])) for row in models]


def _whole(wanted: ReportFilter, counts: Counts) -> dict[str, Any]:
    return {
        "counts": dict(zip(STATES, _counts(wanted, counts), strict=True)),
        "judged": figures.count(counts.judged),
        "rate": figures.percent(counts.accepted_rate),
        "likely": _likely(counts),
    }


def _counts(wanted: ReportFilter, counts: Counts, **which: str) -> list[Count]:
    """The numbers of a line, each with the leads behind it."""
    return [Count(getattr(counts, state), leads_behind(wanted, decision=state, **which)) for state in STATES]


def _line(wanted: ReportFilter, axis: str, row: Slice, query: Any) -> Line:
    narrows = axis in ("channel", "campaign") and bool(row.key)
    return Line(
        label=row.label,
        url=with_changes(query, **{axis: row.link}) if narrows else "",
        cells=_counts(wanted, row.counts, **{axis: row.link}),
        rate=figures.percent(row.counts.accepted_rate),
        likely=_likely(row.counts),
    )


def _likely(counts: Counts) -> str:
    limits = counts.likely
    return f"{figures.decimal(limits[0] * 100)}–{figures.percent(limits[1])}" if limits else ""


def _behind(wanted: ReportFilter, said: Said, name: str) -> Count:
    return Count(said.n, leads_behind(wanted, decision=said.decision, **{name: said.key}))


def _level(level: Level) -> dict[str, Any]:
    """One service level in words: 12 days against 7, broken."""
    words = {
        DeadlineKind.DECIDE: _("Decide on the handover"),
        DeadlineKind.CONTACT: _("First contact"),
        DeadlineKind.OPPORTUNITY: _("Become an opportunity"),
    }
    states = {KEPT: _("kept"), OFTEN_LATE: _("often late"), BROKEN: _("broken"), None: _("nothing to judge")}
    return {
        "level": level,
        "name": words[level.kind],
        "agreed": f"{level.agreed} {Unit(level.unit).label}" if level.agreed else _("not agreed"),
        "against": _against(level),
        "mean": figures.days(level.mean_days),
        "median": figures.days(level.median_days),
        "mean_working": figures.days(level.mean_working_days),
        "median_working": figures.days(level.median_working_days),
        "share": figures.percent(level.in_time / level.n if level.n else None),
        "status": level.status,
        "word": states[level.status],
        "sign": "b-" + BANDS.get(level.status or "", "none"),
        "band": BANDS.get(level.status or "", ""),
    }


def _against(level: Level) -> str:
    """What was found against what was agreed, both in the agreed unit."""
    if level.mean_found is None or level.agreed is None:
        return ""
    return _("%(found)s against %(agreed)s") % {"found": figures.decimal(level.mean_found), "agreed": level.agreed}
