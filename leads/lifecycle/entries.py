"""The journal read back: entries of stages and outcomes, counted as R5 says. The one definition for every report.

A lead counts once per stage and pass, at its first line that enters the stage: backward lines, lines that undo and
lines that were undone never count. Entries of a stage that was merged count as those of the stage it went into; of
one that was only retired they are not shown. Reports and the lists behind their numbers are built on one statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from leads.models import Lead, Outcome, Stage

NONE = "none"  # for a channel or a region: those that have none
OUTCOME_PLACE = 100_000  # an outcome stands behind every stage


class Mode(StrEnum):
    """What is counted: passes that began in the time, followed on; or entries that happened in it."""

    COHORT = "cohort"
    PERIOD = "period"


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a statement with its parameters, in order."""

    text: str
    params: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PassScope:
    """Which passes, and in period mode which entries, are counted. `until` is exclusive, empty texts mean all.

    `leads` narrows to what somebody may see, None to nothing.
    """

    since: datetime
    until: datetime
    mode: Mode = Mode.COHORT
    campaign: str = ""
    channel: str = ""
    region: str = ""
    owner_id: int | None = None
    leads: QuerySet[Lead] | None = None


def passes(scope: PassScope, *, with_region: bool = False) -> Fragment:
    """The passes of a scope: (lead_id, cycle, channel_id, began_at) and, where asked for, region."""
    parts = [
        _began(scope),
        _slug_is("p.campaign_id", "leads_campaign", scope.campaign),
        _slug_is("p.channel_id", "leads_channel", scope.channel),
        _region_is(scope.region),
        _owner_is(scope.owner_id),
        _among(scope.leads),
    ]
    where = [part for part in parts if part.text]
    source = "leads_pass p"
    if scope.region or with_region or scope.owner_id is not None:
        source += " JOIN leads_lead l ON l.id = p.lead_id"
    if scope.region or with_region:
        source += " LEFT JOIN leads_company c ON c.id = l.company_id"
    region = ", coalesce(c.region, '') AS region" if with_region else ""
    return Fragment(
        f"SELECT p.lead_id, p.cycle, p.channel_id, p.began_at{region} FROM {source} WHERE "
        + " AND ".join(part.text for part in where),
        tuple(param for part in where for param in part.params),
    )


def _began(scope: PassScope) -> Fragment:
    """Cohort: the pass began in the time. Period: something was journaled of it then, which the index finds."""
    if scope.mode == Mode.COHORT:
        return Fragment("p.began_at >= %s AND p.began_at < %s", (scope.since, scope.until))
    return Fragment(
        "(p.lead_id, p.cycle) IN (SELECT lead_id, cycle FROM leads_stagechange"
        " WHERE to_stage_id = ANY(ARRAY(SELECT id FROM leads_stage)) AND occurred_at >= %s AND occurred_at < %s)",
        (scope.since, scope.until),
    )


def _slug_is(column: str, table: str, slug: str) -> Fragment:
    if not slug:
        return Fragment("")
    if slug == NONE:
        return Fragment(f"{column} IS NULL")
    return Fragment(f"{column} = (SELECT id FROM {table} WHERE slug = %s)", (slug,))


def _region_is(region: str) -> Fragment:
    if not region:
        return Fragment("")
    return Fragment("coalesce(c.region, '') = %s", ("" if region == NONE else region,))


def _owner_is(owner_id: int | None) -> Fragment:
    return Fragment("") if owner_id is None else Fragment("l.owner_id = %s", (owner_id,))


def _among(leads: QuerySet[Lead] | None) -> Fragment:
    if leads is None or not leads.query.where:
        return Fragment("")
    text, params = leads.order_by().values("pk").query.sql_with_params()
    return Fragment(f"p.lead_id IN ({text})", tuple(params))


def counts(line: str) -> str:
    """Whether a line of the journal may count at all: no way back, no undo, not undone."""
    # Without IS NOT NULL, of which the planner believes that it leaves one line: it would compare each with each.
    return (
        f"NOT {line}.backward AND {line}.undoes_id IS NULL"
        f" AND NOT EXISTS (SELECT FROM leads_stagechange u WHERE u.undoes_id = {line}.id)"
    )


# Each stage as it counts now. A handful of rows: whoever joins it hashes them once. `hidden` is a number because of an
# equality nobody has figures about the planner believes that it is rare, which it is.
_COUNTED_AS = (
    "(SELECT s.id, coalesce(t.id, s.id) AS counts_as, coalesce(t.position, s.position) AS position,"
    " CASE WHEN (CASE WHEN t.id IS NULL THEN s.retired_at ELSE t.retired_at END) IS NULL THEN 0 ELSE 1 END AS hidden"
    " FROM leads_stage s LEFT JOIN leads_stage t ON t.id = s.merged_into_id)"
)


def first_entries(scope: PassScope, *, stage_ids: Sequence[int] | None = None, with_slices: bool = False) -> Fragment:
    """First entries of the scope's passes, whenever they happened, one row per pass and stage or outcome.

    Columns: lead_id, cycle, place (the order along the line), stage_id, outcome (empty for a stage), occurred_at,
    date_only, untimed, which leaves the row out of step times; `with_slices` adds channel_id and region.
    `stage_ids` narrows the stages looked at. Few and narrow columns: sorting them is what a report costs.
    """
    among = passes(scope, with_region=with_slices)
    slices = ", p.channel_id, p.region" if with_slices else ""
    narrowed = "" if stage_ids is None else " AND h.to_stage_id = ANY(%s)"
    return Fragment(
        "SELECT DISTINCT ON (h.lead_id, h.cycle, place) h.lead_id, h.cycle,"
        f" CASE WHEN h.outcome = '' THEN st.position ELSE {OUTCOME_PLACE} END AS place, st.counts_as AS stage_id,"
        f" h.outcome, h.occurred_at, h.date_only, h.passed_through OR h.out_of_order AS untimed{slices}"
        f" FROM ({among.text}) p JOIN leads_stagechange h ON h.lead_id = p.lead_id AND h.cycle = p.cycle"
        f" JOIN {_COUNTED_AS} st ON st.id = h.to_stage_id"
        f" WHERE NOT (h.outcome = '' AND st.hidden = 1) AND {counts('h')}{narrowed}"
        " ORDER BY h.lead_id, h.cycle, place, h.id",
        (*among.params, *(() if stage_ids is None else (list(stage_ids),))),
    )


def entries(scope: PassScope, *, with_slices: bool = False) -> Fragment:
    """The entries a scope counts, each beside its neighbours on the line within the pass.

    Columns of `first_entries`, next_stage_id (None where the pass went no further), and of the entry before it
    and of the pass's first one: stage_id, occurred_at, date_only, untimed, as before_… and first_….
    """
    found = first_entries(scope, with_slices=with_slices)
    neighbours = ", ".join(
        f"{function}({column}) OVER along AS {name}_{column}"
        for name, function in (("before", "lag"), ("first", "first_value"))
        for column in ("stage_id", "occurred_at", "date_only", "untimed")
    )
    text = (
        f"SELECT e.*, lead(CASE WHEN outcome = '' THEN stage_id END) OVER along AS next_stage_id, {neighbours}"
        f" FROM ({found.text}) e WINDOW along AS (PARTITION BY lead_id, cycle ORDER BY place)"
    )
    if scope.mode == Mode.COHORT:
        return Fragment(text, found.params)
    within = f"SELECT * FROM ({text}) w WHERE occurred_at >= %s AND occurred_at < %s"
    return Fragment(within, (*found.params, scope.since, scope.until))


def days_between(start: str, end: str) -> str:
    """SQL for the days between two entries of one row, by the prefixes of their columns. Takes the zone twice.

    Exact, but where the hour of either is not known: then whole calendar days of the organisation's zone.
    """
    return (
        f"CASE WHEN {start}date_only OR {end}date_only"
        f" THEN (({end}occurred_at AT TIME ZONE %s)::date - ({start}occurred_at AT TIME ZONE %s)::date)::float8"
        f" ELSE extract(epoch FROM {end}occurred_at - {start}occurred_at)::float8 / 86400 END"
    )


def leads_in(
    scope: PassScope, *, reached: str = "", stopped: str = "", outcome: str = "", decision: str = ""
) -> QuerySet[Lead]:
    """The leads behind one number of a report: exactly one of the four says which.

    `reached`: entered the stage of that slug. `stopped`: entered it and not the one after it. `outcome`: the pass
    ended so. `decision`: a handover was decided so (its state). None of them: every lead of the scope's passes.
    Raises Stage.DoesNotExist.
    """
    if decision:
        found = _decided(scope, decision)
    elif outcome:
        found = _ended(scope, Outcome(outcome))
    elif reached or stopped:
        found = _entered(scope, reached or stopped, went_on=not stopped)
    else:
        among = passes(scope)
        found = Fragment(f"SELECT lead_id FROM ({among.text}) p", among.params)
    return Lead.objects.filter(pk__in=RawSQL(found.text, found.params))


def _within(scope: PassScope, column: str) -> Fragment:
    """In period mode: what happened in the time."""
    if scope.mode == Mode.COHORT:
        return Fragment("TRUE")
    return Fragment(f"{column} >= %s AND {column} < %s", (scope.since, scope.until))


def _entered(scope: PassScope, slug: str, *, went_on: bool) -> Fragment:
    stage = Stage.objects.get(slug=slug)
    after = Stage.objects.filter(position__gt=stage.position).order_by("position").first()
    group = stage.with_merged()
    if scope.mode == Mode.COHORT:  # whichever entry is the first, the pass has one
        among = passes(scope)
        here = Fragment(
            f"SELECT h.lead_id, h.cycle FROM ({among.text}) p JOIN leads_stagechange h"
            f" ON h.lead_id = p.lead_id AND h.cycle = p.cycle"
            f" WHERE h.to_stage_id = ANY(%s) AND h.outcome = '' AND {counts('h')}",
            (*among.params, group),
        )
    else:
        here = first_entries(scope, stage_ids=group)
        here = Fragment(f"SELECT * FROM ({here.text}) f WHERE f.outcome = ''", here.params)
    within = _within(scope, "e.occurred_at")
    text, params = f"SELECT e.lead_id FROM ({here.text}) e WHERE {within.text}", (*here.params, *within.params)
    if went_on or after is None:
        return Fragment(text, params)
    return Fragment(
        f"{text} AND NOT EXISTS (SELECT FROM leads_stagechange n WHERE n.lead_id = e.lead_id AND n.cycle = e.cycle"
        f" AND n.to_stage_id = ANY(%s) AND n.outcome = '' AND {counts('n')})",
        (*params, after.with_merged()),
    )


def _ended(scope: PassScope, outcome: Outcome) -> Fragment:
    among, within = passes(scope), _within(scope, "h.occurred_at")
    return Fragment(
        f"SELECT h.lead_id FROM ({among.text}) p JOIN leads_stagechange h"
        " ON h.lead_id = p.lead_id AND h.cycle = p.cycle"
        f" WHERE h.outcome = %s AND {within.text} AND {counts('h')}",
        (*among.params, outcome.value, *within.params),
    )


def decided(scope: PassScope) -> Fragment:
    """The decided handovers of a scope: (lead_id, state). In period mode those decided in the time.

    Its passes are not narrowed to those journaled in the time: a decision is journaled when it is made.
    """
    among, within = passes(scope), _within(scope, "o.decided_at")
    return Fragment(
        f"SELECT o.lead_id, o.state FROM ({among.text}) p JOIN leads_handover o"
        " ON o.lead_id = p.lead_id AND o.cycle = p.cycle"
        f" WHERE o.state IN ('accepted', 'returned', 'rejected') AND {within.text}",
        (*among.params, *within.params),
    )


def _decided(scope: PassScope, state: str) -> Fragment:
    found = decided(scope)
    return Fragment(f"SELECT d.lead_id FROM ({found.text}) d WHERE d.state = %s", (*found.params, state))
