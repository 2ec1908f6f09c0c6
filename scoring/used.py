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
    live = Q(version__state__in=(VersionState.DRAFT, VersionState.PUBLISHED), condition__isnull=False)
    for row in Rule.objects.filter(live).select_related("version__model"):
        place = [row.version.model.slug, row.version.number]
        where = _("Scoring rule “%(rule)s” of %(version)s") % {"rule": row, "version": row.version}
        yield Written(where, row.condition, reverse("scoring:version", args=place))
