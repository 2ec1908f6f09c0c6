"""What a notification says, in the reader's language, and where it leads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
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
    NoticeKind.APPROVAL: "shield-check",
    NoticeKind.ANSWERED: "circle-check",
}
URGENT = frozenset({NoticeKind.BREACHED, NoticeKind.ESCALATED})
Phrase = tuple[str, Mapping[str, str]]  # words with places for names, and the names


@dataclass(frozen=True)
class Said:
    """One notification in words. `path` leads to what it is about. In HTML names keep the direction of their script."""

    words: Phrase
    details: Sequence[Phrase]
    path: str

    @property
    def title(self) -> str:
        """What happened."""
        return _plain(self.words)

    @property
    def title_html(self) -> SafeString:
        """What happened, names apart."""
        return _marked(self.words)

    @property
    def text(self) -> str:
        """What more is known of it."""
        return ", ".join(map(_plain, self.details))

    @property
    def text_html(self) -> SafeString:
        """What more is known of it, names apart."""
        return format_html_join(", ", "{}", ((_marked(detail),) for detail in self.details))


def _plain(phrase: Phrase) -> str:
    words, names = phrase
    return words % names


def _marked(phrase: Phrase) -> SafeString:
    words, names = phrase
    return mark_safe(escape(words) % {place: format_html("<bdi>{}</bdi>", name) for place, name in names.items()})


def said(row: Notification) -> Said:
    """What the notification says; its lead and the lead's company must have been read."""
    titles: dict[str, Callable[[Notification, str], Phrase]] = {
        NoticeKind.OFFERED: lambda row, lead: (_("%(lead)s waits for a decision"), {"lead": lead}),
        NoticeKind.DECIDED: _decided,
        NoticeKind.RECOMMENDED: lambda row, lead: (_("%(who)s recommends %(lead)s"), {"who": _who(row), "lead": lead}),
        NoticeKind.WARNED: _warned,
        NoticeKind.BREACHED: _breached,
        NoticeKind.ESCALATED: _breached,
        NoticeKind.ASSIGNED: _assigned,
        NoticeKind.DUE: _due,
        NoticeKind.RECYCLED: lambda row, lead: (_("Time to try %(lead)s again"), {"lead": lead}),
        NoticeKind.WON: lambda row, lead: (_("%(lead)s was won"), {"lead": lead}),
        NoticeKind.APPROVAL: lambda row, _lead: (_("Approve version %(number)s of %(model)s"), _version(row)),
        NoticeKind.ANSWERED: _answered,
    }
    lead = row.lead
    name = lead.name if lead else _("A lead that is gone")
    return Said(titles[row.kind](row, name), [detail for detail in _details(row) if detail], path_of(row))


def path_of(row: Notification) -> str:
    """Where to act: the inbox for what waits for a decision, the page named with it, else the lead's page."""
    if page := row.data.get("page"):
        return reverse(page[0], args=page[1:])
    if row.data.get("handover") and row.kind != NoticeKind.DECIDED:
        return f"{reverse('leads:inbox')}?handover={row.data['handover']}"
    return reverse("leads:lead_detail", args=[row.lead_id]) if row.lead_id else reverse("leads:notice_list")


def _who(row: Notification) -> str:
    return row.data.get("by") or _("Somebody")


def _decided(row: Notification, lead: str) -> Phrase:
    words = {
        HandoverState.ACCEPTED: _("%(who)s accepted %(lead)s"),
        HandoverState.REJECTED: _("%(who)s rejected %(lead)s"),
        HandoverState.RETURNED: _("%(who)s returned %(lead)s"),
        HandoverState.DUPLICATE: _("%(who)s knows %(lead)s already: a duplicate"),
    }
    return words[HandoverState(row.data["state"])], {"who": _who(row), "lead": lead}


def _warned(row: Notification, lead: str) -> Phrase:
    words = {
        DeadlineKind.DECIDE: _("The decision on %(lead)s is due soon"),
        DeadlineKind.CONTACT: _("The first contact with %(lead)s is due soon"),
        DeadlineKind.OPPORTUNITY: _("%(lead)s should become an opportunity soon"),
    }
    return words[DeadlineKind(row.data["what"])], {"lead": lead}


def _breached(row: Notification, lead: str) -> Phrase:
    words = {
        DeadlineKind.DECIDE: _("The decision on %(lead)s is late"),
        DeadlineKind.CONTACT: _("The first contact with %(lead)s is late"),
        DeadlineKind.OPPORTUNITY: _("%(lead)s is late to become an opportunity"),
    }
    return words[DeadlineKind(row.data["what"])], {"lead": lead}


def _assigned(row: Notification, lead: str) -> Phrase:
    if "task" not in row.data:
        return _("%(who)s gave you %(lead)s"), {"who": _who(row), "lead": lead}
    task = str(TaskKind(row.data["what"]).label)
    return _("%(who)s gave you a task, %(task)s: %(lead)s"), {"who": _who(row), "task": task, "lead": lead}


def _due(row: Notification, lead: str) -> Phrase:
    return _("%(task)s: %(lead)s"), {"task": str(TaskKind(row.data["what"]).label), "lead": lead}


def _answered(row: Notification, _lead: str) -> Phrase:
    words = {
        "approved": _("%(who)s approved version %(number)s of %(model)s"),
        "given_back": _("%(who)s gave version %(number)s of %(model)s back: it is not approved"),
        "published": _("%(who)s published version %(number)s of %(model)s"),
        "discarded": _("%(who)s discarded draft %(number)s of %(model)s"),
    }
    return words[row.data["answer"]], {"who": _who(row), **_version(row)}


def _version(row: Notification) -> dict[str, str]:
    return {"number": str(row.data["number"]), "model": row.data["model"]}


def _details(row: Notification) -> list[Phrase | None]:
    """The company, why, by when, with whom; of a draft who asks, and what it is for."""
    data = row.data
    company = row.lead.company if row.lead else None
    missing = ", ".join(data.get("missing", []))
    by = data.get("by")
    return [
        ("%(name)s", {"name": str(company)}) if company else None,
        ("%(reason)s", {"reason": data["reason"]}) if data.get("reason") else None,
        (_("missing: %(what)s"), {"what": missing}) if missing else None,
        (_("due %(when)s"), {"when": _moment(data["due_at"])}) if data.get("due_at") else None,
        (_("with %(whom)s"), {"whom": data["with"]}) if data.get("with") else None,
        (_("by %(whom)s"), {"whom": by}) if row.kind == NoticeKind.WON and by else None,
        (_("asked by %(whom)s"), {"whom": by}) if row.kind == NoticeKind.APPROVAL and by else None,
        (_("“%(note)s”"), {"note": data["note"]}) if data.get("note") else None,
    ]


def _moment(text: str) -> str:
    return date_format(datetime.fromisoformat(text).astimezone(get_current_timezone()), "j M, H:i")
