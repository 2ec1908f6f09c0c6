"""The pages of the mailbox: what an installation without a mail server sent.

They are for those who write mails. Mails to colleagues hold links that sign in as them, so only administrators see
those.
"""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leadcrm.mailbox import box
from leadcrm.mailbox.port import mail_dir
from leads.views.leads import answer
from users.access import Right, has_right
from users.models import User
from users.requests import PageRequest

PAGE = 50
PARTS = ("html", "text", "headers")
FRAME_POLICY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


@never_cache
@require_safe
def mail_list(request: PageRequest) -> HttpResponse:
    """All mails, newest first; asked again every few seconds, it answers only what changed."""
    hidden = hidden_from(request)
    mails = box.kept_mails(folder(), search=request.GET.get("q", ""), hidden=hidden)
    mark = f"{mails[0].key if mails else ''}:{len(mails)}"
    if request.htmx and request.headers.get("X-Seen") == mark:
        return HttpResponse(status=204)
    context = {
        "page": Paginator(mails, PAGE).get_page(request.GET.get("page")),
        "mark": mark,
        "query": request.GET.get("q", ""),
        "list_url": reverse("mailbox:mail_list"),
        "may_empty": has_right(request.user, Right.CHANGE_SETTINGS),
    }
    response = answer(request, "mailbox/mail_list.html", "mailbox/_mail_results.html", context)
    if "X-Seen" in request.headers:
        response["HX-Push-Url"] = "false"  # nobody went anywhere
    return response


@never_cache
@require_safe
def mail_detail(request: PageRequest, key: str) -> HttpResponse:
    """One mail: its HTML in a frame, its text, all its headers."""
    mail = box.open_mail(*find_or_404(request, key))
    parts = [part for part in PARTS if part == "headers" or getattr(mail, part)]
    shown = request.GET.get("show", "")
    shown = shown if shown in parts else parts[0]
    words = {"html": _("As seen"), "text": _("Text"), "headers": _("Headers")}
    context = {
        "mail": mail,
        "shown": shown,
        "has_images": "images" in request.GET,
        "tabs": [{"url": f"?show={part}", "label": words[part], "current": part == shown} for part in parts],
    }
    return render(request, "mailbox/mail_detail.html", context)


@never_cache
@require_safe
def mail_frame(request: PageRequest, key: str) -> HttpResponse:
    """The HTML of a mail, shut in: no scripts, nothing from elsewhere, and our own images only when asked for."""
    mail = box.open_mail(*find_or_404(request, key))
    images = ["data:"]
    if "images" in request.GET:
        site = urlsplit(settings.SITE_URL)
        images += [SELF, f"{site.scheme}://{site.netloc}"]
    response = HttpResponse(box.with_outgoing_links(mail.html), headers={"X-Frame-Options": "SAMEORIGIN"})
    response._csp_config = {**FRAME_POLICY, "img-src": images}  # type: ignore[attr-defined]
    return response


@never_cache
@require_safe
def mail_source(request: PageRequest, key: str) -> HttpResponse:
    """The mail as it came, as a file."""
    _mail, source = find_or_404(request, key)
    response = HttpResponse(source, content_type="message/rfc822")
    response["Content-Disposition"] = f'attachment; filename="{key}.eml"'
    return response


@require_POST
def mail_empty(request: PageRequest) -> HttpResponse:
    """Throw all mails away."""
    if not has_right(request.user, Right.CHANGE_SETTINGS):
        raise PermissionDenied
    number = box.empty(folder())
    messages.success(request, ngettext("%d mail thrown away", "%d mails thrown away", number) % number)
    return redirect("mailbox:mail_list")


def folder() -> Path:
    """Where the sink keeps the mails."""
    return mail_dir(Path(settings.STATE_DIR))


def hidden_from(request: PageRequest) -> frozenset[str]:
    """The addresses whose mails this person may not see. Raises PermissionDenied for who writes no mails."""
    if not has_right(request.user, Right.BUILD_RULES):
        raise PermissionDenied
    if has_right(request.user, Right.CHANGE_SETTINGS):
        return frozenset()
    return frozenset(User.objects.exclude(pk=request.user.pk).values_list("email", flat=True))


def find_or_404(request: PageRequest, key: str) -> tuple[box.Kept, bytes]:
    """A mail this person may see, with its source."""
    hidden = hidden_from(request)
    found = box.find(folder(), key)
    if found is None or not box.may_see(found[0], hidden):
        raise Http404
    return found
