"""What every report page begins with: the question in its address, completed, and what is said about it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import QueryDict
from django.urls import reverse

from leads.access import leads_for_user
from leads.lifecycle.entries import Mode
from leads.models import Campaign
from reports.forms import LAST_YEAR, ReportForm
from reports.links import with_changes
from reports.queries.funnel import Funnel
from users.access import Reach, Right, access_of, has_right, report_reach
from users.clock import database_now
from users.requests import PageRequest

SHOWN_FIRST = "oecd-study"


def asked(request: PageRequest, name: str) -> tuple[ReportForm, dict[str, Any]]:
    """The page's question, completed by what a page shows unasked, and what every report page says about it."""
    user, clock = request.user, database_now()
    if not has_right(user, Right.SEE_REPORTS):
        raise PermissionDenied
    query = _completed(request.GET)
    form = ReportForm(query, user=user, now=clock)
    context: dict[str, Any] = {"form": form, "clock": clock, "page_url": reverse(name), "query": query}
    if form.is_valid():
        context |= {
            "wanted": form.wanted,
            "modes": [(mode, with_changes(query, mode=mode.value)) for mode in Mode],
            "chips": _chips(form, query),
            "clear_url": with_changes(query, **dict.fromkeys(("channel", "region", "owner", "from", "to"))),
            "sees_more": report_reach(user) == Reach.ALL != access_of(user).read,
        }
    return form, context


def _completed(asked: QueryDict) -> QueryDict:
    """A page opens on the campaign that says most, compared with last year."""
    query = asked.copy()
    if "campaign" not in query:
        rows = Campaign.objects.order_by(F("starts_on").desc(nulls_last=True), "-pk")
        first = rows.filter(slug=SHOWN_FIRST).first() or rows.first()
        query["campaign"] = first.slug if first else ""
    if not query.get("compare"):
        query["compare"] = LAST_YEAR
    if not query.get("mode"):
        query["mode"] = Mode.COHORT.value
    return query


def _chips(form: ReportForm, query: QueryDict) -> list[dict[str, str]]:
    """The filters at work, each with the address without it."""
    result = []
    for name in ("from", "to", "channel", "region", "owner"):
        if value := query.get(name):
            choices = {str(key): str(label) for key, label in getattr(form.fields[name], "choices", ())}
            shown = choices.get(str(form.cleaned_data[name]), value)
            label = str(form.fields[name].label)
            result.append({"label": label, "value": shown, "remove_url": with_changes(query, **{name: None})})
    return result


def emptiness(request: PageRequest, now: Funnel) -> dict[str, bool]:
    """Whether nothing is counted, and whether there is anything to count at all."""
    return emptiness_of(request, now.is_empty)


def emptiness_of(request: PageRequest, is_empty: bool) -> dict[str, bool]:
    """Whether there is anything to count at all, where nothing was counted."""
    if not is_empty:
        return {}
    return {"is_empty": True, "has_leads": leads_for_user(request.user).exists()}
