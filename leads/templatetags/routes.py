"""Why a lead went to whom it went, on the pages."""

from django import template

from leads.models import Handover
from leads.queries.routes import why_routed

register = template.Library()


@register.filter
def routed(handover: Handover) -> str:
    """Why an offer went to whom it went, as a sentence."""
    return why_routed(handover)
