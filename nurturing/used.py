"""The conditions of sequences that are in use, for whoever asks where a name is used."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from leads.conditions.used import Written
from leads.models import Realm
from nurturing.models import SequenceVersion, Step, VersionState

LIVE = (VersionState.DRAFT, VersionState.PUBLISHED)


def sequences(now: datetime) -> Iterator[Written]:
    """Entries and gates of drafts and of the versions in force."""
    entries = SequenceVersion.objects.filter(state__in=LIVE, entry__isnull=False).select_related("sequence")
    for row in entries:
        yield _written(_("Entry of the sequence “%(name)s”"), row, row.entry)
    gates = Step.objects.filter(version__state__in=LIVE, condition__isnull=False).select_related("version__sequence")
    for step in gates:
        yield _written(_("A gate of the sequence “%(name)s”"), step.version, step.condition)


def _written(text: str, version: SequenceVersion, tree: object) -> Written:
    url = reverse("nurturing:version_detail", args=[version.sequence.slug, version.number])
    return Written(text % {"name": version.sequence}, tree, url, realm=Realm.MARKETING)
