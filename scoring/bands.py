"""What became of the leads of each band: the test of a model on what is known afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from leads.models import AttributeDefinition, AttributeType, ScoreModel
from scoring.models import ModelVersion, VersionState


class NoSuchOutcome(ValueError):
    """What was asked for is no yes-or-no attribute of leads, or the model has no version in force."""


@dataclass(frozen=True)
class BandRow:
    """A band with its leads and those of them whose attribute is true."""

    band: str
    leads: int
    true: int

    @property
    def share(self) -> float | None:
        """The share that is true; None without leads."""
        return self.true / self.leads if self.leads else None


def bands(model: ScoreModel, attribute: str) -> list[BandRow]:
    """The bands of a model, highest first. Raises NoSuchOutcome."""
    version = ModelVersion.objects.filter(model=model, state=VersionState.PUBLISHED).first()
    if version is None:
        raise NoSuchOutcome(f"The model {model.slug!r} has no version in force.")
    booleans = AttributeDefinition.objects.filter(
        subject=AttributeDefinition.Subject.LEAD, type=AttributeType.BOOLEAN
    ).values_list("key", flat=True)
    if attribute not in booleans:
        known = ", ".join(sorted(booleans)) or "none"
        raise NoSuchOutcome(f"Leads have no yes-or-no attribute {attribute!r}. There are: {known}.")
    found = _counted(model.pk, attribute)
    return [BandRow(band["band"], *found.get(band["band"], (0, 0))) for band in version.bands]


def _counted(model_id: int, attribute: str) -> Mapping[str, tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.band, count(*), count(*) FILTER (WHERE l.attributes -> %s = 'true')"
            " FROM leads_leadscore s JOIN leads_lead l ON l.id = s.lead_id WHERE s.model_id = %s GROUP BY s.band",
            [attribute, model_id],
        )
        return {band: (leads, true) for band, leads, true in cursor.fetchall()}
