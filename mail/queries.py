"""What the pages about messages show. Nothing here is written."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q, QuerySet

from leads.models import Evidence, Lead
from leads.queries.search import search_leads
from mail.models import Hit, Letter, Message, Sender, Settlement, State

# The tabs of the page, in order: the states each shows.
TABS: Mapping[str, Collection[str]] = {
    "due": (State.PLANNED, State.CLAIMED, State.HANDING),
    "sent": (State.SENT,),
    "skipped": (State.SKIPPED,),
    "failed": (State.FAILED,),
    "uncertain": (State.UNCERTAIN,),
}
FOUND_LEADS = 500
PANEL_MESSAGES = 30


def messages_in(tab: str, *, series: str = "", search: str = "") -> QuerySet[Message]:
    """The messages of a tab, newest first, of one sequence and to whom somebody searches for."""
    rows = Message.objects.filter(state__in=TABS[tab])
    if series:
        rows = rows.filter(letter__series=series)
    if search := search.replace("\x00", "").strip():
        # As plain ids, so that the index of leads is used; what goes to no lead is little.
        leads = list(search_leads(Lead.objects.order_by(), search).values_list("pk", flat=True)[:FOUND_LEADS])
        rows = rows.filter(Q(lead_id__in=leads) | Q(lead=None, to_address__has_text=search))
    return rows.select_related("lead", "letter", "sender").order_by("-pk")


def series_names() -> list[str]:
    """Keys of the series that have letters."""
    return list(Letter.objects.exclude(series="").order_by("series").values_list("series", flat=True).distinct())


def uncertain_count() -> int:
    """How many messages wait for somebody's word."""
    return Message.objects.filter(state=State.UNCERTAIN).count()


def settlements_of(messages: Sequence[Message]) -> dict[int, Settlement]:
    """What people said of these last, by message."""
    rows = Settlement.objects.filter(message__in=[message.pk for message in messages]).select_related("by")
    return {row.message_id: row for row in rows.order_by("pk")}


@dataclass(frozen=True)
class Pace:
    """A sender, what waits for it, and until when."""

    sender: Sender
    waiting: int
    tokens: int
    rests_until: datetime | None
    done_at: datetime | None

    @property
    def is_waiting(self) -> bool:
        """Whether messages wait for the pace of the sender, not for their time."""
        return self.done_at is not None


def paces(now: datetime) -> list[Pace]:
    """Each sender with what is due, how many may leave at once, and when the last of them will have left."""
    due = dict(
        Message.objects.filter(state=State.PLANNED, due_at__lte=now)
        .order_by()
        .values_list("sender")
        .annotate(Count("pk"))
    )
    return [_pace(sender, due.get(sender.pk, 0), now) for sender in Sender.objects.order_by("-is_default", "slug")]


def _pace(sender: Sender, waiting: int, now: datetime) -> Pace:
    held = sender.tokens + sender.per_minute * max(0.0, (now - sender.refilled_at).total_seconds()) / 60
    tokens = math.floor(min(sender.burst, held))
    rests = sender.rests_until if sender.rests_until and sender.rests_until > now else None
    late = max(0, waiting - tokens)
    begins = rests or now
    done_at = begins + timedelta(minutes=late / sender.per_minute) if late or (waiting and rests) else None
    return Pace(sender, waiting, tokens, rests, done_at)


@dataclass
class Response:
    """What readers' programs did with a mail, people and machines apart."""

    opened: int = 0
    opened_at: datetime | None = None
    clicked: int = 0
    clicked_at: datetime | None = None
    links: list[str] = field(default_factory=list)
    unsure: int = 0
    machines: int = 0


def responses(messages: Sequence[Message]) -> dict[int, Response]:
    """Opens and clicks of these messages so far; hits not judged yet are left out."""
    hits = Hit.objects.filter(message__in=[message.pk for message in messages], verdict__isnull=False)
    found: dict[int, Response] = {}
    rows = hits.order_by("message", "kind", "link_number").values_list("message", "kind", "verdict", "link_number")
    for pk, kind, verdict, link, number, first, _last in rows.annotate(Count("pk"), Min("at"), Max("at")):
        response = found.setdefault(pk, Response())
        if verdict == Evidence.MACHINE:
            response.machines += number
        elif verdict == Evidence.UNSURE:
            response.unsure += number
        elif kind == Hit.Kind.OPEN:
            response.opened += number
            response.opened_at = first
        else:
            response.clicked += number
            response.clicked_at = min(filter(None, (first, response.clicked_at)))
            response.links.append(str(link))
    return found


def messages_of(lead: Lead) -> list[Message]:
    """The newest messages of a lead."""
    return list(Message.objects.filter(lead=lead).select_related("letter", "sender").order_by("-pk")[:PANEL_MESSAGES])
