"""How much working time is left, in words, and whether the clock runs."""

from datetime import datetime, timedelta

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from leads.queries.local import local
from users.hours import Calendar

register = template.Library()
SOON = timedelta(hours=4)
WHOLE_DAY = timedelta(days=1)
FAR = timedelta(days=60)  # beyond, nobody counts hours of work: days of the calendar are said


def day_length(calendar: Calendar) -> timedelta:
    """How long a day of work is; without hours the whole day counts."""
    if calendar.opens is None or calendar.closes is None:
        return WHOLE_DAY
    opens, closes = calendar.opens, calendar.closes
    return timedelta(hours=closes.hour - opens.hour, minutes=closes.minute - opens.minute)


def in_words(length: timedelta, day: timedelta = WHOLE_DAY) -> str:
    """A span in its two largest units, a day being one of work: 1 d 2 h, 3 h 10 m, 40 m."""
    days, rest = divmod(max(length, timedelta()), day)
    hours, minutes = divmod(int(rest.total_seconds()) // 60, 60)
    if days:
        return _("%(d)d d %(h)d h") % {"d": days, "h": hours} if hours else _("%(d)d d") % {"d": days}
    if hours:
        return _("%(h)d h %(m)02d m") % {"h": hours, "m": minutes}
    return _("%(m)d m") % {"m": minutes}


def working_time(start: datetime, end: datetime, calendar: Calendar) -> str:
    """The working time between two moments, in words."""
    if end - start > FAR:
        return in_words(end - start)
    return in_words(timedelta(seconds=calendar.between(start, end)), day_length(calendar))


@register.inclusion_tag("components/sla.html")
def clock(due_at: datetime | None, now: datetime, calendar: Calendar) -> dict[str, str]:
    """How much working time is left, or gone since."""
    if due_at is None:
        return {"state": "ok", "text": _("no limit"), "title": ""}
    title = date_format(local(due_at), "j M Y, H:i")
    if due_at < now:
        return {
            "state": "late",
            "text": _("%(span)s late") % {"span": working_time(due_at, now, calendar)},
            "title": title,
        }
    left = timedelta(seconds=calendar.between(now, due_at))
    text = _("%(span)s left") % {"span": in_words(left, day_length(calendar))}
    return {"state": "soon" if left < SOON else "ok", "text": text, "title": title}


@register.simple_tag
def waited(since: datetime | None, now: datetime, calendar: Calendar) -> str:
    """The working time that has passed since a moment; nothing for never."""
    return working_time(since, now, calendar) if since else ""
