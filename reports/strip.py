"""The strip of figures above the funnel. Pure."""

from typing import Any

from leads.queries.intervals import quotient
from reports import figures
from reports.drawing import Count
from reports.links import leads_behind
from reports.queries.funnel import Funnel
from reports.queries.velocity import Velocity


def strip(
    now: Funnel, before: Funnel | None, times: Velocity, then: Velocity | None, decided: dict[str, int]
) -> dict[str, Any]:
    """What the templates show above the funnel; last year's figures are empty without comparing."""
    last, first = now.stages[-1], now.stages[0]
    total = sum(decided.values())
    return {
        "captured": Count(first.entries, leads_behind(now.filter, reached=first.stage.slug)),
        "captured_delta": figures.grown(now.captured, before.captured) if before else None,
        "captured_before": figures.count(before.captured) if before else "",
        "to_last": figures.percent(last.overall_rate),
        "to_last_delta": figures.points(last.overall_rate, before.stages[-1].overall_rate) if before else None,
        "to_last_before": figures.percent(before.stages[-1].overall_rate) if before else "",
        "last": last,
        "sum": figures.days(times.sum_of_means),
        "sum_delta": figures.sooner(times.sum_of_means, then.sum_of_means) if then else None,
        "sum_before": figures.days(then.sum_of_means) if then else "",
        "whole": figures.days(times.mean_whole_path),
        "whole_n": times.whole_path.n,
        "accepted": figures.percent(quotient(decided["accepted"], total)),
        "accepted_n": decided["accepted"],
        "decided_n": total,
        "won": Count(now.outcomes["won"], leads_behind(now.filter, outcome="won")),
        "wins": [(win.stage, figures.percent(win.rate), win.band) for win in now.wins],
    }
