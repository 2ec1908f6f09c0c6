"""The same counts by source and by region."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from leads.lifecycle.entries import NONE
from leads.models import Channel, Outcome, Stage
from leads.queries.intervals import quotient
from leads.templatetags.leads import region_word
from reports.queries.scope import ReportFilter
from reports.queries.tally import Tallies, Tally, tally


@dataclass(frozen=True)
class Row:
    """One source or region. `key` is empty for leads that have none; `link` is its value in an address."""

    key: str
    label: str
    stages: dict[str, int]
    won: int
    to_last: float | None
    to_won: float | None

    @property
    def link(self) -> str:
        """The key as a query parameter."""
        return self.key or NONE


def sources(wanted: ReportFilter) -> list[Row]:
    """Counts by the channel of the capture that began the pass, the largest first."""
    return sources_of(tally(wanted, by_slice=True), list(Stage.objects.order_by("position")))


def regions(wanted: ReportFilter) -> list[Row]:
    """Counts by where the lead's company has its head office, the largest first."""
    return regions_of(tally(wanted, by_slice=True), list(Stage.objects.order_by("position")))


def sources_of(found: Tallies, stages: Sequence[Stage]) -> list[Row]:
    """Rows of entries already counted."""
    channels: Mapping[int, Channel] = Channel.objects.in_bulk([pk for pk in found.channels if pk is not None])
    rows = []
    for pk, counts in found.channels.items():
        channel = channels[pk] if pk is not None else None
        key, label = (channel.slug, channel.name) if channel else ("", _("Without a source"))
        rows.append(_row(key, label, counts, stages))
    return _sorted(rows)


def regions_of(found: Tallies, stages: Sequence[Stage]) -> list[Row]:
    """Rows of entries already counted."""
    return _sorted([_row(key, region_label(key), counts, stages) for key, counts in found.regions.items()])


def region_label(key: str) -> str:
    """A region's key as people write it: us-east is US East."""
    return region_word(key) or _("Without a region")


def _row(key: str, label: str, counts: Tally, stages: Sequence[Stage]) -> Row:
    by_slug = {stage.slug: counts.entries[stage.pk] for stage in stages}
    entered = list(by_slug.values())
    won = counts.outcomes[Outcome.WON]
    return Row(key, label, by_slug, won, quotient(entered[-1], entered[0]), quotient(won, entered[0]))


def _sorted(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (not row.key, [-n for n in row.stages.values()], row.label))
