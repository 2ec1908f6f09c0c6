"""What the one who calls an accepted lead needs to know: what it took from us, and what has to be done by when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from leads.models import Activity, Deadline, DeadlineKind, Evidence, Kind, Lead, Task, TaskKind

SHOWN = 8
MAILS = (Kind.MAIL_OPEN, Kind.MAIL_CLICK, Kind.MAIL_REPLY)
NOT_TAKEN = (*MAILS, Kind.MAIL_DELIVERED, Kind.MAIL_BOUNCE)


@dataclass(frozen=True)
class Consumed:
    """One thing of ours the lead took: how often, for how long, when last, and what it did with it."""

    name: str
    times: int
    last_at: datetime
    seconds: int = 0
    note: str = ""


@dataclass(frozen=True)
class Diet:
    """All that the lead took of our content, the latest first; of machines nothing counts."""

    documents: Sequence[Consumed]
    pages: Sequence[Consumed]
    mails: Sequence[Consumed]

    def __bool__(self) -> bool:
        return any((self.documents, self.pages, self.mails))


def diet(lead_id: int) -> Diet:
    """Documents, pages and mails; three queries."""
    rows = Activity.objects.filter(lead=lead_id).exclude(evidence=Evidence.MACHINE)
    documents = rows.filter(document__isnull=False).exclude(kind__in=NOT_TAKEN)
    pages = rows.filter(kind=Kind.PAGE_VIEW, page__isnull=False)
    did = {kind.slug: Count("pk", filter=Q(kind=kind)) for kind in MAILS}
    mails = rows.filter(kind__in=MAILS)
    return Diet(
        [
            Consumed(row["document__name"] or row["document__slug"], row["times"], row["last_at"])
            for row in _latest(documents, ("document__name", "document__slug"))
        ],
        [
            Consumed(row["page__path"] or "/", row["times"], row["last_at"], row["seconds"] or 0)
            for row in _latest(pages, ("page__path",), seconds=Sum("dwell_seconds"))
        ],
        [
            Consumed(_mail_name(row), row["times"], row["last_at"], note=_mail_note(row))
            for row in _latest(mails, ("mail_number", "document__name", "campaign__name"), **did)
        ],
    )


def _latest(rows: QuerySet[Activity], by: Sequence[str], **measures: Any) -> list[dict[str, Any]]:
    """The things that were taken last, each with how often and when."""
    grouped: QuerySet[Any, Any] = rows.order_by().values(*by)
    counted = grouped.annotate(times=Count("pk"), last_at=Max("occurred_at"), **measures)
    return list(counted.order_by("-last_at")[:SHOWN])


def _mail_name(row: dict[str, Any]) -> str:
    about = row["document__name"] or row["campaign__name"] or ""
    if row["mail_number"] is None:
        return about or _("A mail")
    number = _("Mail %(n)d") % {"n": row["mail_number"]}
    return f"{number}, {about}" if about else number


def _mail_note(row: dict[str, Any]) -> str:
    """The most that was done with it."""
    if row[Kind.MAIL_REPLY.slug]:
        return _("answered")
    return _("clicked") if row[Kind.MAIL_CLICK.slug] else _("opened")


@dataclass(frozen=True)
class FirstContact:
    """The task to speak with an accepted lead, and the clock it runs against."""

    task: Task | None
    clock: Deadline | None

    @property
    def due_at(self) -> datetime | None:
        """Until when."""
        if self.clock is not None:
            return self.clock.due_at
        return self.task.due_at if self.task else None

    @property
    def done_at(self) -> datetime | None:
        """When it was done."""
        if self.task is not None and self.task.done_at:
            return self.task.done_at
        return self.clock.met_at if self.clock else None


def first_contact(lead: Lead) -> FirstContact | None:
    """The first contact of the lead's present pass; None before acceptance."""
    tasks = Task.objects.filter(lead=lead, cycle=lead.cycle, kind=TaskKind.FIRST_CONTACT).select_related("assignee")
    clocks = Deadline.objects.filter(lead=lead, cycle=lead.cycle, kind=DeadlineKind.CONTACT, dropped_at=None)
    found = FirstContact(tasks.order_by("-pk").first(), clocks.order_by("-pk").first())
    return found if found.task or found.clock else None
