"""The buying phase wherever a lead is shown."""

from django import template

from leads.models import Lead, PhaseChange

register = template.Library()


@register.inclusion_tag("leads/_phase_line.html")
def buying_phase(lead: Lead) -> dict[str, PhaseChange | None]:
    """The lead's buying phase with its evidence; nothing where none is known."""
    return {"change": PhaseChange.objects.filter(lead=lead).order_by("-pk").first()}
