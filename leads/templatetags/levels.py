"""How service levels are written on the pages."""

from django import template
from django.utils.translation import ngettext

from leads.models import Sla, Unit

register = template.Library()


@register.filter
def level_words(level: Sla) -> str:
    """The time of a service level, in words."""
    n = level.amount
    return {
        Unit.BUSINESS_HOURS: ngettext("%(n)d working hour", "%(n)d working hours", n),
        Unit.BUSINESS_DAYS: ngettext("%(n)d working day", "%(n)d working days", n),
        Unit.CALENDAR_DAYS: ngettext("%(n)d calendar day", "%(n)d calendar days", n),
    }[Unit(level.unit)] % {"n": n}
