"""What a notification says, in the reader's language, and where it leads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _

from leads.models import DeadlineKind, HandoverState, NoticeKind, Notification, TaskKind

ICONS: Mapping[str, str] = {
    NoticeKind.OFFERED: "inbox",
    NoticeKind.DECIDED: "clipboard-check",
    NoticeKind.RECOMMENDED: "star",
    NoticeKind.WARNED: "hourglass",
    NoticeKind.BREACHED: "alert-triangle",
    NoticeKind.ESCALATED: "arrow-up",
    NoticeKind.ASSIGNED: "user-plus",
    NoticeKind.DUE: "clock",
    NoticeKind.RECYCLED: "refresh",
    NoticeKind.WON: "coin",
}
URGENT = frozenset({NoticeKind.BREACHED, NoticeKind.ESCALATED})


@dataclass(frozen=True)
class Said:
    """One notification in words. `path` leads to what it is about."""

    title: str
    text: str
    path: str


def said(row: Notification) -> Said:
    """What the notification says; its lead and the lead's company must have been read."""
    titles: dict[str, Callable[[Notification, str], str]] = {
        NoticeKind.OFFERED: lambda row, lead: _("%(lead)s waits for a decision") % {"lead": lead},
        NoticeKind.DECIDED: _decided,
        NoticeKind.RECOMMENDED: lambda row, lead: _("%(who)s recommends %(lead)s") % {"who": _who(row), "lead": lead},
        NoticeKind.WARNED: _warned,
        NoticeKind.BREACHED: _breached,
        NoticeKind.ESCALATED: _breached,
        NoticeKind.ASSIGNED: _assigned,
        NoticeKind.DUE: _due,
        NoticeKind.RECYCLED: lambda row, lead: _("Time to try %(lead)s again") % {"lead": lead},
        NoticeKind.WON: lambda row, lead: _("%(lead)s was won") % {"lead": lead},
    }
    lead = row.lead
    name = lead.name if lead else _("A lead that is gone")
    return Said(titles[row.kind](row, name), ", ".join(filter(None, _details(row))), path_of(row))


def path_of(row: Notification) -> str:
    """Where to act: the inbox for what waits for a decision, else the lead's page."""
    if row.data.get("handover") and row.kind != NoticeKind.DECIDED:
        return f"{reverse('leads:inbox')}?handover={row.data['handover']}"
    return reverse("leads:lead_detail", args=[row.lead_id]) if row.lead_id else reverse("leads:notice_list")


def _who(row: Notification) -> str:
    return row.data.get("by") or _("Somebody")


def _decided(row: Notification, lead: str) -> str:
    words = {
        HandoverState.ACCEPTED: _("%(who)s accepted %(lead)s"),
        HandoverState.REJECTED: _("%(who)s rejected %(lead)s"),
        HandoverState.RETURNED: _("%(who)s returned %(lead)s"),
        HandoverState.DUPLICATE: _("%(who)s knows %(lead)s already: a duplicate"),
    }
    return words[HandoverState(row.data["state"])] % {"who": _who(row), "lead": lead}


def _warned(row: Notification, lead: str) -> str:
    words = {
        DeadlineKind.DECIDE: _("The decision on %(lead)s is due soon"),
        DeadlineKind.CONTACT: _("The first contact with %(lead)s is due soon"),
        DeadlineKind.OPPORTUNITY: _("%(lead)s should become an opportunity soon"),
    }
    return words[DeadlineKind(row.data["what"])] % {"lead": lead}


def _breached(row: Notification, lead: str) -> str:
    words = {
        DeadlineKind.DECIDE: _("The decision on %(lead)s is late"),
        DeadlineKind.CONTACT: _("The first contact with %(lead)s is late"),
        DeadlineKind.OPPORTUNITY: _("%(lead)s is late to become an opportunity"),
    }
    return words[DeadlineKind(row.data["what"])] % {"lead": lead}


def _assigned(row: Notification, lead: str) -> str:
    if "task" not in row.data:
        return _("%(who)s gave you %(lead)s") % {"who": _who(row), "lead": lead}
    task = TaskKind(row.data["what"]).label
    return _("%(who)s gave you a task, %(task)s: %(lead)s") % {"who": _who(row), "task": task, "lead": lead}


def _due(row: Notification, lead: str) -> str:
    return _("%(task)s: %(lead)s") % {"task": TaskKind(row.data["what"]).label, "lead": lead}


def _details(row: Notification) -> list[str]:
    """The company, why, by when, with whom."""
    data = row.data
    company = row.lead.company if row.lead else None
    missing = ", ".join(data.get("missing", []))
    return [
        str(company or ""),
        data.get("reason", ""),
        _("missing: %(what)s") % {"what": missing} if missing else "",
        _("due %(when)s") % {"when": _moment(data["due_at"])} if data.get("due_at") else "",
        _("with %(whom)s") % {"whom": data["with"]} if data.get("with") else "",
        _("by %(whom)s") % {"whom": data["by"]} if row.kind == NoticeKind.WON and data.get("by") else "",
    ]


def _moment(text: str) -> str:
    return date_format(datetime.fromisoformat(text).astimezone(get_current_timezone()), "j M, H:i")
