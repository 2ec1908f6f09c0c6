"""Report pages. Everything they show stands in their address."""

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from leads.lifecycle.entries import Mode
from leads.models import Stage
from reports import figures
from reports.drawing import drawn, gate_before
from reports.links import leads_behind, with_changes
from reports.queries.breakdown import Row, regions_of, sources_of
from reports.queries.funnel import Funnel, decisions, funnel_of
from reports.queries.maturity import maturity
from reports.queries.scope import year_before
from reports.queries.tally import Tallies, tally
from reports.queries.velocity import velocity_of
from reports.strip import strip
from reports.tables import Line, lines, totals, won_line
from reports.views.asked import asked, emptiness
from users.requests import PageRequest


@require_safe
def home(request: PageRequest) -> HttpResponse:
    """Reports begin with the funnel."""
    return redirect("reports:funnel")


@require_safe
def funnel_page(request: PageRequest) -> HttpResponse:
    """Where leads are lost, step by step, and by source and region."""
    form, context = asked(request, "reports:funnel")
    context["compares"] = True
    if not form.is_valid():
        return render(request, "reports/funnel.html", context, status=400)
    wanted, stages = form.wanted, list(Stage.objects.order_by("position"))
    counts = tally(wanted, by_slice=True)
    now, times = funnel_of(wanted, counts.whole, stages), velocity_of(wanted, stages)
    last_year = year_before(wanted)
    earlier = funnel_of(last_year, tally(last_year).whole, stages) if form.compares else None
    before = None if earlier is None or earlier.is_empty else earlier
    then = velocity_of(last_year, stages) if before else None
    decided = decisions(wanted)
    context |= {
        "levels": drawn(now, before, times, decided),
        "kpis": strip(now, before, times, then, decided),
        "now": now,
        "gate": gate_before(stages),
        "before": before,
        "before_empty": earlier is not None and before is None,
        "before_word": _before_word(now, before) if before else "",
        "breakdowns": _breakdowns(context["query"], now, counts, stages),
        "totals": totals(now),
        "won": won_line(now, before, times.to_won),
        "ended": {outcome: leads_behind(wanted, outcome=outcome) for outcome in now.outcomes},
    }
    if wanted.mode == Mode.COHORT:
        age = maturity(wanted, times, context["clock"])
        context |= {"maturity": age, "maturity_share": figures.percent(age.share, 0)}
    return render(request, "reports/funnel.html", context | emptiness(request, now))


@require_safe
def sources_page(request: PageRequest) -> HttpResponse:
    """Where leads come from that are won."""
    form, context = asked(request, "reports:sources")
    if not form.is_valid():
        return render(request, "reports/sources.html", context, status=400)
    stages = list(Stage.objects.order_by("position"))
    counts = tally(form.wanted, by_slice=True)
    now = funnel_of(form.wanted, counts.whole, stages)
    context |= {
        "now": now,
        "gate": gate_before(stages),
        "breakdowns": _breakdowns(context["query"], now, counts, stages),
        "totals": totals(now),
        "sort": "-captured",
    }
    return render(request, "reports/sources.html", context | emptiness(request, now))


def _before_word(now: Funnel, before: Funnel) -> str:
    """The head of the column of earlier figures: their year, where it tells them apart."""
    year = before.filter.starts_on.year
    return str(year) if year != now.filter.starts_on.year else _("before")


def _breakdowns(query: QueryDict, now: Funnel, counts: Tallies, stages: list[Stage]) -> dict[str, list[Line]]:
    """The tables by source and by region; a row's name narrows the page to it."""
    result = {}
    for axis, rows in (("channel", sources_of(counts, stages)), ("region", regions_of(counts, stages))):
        rows = _sorted(rows, query.get("sort", ""))
        queries = {row.link: with_changes(query, **{axis: row.link}) for row in rows}
        result[axis] = lines(now, rows, axis, queries)
    return result


def _sorted(rows: list[Row], key: str) -> list[Row]:
    """Rows in the order asked for; as they come without one."""
    name = key.removeprefix("-")
    orders = {
        "label": lambda row: row.label.lower(),
        "captured": lambda row: next(iter(row.stages.values()), 0),
        "last": lambda row: row.to_last or 0,
        "won": lambda row: row.won,
        "rate": lambda row: row.to_won or 0,
    }
    return sorted(rows, key=orders[name], reverse=key.startswith("-")) if name in orders else rows
