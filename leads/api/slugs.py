"""Keys in bodies resolved to ids: all of one table in one query, each unknown one named with its place."""

from collections.abc import Mapping

from rest_framework.exceptions import ErrorDetail, ValidationError

from leads.models import Campaign, Channel
from users.rows import ids_by_slug

Place = str


def slug_ids(model: type[Campaign] | type[Channel], wanted: Mapping[Place, str]) -> dict[str, int]:
    """Ids by slug, for slugs given at places of the body. Raises ValidationError naming the places of unknown ones."""
    if not wanted:
        return {}
    found = ids_by_slug(model, set(wanted.values()))
    missing = {place: slug for place, slug in wanted.items() if slug not in found}
    if missing:
        name = model._meta.verbose_name
        raise ValidationError(
            {place: [ErrorDetail(f"There is no {name} {slug!r}.", code="unknown")] for place, slug in missing.items()}
        )
    return found
