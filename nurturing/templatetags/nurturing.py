"""How the pages of sequences write numbers."""

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def percent(share: float | None) -> SafeString | str:
    """A share as 40.0 %; a dash where nothing can be divided."""
    if share is None:
        return "–"
    return format_html('<bdi dir="ltr">{} %</bdi>', number_format(round(100 * share, 1), 1))
