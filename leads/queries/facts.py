"""What is known of people and companies, as their pages show it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from leads.access import leads_for_user
from leads.models import AttributeDefinition, AttributeType, BantAssessment, Company, Lead
from users.models import User

COLLEAGUES = 8


def attribute_facts(
    row: Lead | Company, definitions: Iterable[AttributeDefinition], subject: str
) -> list[dict[str, Any]]:
    """The administered attributes that are set, as label and value."""
    return [
        {"label": definition.label, "value": shown(definition, row.attributes[definition.key])}
        for definition in definitions
        if definition.subject == subject and row.attributes.get(definition.key) not in (None, "", [])
    ]


def shown(definition: AttributeDefinition, value: Any) -> str:
    """A stored value as people read it."""
    if definition.type == AttributeType.BOOLEAN:
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def people_of(user: User, company: Company | None, besides: Lead | None = None) -> Sequence[Lead]:
    """Others of a company the user may see, furthest along first; a few."""
    if company is None:
        return []
    rows = leads_for_user(user).filter(company=company, archived_at=None).select_related("stage")
    if besides is not None:
        rows = rows.exclude(pk=besides.pk)
    return list(rows.order_by("-stage__position", "-captured_at")[:COLLEAGUES])


def latest_bant(lead_id: int) -> dict[str, BantAssessment]:
    """The latest assessment of each realm, by realm."""
    rows = BantAssessment.objects.filter(lead=lead_id).select_related("by").order_by("realm", "-occurred_at", "-pk")
    return {row.realm: row for row in rows.distinct("realm")}


def bant_parts(assessment: BantAssessment | None) -> list[tuple[Any, int | None]]:
    """The names of the four parts with what is known of each."""
    return [
        (BantAssessment._meta.get_field(part).verbose_name, getattr(assessment, part, None))  # type: ignore[union-attr]
        for part in BantAssessment.PARTS
    ]
