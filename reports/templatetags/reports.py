"""How report pages write what was asked."""

from django import template
from django.utils.formats import date_format

from reports.queries.scope import ReportFilter

register = template.Library()


@register.filter
def asked_days(wanted: ReportFilter) -> str:
    """The days of a report: 1 Jul – 30 Sep 2026."""
    first, last = wanted.starts_on, wanted.ends_on
    return f"{date_format(first, 'j M' if first.year == last.year else 'j M Y')} – {date_format(last, 'j M Y')}"
