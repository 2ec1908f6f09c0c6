"""Doors for the programs of our readers: pixel and links. No sign-in, no cookie; nothing but a hit is stored."""

import base64

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.encoding import iri_to_uri
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leads.nudge import nudge
from mail.hits import NewHit, follow, note_open
from mail.origin import digest, ip_of, is_within
from mail.tokens import BadToken, Want, read
from users.clock import database_now

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
# A minute: so many from one address, whole companies and image proxies among them, and so many for one mail. What
# comes beyond is answered like the rest, and not counted.
FROM_ONE_ADDRESS = 60_000
FROM_ONE_ADDRESS_FOR_A_MAIL = 120
PREFETCH_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
PREFETCH_WORDS = ("prefetch", "preview", "prerender")


@never_cache
@login_not_required
@require_safe
def open_pixel(request: HttpRequest, token: str) -> HttpResponse:
    """A mail was opened."""
    try:
        message_id, _number = read(token, Want.OPEN)
    except BadToken:
        return HttpResponse(PIXEL, content_type="image/gif", status=404)
    hit, is_counted = _hit(request, message_id)
    if is_counted:
        note_open(hit, now=database_now())
        nudge("hits")
    return HttpResponse(PIXEL, content_type="image/gif")


@never_cache
@login_not_required
@require_safe
def click(request: HttpRequest, token: str) -> HttpResponse:
    """A link was followed: on to the address that stands in the letter, whatever the request says."""
    try:
        message_id, number = read(token, Want.CLICK)
    except BadToken:
        return _nowhere(request)
    hit, is_counted = _hit(request, message_id, number)
    url = follow(hit, now=database_now(), is_counted=is_counted)
    if url is None:
        return _nowhere(request)
    nudge("hits")
    return HttpResponse(status=302, headers={"Location": iri_to_uri(url), "Referrer-Policy": "no-referrer"})


def _nowhere(request: HttpRequest) -> HttpResponse:
    return render(request, "mail/link_gone.html", status=404)


def _hit(request: HttpRequest, message_id: int, link: int | None = None) -> tuple[NewHit, bool]:
    """The hit as it came, and whether it is to be stored."""
    origin = digest(ip_of(request))
    hit = NewHit(
        message_id=message_id,
        link=link,
        method=request.method or "",
        agent=request.headers.get("User-Agent", ""),
        origin=origin,
        is_prefetch=any(
            word in request.headers.get(name, "").lower() for name in PREFETCH_HEADERS for word in PREFETCH_WORDS
        ),
    )
    limits = {origin: FROM_ONE_ADDRESS, f"{origin}:{message_id}": FROM_ONE_ADDRESS_FOR_A_MAIL}
    return hit, is_within(limits)
