"""Opportunities, all of them: the board by expected close, the list, the forecast."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from leads.access.deals import opportunities_for_user
from leads.forms.deals import DealFilters, LaneForm
from leads.forms.filters import tidy
from leads.handover.deals import amend
from leads.models import Opportunity, OpportunityState
from leads.nudge import nudge
from leads.queries.deals import (
    DEFAULT_SORT,
    MONTHS,
    board,
    filtered,
    for_cards,
    in_lane,
    in_state,
    lane_rest,
    lanes_of,
    sorted_by,
    today_of,
    totals_by,
)
from leads.queries.forecast import AHEAD, forecast
from leads.queries.pages import page_of
from leads.queries.win_rate import win_rate
from leads.views.acts import say
from leads.views.leads import answer
from leads.views.reach import NOT_YOURS
from users.clock import database_now
from users.models import Organisation
from users.requests import PageRequest

FILTERS = ("q", "whose", "owner", "campaign")


def _asked(request: PageRequest) -> tuple[DealFilters, QuerySet[Opportunity], dict[str, Any]]:
    """The filters, the deals they leave, and what all three pages show."""
    form = DealFilters(request.GET, user=request.user)
    mine = opportunities_for_user(request.user)
    query = request.GET.copy()
    for name in list(query):
        if name not in FILTERS:
            del query[name]
    kept = tidy(query)
    pages = [("deal_board", _("Board")), ("deal_list", _("List")), ("deal_forecast", _("Forecast"))]
    here = request.resolver_match.url_name if request.resolver_match else ""
    context: dict[str, Any] = {
        "form": form,
        "query": kept,
        "page_url": request.path,
        "views": [
            {"url": f"{reverse(f'leads:{name}')}{'?' if kept else ''}{kept}", "label": label, "current": name == here}
            for name, label in pages
        ],
        "is_narrowed": bool(kept),
    }
    return form, filtered(mine, form.wanted()), context


@require_safe
def deal_board(request: PageRequest) -> HttpResponse:
    """Open deals by the month they are expected to close in."""
    return _board(request)


def _board(request: PageRequest) -> HttpResponse:
    now = database_now()
    form, deals, context = _asked(request)
    lanes, rate = lanes_of(today_of(now)), win_rate()
    context |= {
        "now": now,
        "today": today_of(now),
        "columns": board(in_state(deals, OpportunityState.OPEN), lanes, rate),
        "targets": [lane for lane in lanes if lane.takes],
        "rate": rate,
        "writable": set(_writable(request)),
        "chips": form.chips(request.GET, {}),
        "clear_url": reverse("leads:deal_board"),
        "page_url": reverse("leads:deal_board"),
    }
    context["is_empty"] = not any(column.total.count for column in context["columns"])
    return answer(request, "leads/deal_board.html", "leads/_deal_board.html", context)


def _writable(request: PageRequest) -> QuerySet[Opportunity, int]:
    open_ones = opportunities_for_user(request.user, "write").filter(state=OpportunityState.OPEN)
    return open_ones.order_by().values_list("pk", flat=True)


@require_safe
def deal_lane(request: PageRequest, key: str) -> HttpResponse:
    """More deals of one lane, for the end of its column; without scripts the list of the lane."""
    after = request.GET.get("after", "")
    lane = next((lane for lane in lanes_of(today_of(database_now())) if lane.key == key), None)
    if lane is None:
        raise Http404
    if not request.htmx:
        return redirect(f"{reverse('leads:deal_list')}?close={key}")
    _form, deals, context = _asked(request)
    start = min(int(after), 1_000_000) if after.isascii() and after.isdigit() and len(after) < 8 else 0
    rows = lane_rest(in_state(deals, OpportunityState.OPEN), lane, start)
    total = in_lane(in_state(deals, OpportunityState.OPEN), lane).count()
    context |= {
        "lane": lane,
        "deals": rows,
        "more": total - start - len(rows),
        "after": start + len(rows),
        "today": today_of(database_now()),
        "targets": [lane for lane in lanes_of(today_of(database_now())) if lane.takes],
        "writable": set(_writable(request)),
    }
    return render(request, "leads/_deal_cards.html", context)


@require_POST
def deal_reschedule(request: PageRequest, pk: int) -> HttpResponse:
    """Move a deal to another month: its expected close changes, journaled; undone within ten seconds."""
    deal = get_object_or_404(opportunities_for_user(request.user), pk=pk)
    if not opportunities_for_user(request.user, "write").filter(pk=pk).exists():
        return render(request, "403.html", {"exception": NOT_YOURS}, status=403)
    now = database_now()
    form = LaneForm(request.POST, lanes=lanes_of(today_of(now)))
    if not form.is_valid():
        return render(request, "400.html", status=400)
    day = form.day(deal)
    changes = amend({deal.pk: {"expected_close_on": day}}, by=request.user.pk, now=now)
    if changes:
        nudge()
        when = date_format(day, "j M Y") if day else _("no date")
        undo = reverse("leads:deal_change_undo", args=[changes[deal.pk]])
        say(request, _("%(name)s: expected close %(when)s") % {"name": deal.title, "when": when}, undo=undo)
    if not request.htmx:
        return redirect(f"{reverse('leads:deal_board')}?{tidy(request.GET)}")
    response = _board(request)
    del response["HX-Push-Url"]  # it is still the board's address
    return response


@require_safe
def deal_list(request: PageRequest) -> HttpResponse:
    """Deals as a table: open ones unless asked otherwise."""
    now = database_now()
    form, deals, context = _asked(request)
    wanted = form.wanted()
    rows = in_state(deals, wanted.get("state") or OpportunityState.OPEN)
    # The forecast has more months than the board: its numbers lead here.
    lanes = {lane.key: lane for months in (MONTHS, AHEAD) for lane in lanes_of(today_of(now), months)}
    if lane := lanes.get(wanted.get("close", "")):
        rows = in_lane(rows, lane)
    rate = win_rate()
    page = page_of(sorted_by(for_cards(rows), request.GET.get("sort", DEFAULT_SORT)), request.GET.get("page"))
    context |= {
        "now": now,
        "today": today_of(now),
        "page": page,
        "rows": list(page.object_list),
        "total": totals_by(rows, "currency", rate),
        "rate": rate,
        "sort": DEFAULT_SORT,
        "chips": form.chips(request.GET, {"close": lane.label if lane else ""}),
        "clear_url": reverse("leads:deal_list"),
        "with_state": True,
    }
    if not context["rows"]:
        context["is_empty"] = not opportunities_for_user(request.user).exists()
    return answer(request, "leads/deal_list.html", "leads/_deal_results.html", context)


@require_safe
def deal_forecast(request: PageRequest) -> HttpResponse:
    """What is expected to come in, by month and by owner."""
    now = database_now()
    form, deals, context = _asked(request)
    rate = win_rate()
    context |= {
        "found": forecast(deals, today_of(now), Organisation.load().zone, rate),
        "rate": rate,
        "months": AHEAD,
        "chips": form.chips(request.GET, {}),
        "clear_url": reverse("leads:deal_forecast"),
    }
    return render(request, "leads/deal_forecast.html", context)
