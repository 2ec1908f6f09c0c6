"""Addresses: from a number to its leads, from a report to the same with one thing changed."""

from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from reports.queries.scope import ReportFilter


def leads_behind(wanted: ReportFilter, **which: str) -> str:
    """The list of leads behind one number; `which` as leads_in takes it, or another source or region."""
    asked = {
        "mode": wanted.mode.value,
        "campaign": wanted.campaign.slug if wanted.campaign else "",
        "channel": wanted.channel,
        "region": wanted.region,
        "owner": wanted.owner_id or "",
        "from": wanted.starts_on.isoformat(),
        "to": wanted.ends_on.isoformat(),
        **which,
    }
    return f"{reverse('leads:lead_list')}?{urlencode({name: value for name, value in asked.items() if value})}"


def with_changes(query: QueryDict, **changes: Any) -> str:
    """The query with some parameters set, or taken off by None. Empty ones go, but for the campaign: all of them."""
    left = query.copy()
    for name, value in changes.items():
        if value is None:
            left.pop(name, None)
        else:
            left[name] = str(value)
    kept = [(name, value) for name, value in left.items() if value or name == "campaign"]
    return f"?{urlencode(kept)}"
