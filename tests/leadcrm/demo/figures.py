"""The worked example's figures, counted from the journal by the reports' own queries."""

from datetime import timedelta
from typing import Any

from django.db.models import Count

from leads.models import Activity, Campaign, Evidence, Kind
from reports.queries.breakdown import regions, sources
from reports.queries.funnel import decisions, funnel
from reports.queries.scope import ReportFilter
from reports.queries.velocity import velocity
from users.models import Organisation

STAGES = ("mcl", "mel", "mql", "sal", "sql", "sqo")


def wanted(slug: str, **more: Any) -> ReportFilter:
    """The report on a campaign over its own time."""
    campaign = Campaign.objects.select_related("predecessor").get(slug=slug)
    assert campaign.starts_on
    ends_on = campaign.ends_on or campaign.starts_on + timedelta(days=60)
    zone = Organisation.load().zone
    return ReportFilter(campaign=campaign, starts_on=campaign.starts_on, ends_on=ends_on, zone=zone, **more)


def stage_counts(slug: str, **more: Any) -> list[int]:
    """Entries of each stage."""
    found = funnel(wanted(slug, **more))
    return [found.entries(stage) for stage in STAGES]


def tables(slug: str) -> dict[str, Any]:
    """Everything the example says about a campaign that the worker's later days must not change."""
    question = wanted(slug)
    return {
        "stages": stage_counts(slug),
        "outcomes": funnel(question).outcomes,
        "decisions": decisions(question),
        "sources": {row.key: (*row.stages.values(), row.won) for row in sources(question)},
        "regions": {row.key: tuple(row.stages.values()) for row in regions(question)},
        "steps": [round(step.mean_days or 0, 6) for step in velocity(question).steps],
        "whole": round(velocity(question).mean_whole_path or 0, 1),
    }


def mails(slug: str, kind: Kind) -> list[int]:
    """How many leads did this with each of the five mails."""
    rows = (
        Activity.objects.filter(campaign__slug=slug, kind=kind, evidence=Evidence.HUMAN)
        .values("mail_number")
        .annotate(leads=Count("lead", distinct=True))
        .order_by("mail_number")
    )
    return [row["leads"] for row in rows]
