"""The conditions of scoring that are in use, for whoever asks where a name is used."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from leads.conditions.used import Written
from scoring.models import Rule, VersionState


def rules(now: datetime) -> Iterator[Written]:
    """Rules of drafts and of the versions in force."""
    yield from _written(VersionState.DRAFT, VersionState.PUBLISHED)


def past_rules(now: datetime) -> Iterator[Written]:
    """Rules of the versions that were in force: scores of past days ask for them."""
    yield from _written(VersionState.RETIRED)


def _written(*states: str) -> Iterator[Written]:
    chosen = Q(version__state__in=states, condition__isnull=False)
    for row in Rule.objects.filter(chosen).select_related("version__model"):
        place = [row.version.model.slug, row.version.number]
        where = _("Scoring rule “%(rule)s” of %(version)s") % {"rule": row, "version": row.version}
        url, realm = reverse("scoring:version", args=place), row.version.model.purpose
        yield Written(where, row.condition, url, scoring=True, realm=realm)
