"""The pages about messages: what is due, what left, what did not and why, and what nobody knows of."""

from typing import Any

from django.conf import settings
from django.contrib import messages as notes
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from leads.nudge import nudge
from leads.queries.pages import page_of
from leads.views.leads import answer
from leads.views.reach import readable_lead
from mail.models import Message, Settlement
from mail.queries import (
    TABS,
    Response,
    messages_in,
    messages_of,
    paces,
    responses,
    series_names,
    settlements_of,
    uncertain_count,
)
from mail.settle import settle
from mail.words import STATES, why
from users.access import Right, has_right
from users.clock import database_now
from users.requests import PageRequest

BULK = (Settlement.Verdict.ARRIVED, Settlement.Verdict.LEFT)  # sending again to many is asked for one by one
LONGEST_SEARCH = 200


@require_safe
def message_list(request: PageRequest) -> HttpResponse:
    """Messages of one state, newest first, with the senders and what waits for them."""
    _check(request)
    now = database_now()
    waiting = uncertain_count()
    tab = request.GET.get("show", "")
    tab = tab if tab in TABS else "due"
    known = series_names()
    series, search = request.GET.get("series", ""), request.GET.get("q", "")[:LONGEST_SEARCH]
    series = series if series in known else ""
    page = page_of(messages_in(tab, series=series, search=search), request.GET.get("page"))
    context = {
        "now": now,
        "tab": tab,
        "tabs": _tabs(tab, waiting, series, search),
        "page": page,
        "rows": _rows(list(page.object_list)),
        "series": series,
        "all_series": known,
        "query": search,
        "is_filtered": bool(series or search),
        "list_url": reverse("mail:message_list"),
        "paces": paces(now),
        "is_paused": settings.MAIL_PAUSED,
    }
    return answer(request, "mail/message_list.html", "mail/_message_results.html", context)


@require_POST
def message_settle(request: PageRequest) -> HttpResponse:
    """Say what became of uncertain messages: of one (`one=arrived:17`), or of all that are ticked."""
    _check(request)
    verdict, ids = _asked(request)
    if verdict is None or not ids:
        notes.warning(request, _("Tick the messages first."))
    else:
        settled = settle(ids, verdict, by=request.user.pk, now=database_now())
        nudge("mail")  # what arrived is told to the lead's history, what did not leaves again
        _say(request, verdict, settled, ids)
    return redirect(f"{reverse('mail:message_list')}?show=uncertain")


@require_safe
def lead_mail(request: PageRequest, pk: int) -> HttpResponse:
    """What was sent to a lead, what was not and why, and what came of it."""
    lead = readable_lead(request, pk)
    context = {"lead": lead, "now": database_now(), "rows": _rows(messages_of(lead))}
    return render(request, "mail/_lead_mail.html" if request.htmx else "mail/lead_mail.html", context)


def _check(request: PageRequest) -> None:
    if not has_right(request.user, Right.BUILD_RULES):
        raise PermissionDenied


def _tabs(current: str, waiting: int, series: str, search: str) -> list[dict[str, Any]]:
    words = {
        "due": _("Due"),
        "sent": _("Sent"),
        "skipped": _("Skipped"),
        "failed": _("Failed"),
        "uncertain": _("Uncertain"),
    }
    kept = {name: value for name, value in (("series", series), ("q", search)) if value}
    return [
        {
            "url": f"?{urlencode({'show': tab, **kept})}",
            "label": words[tab],
            "current": tab == current,
            "count": waiting if tab == "uncertain" and waiting else None,
        }
        for tab in TABS
    ]


def _rows(found: list[Message]) -> list[dict[str, Any]]:
    settled, came = settlements_of(found), responses(found)
    rows = []
    for message in found:
        word, icon, band = STATES[message.state]
        rows.append(
            {
                "message": message,
                "word": word,
                "icon": icon,
                "band": band,
                "why": why(message),
                "at": message.finished_at or message.due_at,
                "settled": settled.get(message.pk),
                "came": came.get(message.pk, Response()),
            }
        )
    return rows


def _asked(request: PageRequest) -> tuple[Settlement.Verdict | None, list[int]]:
    name, _colon, pk = request.POST.get("one", "").partition(":")
    if name in Settlement.Verdict.values:
        return Settlement.Verdict(name), _keys([pk])
    name = request.POST.get("all", "")
    return (Settlement.Verdict(name), _keys(request.POST.getlist("ids"))) if name in BULK else (None, [])


def _keys(texts: list[str]) -> list[int]:
    """Those that can be keys of rows at all."""
    return [int(text) for text in texts if text.isdecimal() and len(text) < 19]


def _say(request: PageRequest, verdict: Settlement.Verdict, settled: list[int], ids: list[int]) -> None:
    number, stale = len(settled), len(set(ids)) - len(settled)
    if number:
        words = {
            Settlement.Verdict.ARRIVED: ngettext("%d message counts as sent", "%d messages count as sent", number),
            Settlement.Verdict.AGAIN: ngettext("%d message is sent again", "%d messages are sent again", number),
            Settlement.Verdict.LEFT: ngettext("%d message stays as it is", "%d messages stay as they are", number),
        }
        notes.success(request, words[verdict] % number)
    if stale:
        said = ngettext(
            "%d message was settled meanwhile: it is no longer uncertain, and nothing was changed.",
            "%d messages were settled meanwhile: they are no longer uncertain, and nothing was changed.",
            stale,
        )
        notes.warning(request, said % stale)
