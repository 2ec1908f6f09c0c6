"""The page to unsubscribe: no sign-in, no cookie, no script. It works for ever, and only a POST acts."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from leads.activity.assess import ConsentFact, record_consents
from leads.models import ConsentState, Contactability
from leads.nudge import nudge
from leads.people.contact import unsubscribe as withdraw
from mail.models import Message
from mail.origin import ip_of
from mail.tokens import BadToken, Want, read
from users.clock import database_now

FROM_PAGE = "unsubscribe page"
ONE_CLICK = "one-click"
# What a reader agrees to with the button below; stored with the consent in the language it was read in.
AGAIN = gettext_noop("Write to me again: mails with news and reading for my work. I can unsubscribe at any time.")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who holds the mail. `lead_id` None: a test mail."""

    lead_id: int | None
    address: str
    sender: str

    @property
    def masked(self) -> str:
        """The address, known to who knows it: the page's own address may be passed on."""
        local, at, domain = self.address.rpartition("@")
        return f"{local[:1]}***{at}{domain}" if at else ""


@csrf_exempt  # the token is the proof; a mail program posts without cookie or form (RFC 8058)
@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Who, what happens, one button; afterwards the way back."""
    try:
        message_id, _number = read(token, Want.UNSUBSCRIBE)
    except BadToken:
        return render(request, "mail/link_gone.html", status=404)
    reader = _reader(message_id)
    if reader is None:
        return render(request, "mail/unsubscribe_gone.html")
    if request.method == "POST":
        return _act(request, reader)
    return _page(request, reader, "again" if _is_withdrawn(reader) else "ask")


def _act(request: HttpRequest, reader: Reader) -> HttpResponse:
    wants_back = _posted(request, "act") == "again"
    now, ip = database_now(), ip_of(request)
    if reader.lead_id is not None and wants_back:
        if _is_withdrawn(reader):
            fact = ConsentFact(
                lead_id=reader.lead_id, granted=True, text=_(AGAIN), source=FROM_PAGE, ip=ip, occurred_at=now
            )
            record_consents([fact], by=None, now=now)
    elif reader.lead_id is not None:
        is_one_click = _posted(request, "act") != "unsubscribe"
        withdraw([reader.lead_id], source=ONE_CLICK if is_one_click else FROM_PAGE, ip=ip, by=None, now=now)
    nudge()
    return _page(request, reader, "back" if wants_back else "done")


def _page(request: HttpRequest, reader: Reader, step: str) -> HttpResponse:
    context = {"reader": reader, "step": step, "consent_text": _(AGAIN), "action": request.path}
    return render(request, "mail/unsubscribe.html", context)


def _posted(request: HttpRequest, name: str) -> str:
    """A field of the form; empty where the body is no form at all, as a mail program may send."""
    try:
        return request.POST.get(name, "")
    except Exception:  # whatever is wrong with the body: who asks to be left alone is
        return ""


def _reader(message_id: int) -> Reader | None:
    row = (
        Message.objects.filter(pk=message_id)
        .values_list("lead_id", "to_address", "lead__email", "sender__name")
        .first()
    )
    if row is None:
        return None
    lead_id, to_address, email, sender = row
    return Reader(lead_id, to_address or email or "", sender)


def _is_withdrawn(reader: Reader) -> bool:
    withdrawn = Contactability.objects.filter(lead=reader.lead_id, consent=ConsentState.WITHDRAWN)
    return reader.lead_id is not None and withdrawn.exists()
