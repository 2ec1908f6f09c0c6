"""A mail as its reader will see it, shut in a frame of its own address, and a test of it to oneself."""

import re
from datetime import datetime
from html import escape
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leads.access import leads_for_user
from leads.models import Lead
from leads.nudge import nudge
from mail.letters import LetterRefused, LetterSpec, check, spec_of
from mail.models import Letter, Sender
from mail.plan import plan_test
from mail.sample import SAMPLE, Seen, reader_values, see
from nurturing.forms import FIELDS
from nurturing.models import Sequence
from nurturing.views.reach import sequence_at
from users.clock import database_now
from users.models import User
from users.requests import PageRequest

READERS = 12
# No scripts, no forms, nothing of ours; pictures as the author placed them. Links open beside the page.
FRAME_POLICY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:", "https:"],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}
_BODY = re.compile(r"<body[^>]*>")
_HEAD_STYLE = (
    "font:13px/1.5 sans-serif;color:#6c655a;padding:8px 12px;border-bottom:1px solid #e7e1d6;margin-bottom:12px"
)
_PAGE = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>'
    '<body dir="auto" style="font:14px/1.5 sans-serif;color:#211e1a">{}</body></html>'
)


def readers(request: PageRequest, sequence: Sequence, now: datetime) -> list[Lead]:
    """People a mail may be read as: those under way, else the newest leads."""
    mine = leads_for_user(request.user).filter(archived_at=None).order_by("-captured_at", "-pk")
    under_way = mine.filter(enrollments__sequence=sequence, enrollments__state="active")
    return list(under_way[:READERS]) or list(mine[:READERS])


def sender_of(sequence: Sequence) -> Sender:
    """Who its mails come from."""
    return sequence.sender or Sender.objects.get(is_default=True)


def values_for(request: PageRequest, sequence: Sequence, reader: str) -> dict[str, str]:
    """The values of a lead the user may read, by its number; else those of nobody in particular."""
    campaign = sequence.campaign.name if sequence.campaign else ""
    rows = leads_for_user(request.user).select_related("company")
    lead = rows.filter(pk=int(reader)).first() if reader.isdigit() and len(reader) < 19 else None
    return reader_values(lead, campaign) if lead else {**SAMPLE, "campaign": campaign}


def letter_at(request: PageRequest, slug: str, letter: int) -> tuple[Sequence, Letter]:
    """A mail of any version of a sequence."""
    sequence = sequence_at(request, slug)
    return sequence, get_object_or_404(Letter, pk=letter, step__version__sequence=sequence)


@never_cache
@require_safe
def mail_frame(request: PageRequest, slug: str, letter: int) -> HttpResponse:
    """A stored mail; `as` is a lead, `part` text or html."""
    sequence, row = letter_at(request, slug, letter)
    return _frame(request, sequence, spec_of(row), request.GET)


@never_cache
@require_POST
def draft_frame(request: PageRequest, slug: str) -> HttpResponse:
    """A mail as it is being written, not stored."""
    sequence = sequence_at(request, slug)
    said: dict[str, Any] = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in FIELDS}
    return _frame(request, sequence, LetterSpec(**said), request.POST)


def _frame(request: PageRequest, sequence: Sequence, spec: LetterSpec, asked: Any) -> HttpResponse:
    values = values_for(request, sequence, asked.get("as", ""))
    if problems := check(spec):
        page = _PAGE.format("".join(f"<p>{escape(f'{one.field}: {one}')}</p>" for one in problems))
    else:
        page = _shown(see(spec, sender=sender_of(sequence), values=values, now=database_now()), asked.get("part", ""))
    response = HttpResponse(page, headers={"X-Frame-Options": "SAMEORIGIN"})
    response._csp_config = FRAME_POLICY  # type: ignore[attr-defined]
    return response


def _shown(seen: Seen, part: str) -> str:
    """The document of the frame: who writes, the subject, and one of the two parts."""
    subject = _("Subject: %(subject)s") % {"subject": seen.subject}
    head = f'<div dir="auto" style="{_HEAD_STYLE}">{escape(seen.sender)}<br><b>{escape(subject)}</b></div>'
    if part == "text":
        text = f'<div style="white-space:pre-wrap;overflow-wrap:anywhere;padding:0 12px">{escape(seen.text)}</div>'
        return _PAGE.format(head + text)
    page = seen.html.replace("<head>", '<head><base target="_blank">', 1)
    return _BODY.sub(lambda found: found[0] + head, page, count=1)


@require_POST
def mail_test(request: PageRequest, slug: str, letter: int) -> HttpResponse:
    """Send a stored mail to whoever asks, as the chosen lead would get it."""
    sequence, row = letter_at(request, slug, letter)
    send_test(request, sequence, spec_of(row))
    back = reverse("nurturing:version_detail", args=[slug, row.step.version.number])
    return redirect(f"{back}?mail={row.number}#mail")


def send_test(request: PageRequest, sequence: Sequence, spec: LetterSpec) -> None:
    """Plan a test to the user's own address and say so. Raises LetterRefused."""
    assert isinstance(request.user, User)
    values = values_for(request, sequence, request.POST.get("as", ""))
    try:
        plan_test(spec, sender=sequence.sender, to=request.user.email, values=values, now=database_now())
    except LetterRefused as refused:
        messages.error(request, str(refused))
        return
    nudge("mail")
    messages.success(request, _("A test is on its way to %(to)s") % {"to": request.user.email})
