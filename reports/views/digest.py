"""The weekly digests: to read, to look at as mailed, and whether to get them by mail."""

from datetime import date

from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leads.views.acts import say
from reports.agenda import agenda
from reports.digest import mail_words, may_read, set_wish, wants
from reports.models import Digest
from users.mails import frame
from users.requests import PageRequest

SHOWN = 26  # half a year of weeks to choose from
FRAME_POLICY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


@require_safe
def digest_page(request: PageRequest) -> HttpResponse:
    """One week's agenda, the latest unasked, and the weeks before it."""
    _check(request)
    weeks = list(Digest.objects.all()[:SHOWN])
    asked = request.GET.get("week")
    shown = _of_week(asked) if asked else next(iter(weeks), None)
    context = {
        "digest": shown,
        "agenda": agenda(shown, request.user) if shown else None,
        "weeks": weeks,
        "is_mail": request.GET.get("show") == "mail",
        "wanted": wants(request.user),
    }
    return render(request, "reports/digest.html", context)


@never_cache
@require_safe
def digest_frame(request: PageRequest, week: str) -> HttpResponse:
    """The mail of a week as this person gets it, shut in a frame of its own address."""
    _check(request)
    words = {**frame(request.user), **mail_words(_of_week(week), request.user)}
    written = render_to_string("reports/mail/digest_message.html", words)
    page = str(written).replace("<head>", '<head><base target="_blank">', 1)
    response = HttpResponse(page, headers={"X-Frame-Options": "SAMEORIGIN"})
    response._csp_config = FRAME_POLICY  # type: ignore[attr-defined]
    return response


@require_POST
def digest_wish(request: PageRequest) -> HttpResponse:
    """Get the digest by mail, or not."""
    _check(request)
    is_wanted = request.POST.get("is_wanted") == "1"
    set_wish(request.user.pk, is_wanted=is_wanted)
    say(request, _("The digest comes by mail each Monday") if is_wanted else _("The digest comes by mail no more"))
    return redirect("reports:digest")


def _check(request: PageRequest) -> None:
    if not may_read(request.user):
        raise PermissionDenied("The digest is for marketing, sales managers and administrators.")


def _of_week(text: str) -> Digest:
    try:
        return get_object_or_404(Digest, week_from=date.fromisoformat(text))
    except ValueError:
        raise Http404 from None
