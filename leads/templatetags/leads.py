"""How dates, outcomes and limits of leads are written on the pages."""

from datetime import datetime, timedelta

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from leads.lifecycle.undo import WINDOW
from leads.models import Activity, BantState, CallResult, Evidence, Kind, Medium, Outcome
from leads.queries.local import local

register = template.Library()
CALL_RESULTS = dict(CallResult.choices)
SOON = timedelta(hours=4)


@register.filter
def outcome_word(outcome: str) -> str:
    """An outcome in the reader's language."""
    return str(Outcome(outcome).label) if outcome in Outcome.values else ""


@register.filter
def kind_slug(kind: int) -> str:
    """The name of a kind of activity."""
    return Kind(kind).slug


@register.filter
def kind_word(kind: int) -> str:
    """A kind of activity in the reader's language."""
    return str(Kind(kind).label)


@register.filter
def medium_word(medium: int | None) -> str:
    """How a visit came, in lower case."""
    return "" if medium is None else str(Medium(medium).label).lower()


@register.filter
def evidence_word(evidence: int) -> str:
    """What to say of an activity that is not surely human."""
    return {
        Evidence.UNSURE: _("perhaps a machine"),
        Evidence.MACHINE: _("a machine, not counted"),
    }.get(Evidence(evidence), "")


@register.filter
def bant_word(state: int | None) -> str:
    """How far a part of BANT is known, in lower case."""
    return str(BantState(state or 0).label).lower()


@register.filter
def bant_icon(state: int | None) -> str:
    """The sign of a part of BANT."""
    return {BantState.YES: "circle-check", BantState.PARTLY: "circle-check", BantState.NO: "circle-x"}.get(
        BantState(state or 0), "point"
    )


@register.filter
def region_word(region: str) -> str:
    """A region's key as people write it: us-east becomes US East."""
    return " ".join(part.upper() if len(part) == 2 else part.capitalize() for part in region.split("-"))


@register.filter
def minutes(seconds: int | None) -> str:
    """A dwell time: 48 s, 3 min 02 s, 11 min."""
    if not seconds:
        return ""
    if seconds < 60:
        return _("%(s)d s") % {"s": seconds}
    if seconds < 600:
        return _("%(m)d min %(s)02d s") % {"m": seconds // 60, "s": seconds % 60}
    return _("%(m)d min") % {"m": round(seconds / 60)}


def day_word(at: datetime, now: datetime) -> str:
    """The day of a moment as the reader speaks of it."""
    day, today = local(at).date(), local(now).date()
    if day == today:
        return _("today")
    if day == today - timedelta(days=1):
        return _("yesterday")
    return date_format(day, "j M" if day.year == today.year else "j M Y")


@register.simple_tag
def ago(at: datetime | None, now: datetime) -> SafeString | str:
    """A moment by its day, the exact time on hover; a dash for never."""
    if at is None:
        return "–"
    here = local(at)
    exact = date_format(here, "j M Y, H:i")
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact, day_word(at, now))


def duration_words(length: timedelta) -> str:
    """A span in its two largest units: 1 d 2 h, 3 h 10 m, 40 m."""
    total = max(int(length.total_seconds()) // 60, 0)
    days, hours, rest = total // 1440, total % 1440 // 60, total % 60
    if days:
        return _("%(d)d d %(h)d h") % {"d": days, "h": hours} if hours else _("%(d)d d") % {"d": days}
    if hours:
        return _("%(h)d h %(m)02d m") % {"h": hours, "m": rest}
    return _("%(m)d m") % {"m": rest}


@register.inclusion_tag("components/sla.html")
def sla(due_at: datetime | None, now: datetime) -> dict[str, str]:
    """How much of the time to decide is left."""
    if due_at is None:
        return {"state": "ok", "text": _("no limit"), "title": ""}
    title = date_format(local(due_at), "j M Y, H:i")
    if due_at < now:
        return {"state": "late", "text": _("%(span)s late") % {"span": duration_words(now - due_at)}, "title": title}
    state = "soon" if due_at - now < SOON else "ok"
    return {"state": state, "text": _("%(span)s left") % {"span": duration_words(due_at - now)}, "title": title}


@register.inclusion_tag("components/sla.html")
def due(due_at: datetime, now: datetime) -> dict[str, str]:
    """By when something is to be done: how late it is, the hour of today, or the day."""
    here = local(due_at)
    title = date_format(here, "j M Y, H:i")
    if due_at < now:
        return {"state": "late", "text": _("%(span)s late") % {"span": duration_words(now - due_at)}, "title": title}
    if here.date() == local(now).date():
        state = "soon" if due_at - now < SOON else "ok"
        return {"state": state, "text": date_format(here, "H:i"), "title": title}
    return {"state": "ok", "text": date_format(here, "D j M, H:i"), "title": title}


@register.filter
def is_fresh(at: datetime, now: datetime) -> bool:
    """Whether what was done then may still be taken back."""
    return now - at <= WINDOW


# What people wrote stands under one of these names, depending on where the activity came from.
BODY_KEYS = ("text", "message", "note", "question", "subject", "comment")


@register.filter
def act_body(act: Activity) -> str:
    """What was said or written, if anything was; numbers are of other things."""
    said = (act.data.get(key) for key in BODY_KEYS)
    return next((text for text in said if text and isinstance(text, str)), "")


@register.filter
def act_detail(act: Activity) -> str:
    """What an activity was about: mail, document, page, result, campaign; joined by commas."""
    parts = [
        _("mail %(n)d") % {"n": act.mail_number} if act.mail_number else "",
        str(act.document or ""),
        act.page.path if act.page else "",
        str(CALL_RESULTS.get(act.data.get("result", ""), "")),
        minutes(act.dwell_seconds),
        "" if act.mail_number else medium_word(act.medium),
    ]
    return ", ".join(part for part in parts if part)


@register.filter
def day_heading(at: datetime, now: datetime) -> str:
    """The head of a day in the timeline: Yesterday, Friday 20 November."""
    day, today = local(at).date(), local(now).date()
    words = date_format(day, "l j F" if day.year == today.year else "l j F Y")
    near = {today: _("Today"), today - timedelta(days=1): _("Yesterday")}.get(day)
    return _("%(near)s, %(day)s") % {"near": near, "day": words} if near else words
