"""How times in stages are written."""

from datetime import timedelta

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.templatetags.leads import duration_words

register = template.Library()


@register.filter
def span(length: timedelta | None) -> str:
    """A span by the clock: 1 d 2 h."""
    return "" if length is None else duration_words(length)


@register.filter
def work_span(length: timedelta | None) -> str:
    """Working time, in hours: working days are not equally long everywhere."""
    if length is None:
        return ""
    minutes = int(length.total_seconds()) // 60
    if minutes < 60:
        return _("%(m)d min of working time") % {"m": minutes}
    hours = minutes // 60
    return ngettext("%(n)d h of working time", "%(n)d h of working time", hours) % {"n": hours}
