"""The bell, the centre of notifications, and how somebody wishes to be told."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.access import leads_for_user
from leads.forms.notices import NoticeFilter, WishForm
from leads.models import Notification
from leads.notices.read import mark_read
from leads.notices.staff import may_open
from leads.notices.wishes import set_wishes
from leads.notices.words import path_of
from leads.queries.notices import listed, notices_of, unread_count
from leads.queries.pages import page_of
from leads.views.acts import say
from leads.views.leads import answer
from users.clock import database_now
from users.requests import PageRequest


@never_cache
@require_safe
def notice_list(request: PageRequest) -> HttpResponse:
    """What this person was told, unread first; a tab and a kind narrow it."""
    form = NoticeFilter(request.GET)
    wanted = form.wanted()
    page = page_of(notices_of(request.user.pk, **wanted), request.GET.get("page"))
    unread = unread_count(request.user.pk)
    context: dict[str, Any] = {
        "form": form,
        "page": page,
        "rows": listed(list(page.object_list)),
        "unread": unread,
        "now": database_now(),
        "list_url": reverse("leads:notice_list"),
        "tabs": [
            {"label": _("All"), "url": form.address(show=""), "current": not wanted["unread_only"]},
            {
                "label": _("Unread"),
                "url": form.address(show="unread"),
                "count": unread,
                "current": wanted["unread_only"],
            },
        ],
        "is_narrowed": bool(wanted["kind"] or wanted["unread_only"]),
    }
    return answer(request, "leads/notice_list.html", "leads/_notice_results.html", context)


@never_cache
@require_safe
def notice_bell(request: PageRequest) -> HttpResponse:
    """The bell of the top bar, asked for every minute: nothing where the count it shows still holds."""
    unread = unread_count(request.user.pk)
    if request.htmx and request.GET.get("shown") == str(unread):
        return HttpResponse(status=204)
    return render(
        request, "leads/notice_bell.html" if not request.htmx else "components/_bell.html", {"unread": unread}
    )


@require_safe
def notice_open(request: PageRequest, pk: int) -> HttpResponse:
    """Go to what a notification is about; it counts as read then."""
    row = _own(request, pk)
    mark_read(request.user.pk, ids=[row.pk], now=database_now())
    if row.lead_id and not leads_for_user(request.user).filter(pk=row.lead_id).exists():
        say(request, _("This lead is out of your reach by now."))
        return redirect("leads:notice_list")
    if not may_open(request.user, row.data):
        say(request, _("This is out of your reach by now."))
        return redirect("leads:notice_list")
    return redirect(path_of(row))


@require_POST
def notice_read(request: PageRequest, pk: int) -> HttpResponse:
    """Mark one notification as read."""
    mark_read(request.user.pk, ids=[_own(request, pk).pk], now=database_now())
    return _back(request)


@require_POST
def notice_read_all(request: PageRequest) -> HttpResponse:
    """Mark all notifications as read."""
    number = mark_read(request.user.pk, now=database_now())
    say(request, _("%(n)d marked as read") % {"n": number})
    return _back(request)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notice_wishes(request: PageRequest) -> HttpResponse:
    """What this person wishes to be told, by which way, and their quiet hours."""
    user = request.user
    form = WishForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        hours = {name: form.cleaned_data[name] for name in ("quiet_from", "quiet_until")}
        try:
            set_wishes(user.pk, form.wishes(), **hours)
        except ValidationError as refused:
            form.add_error("quiet_until", refused)
        else:
            say(request, _("Saved"))
            return redirect("leads:notice_wishes")
    return render(request, "leads/notice_wishes.html", {"form": form}, status=422 if form.errors else 200)


def _own(request: PageRequest, pk: int) -> Notification:
    """One's own notification; somebody else's is not there."""
    return get_object_or_404(Notification.objects.select_related("lead"), pk=pk, user=request.user)


def _back(request: PageRequest) -> HttpResponse:
    """To the list as it was narrowed."""
    shown = NoticeFilter(request.GET).address()
    return redirect(f"{reverse('leads:notice_list')}{shown if shown != '?' else ''}")
