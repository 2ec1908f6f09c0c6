"""The line of stages as the settings show it: who stands where, what moves leads there, what may be changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from leads.access.moves import movers
from leads.conditions.catalog import Catalog
from leads.conditions.tree import sentence
from leads.lifecycle.criteria import in_force
from leads.lifecycle.stages import moved_by
from leads.models import Criterion, Lead, Stage


@dataclass(frozen=True)
class Row:
    """One stage of the line. `may_go` says whether it may go a place up and a place down."""

    stage: Stage
    criterion: Criterion | None
    words: str
    movers: Sequence[str]
    standing: int
    may_edit: bool
    up: bool
    down: bool


@dataclass(frozen=True)
class Gone:
    """A retired stage, with the leads that have yet to move."""

    stage: Stage
    heir: Stage
    is_merged: bool
    standing: int


def worded(criterion: Criterion, catalog: Catalog) -> str:
    """A criterion as a sentence."""
    return sentence(criterion.condition, catalog)


def the_line(may_build: Callable[[str], bool], now: datetime) -> list[Row]:
    """Every stage in order."""
    stages, catalog, current = list(Stage.objects.order_by("position")), Catalog(), in_force(now)
    standing = standing_at()
    rows = []
    for stage in stages:
        found, may_edit = current.get(stage.pk), may_build(stage.realm)
        rows.append(
            Row(
                stage=stage,
                criterion=found,
                words=worded(found, catalog) if found else "",
                movers=movers(stage),
                standing=standing.get(stage.pk, 0),
                may_edit=may_edit,
                up=may_edit and moved_by(stages, stage.slug, -1) is not None,
                down=may_edit and moved_by(stages, stage.slug, 1) is not None,
            )
        )
    return rows


def gone_stages() -> list[Gone]:
    """The retired stages, the latest first."""
    standing = standing_at()
    retired = Stage.everything.filter(retired_at__isnull=False).select_related("leads_go_to").order_by("-retired_at")
    return [Gone(row, row.leads_go_to, row.merged_into_id is not None, standing.get(row.pk, 0)) for row in retired]


def standing_at() -> Mapping[int, int]:
    """How many leads with an open pass stand at each stage, by its id."""
    rows = Lead.objects.filter(outcome="").order_by().values_list("stage_id").annotate(Count("pk"))
    return dict(rows)
