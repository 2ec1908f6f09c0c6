"""What became of the leads of each band: the test of a model on what is known afterwards."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from leads.conditions.select import plan_for
from leads.lifecycle.entries import PassScope, first_entries
from leads.models import AttributeDefinition, AttributeType, ScoreModel, Stage
from leads.queries.company_score import band_at
from leads.queries.intervals import interval, quotient
from scoring.decides import Decision, decision_of
from scoring.engine import spec_of
from scoring.models import ModelVersion, VersionState
from scoring.points import points_of

BORDERLINE = "borderline"


class NoSuchOutcome(ValueError):
    """What was asked for is no yes-or-no attribute of leads, or the model has no version in force."""


@dataclass(frozen=True)
class Rate:
    """How many of a band came so far, of all its leads."""

    yes: int
    of: int

    @property
    def share(self) -> float | None:
        """The share; None without leads."""
        return quotient(self.yes, self.of)

    @property
    def likely(self) -> tuple[float, float] | None:
        """Where it lies with 95 % confidence (Wilson)."""
        return interval(self.yes, self.of)


@dataclass(frozen=True)
class BandRow:
    """A band from `low` up to below `high` points with its leads, and how many of them came to each of the ends."""

    band: str
    low: int | None
    high: int | None
    leads: int = 0
    came: Sequence[int] = field(default_factory=tuple)

    @property
    def rates(self) -> list[Rate]:
        """The ends as rates."""
        return [Rate(yes, self.leads) for yes in self.came]

    @property
    def last(self) -> int | None:
        """The highest whole number of points in it."""
        return None if self.high is None else self.high - 1


def cuts(version: ModelVersion, threshold: int | None = None) -> list[BandRow]:
    """The bands of a version, highest first; the borderline below the threshold is one of its own.

    `threshold` is what the criterion asks for now: of the version in force that counts, for it may have been changed
    since; of others, where they do not say what they ask for.
    """
    starts = {version.hot_from, version.warm_from}
    if threshold is None or (version.state != VersionState.PUBLISHED and version.threshold is not None):
        threshold = version.threshold
    line = version.borderline_from if threshold is not None else None
    if line is not None and threshold is not None and line < threshold:
        starts |= {line, threshold}
    falling: list[int | None] = [*sorted(starts, reverse=True), None]
    rows = []
    for low, high in zip(falling, [None, *falling], strict=False):
        is_line = low is not None and line is not None and threshold is not None and line <= low < threshold
        rows.append(BandRow(BORDERLINE if is_line else band_at(low, version.bands), low, high))
    return rows


def by_attribute(version: ModelVersion, attribute: str, *, now: datetime) -> list[BandRow]:
    """The bands with all leads of whom a yes-or-no attribute is known, and those of whom it is true."""
    check_attribute(attribute)
    plan = plan_for(now)
    found = points_of(version, spec_of(version), plan)
    key = plan.param(attribute)
    text = (
        f"SELECT f.points, count(*), count(*) FILTER (WHERE l.attributes -> {key} = 'true') FROM ({found.text}) f"
        f" JOIN leads_lead l ON l.id = f.lead_id WHERE l.attributes -> {key} IN ('true', 'false')"
        " AND l.archived_at IS NULL GROUP BY f.points"
    )
    with connection.cursor() as cursor:
        cursor.execute(text, {**found.params, **plan.params})
        counted = [(points, n, (yes,)) for points, n, yes in cursor.fetchall()]
    decision = decision_of(version.model, now=now)
    return _filled(cuts(version, decision.threshold if decision else None), counted, ends=1)


def check_attribute(attribute: str) -> None:
    """Raise NoSuchOutcome for what is no yes-or-no attribute of leads."""
    booleans = yes_or_no()
    if attribute not in booleans:
        known = ", ".join(sorted(booleans)) or "none"
        raise NoSuchOutcome(f"Leads have no yes-or-no attribute {attribute!r}. There are: {known}.")


def yes_or_no() -> dict[str, str]:
    """The yes-or-no attributes of leads with their labels."""
    rows = AttributeDefinition.objects.filter(subject=AttributeDefinition.Subject.LEAD, type=AttributeType.BOOLEAN)
    return dict(rows.values_list("key", "label"))


def bands(model: ScoreModel, attribute: str, *, now: datetime) -> list[BandRow]:
    """The bands of a model by its version in force, highest first. Raises NoSuchOutcome."""
    version = ModelVersion.objects.filter(model=model, state=VersionState.PUBLISHED).first()
    if version is None:
        raise NoSuchOutcome(f"The model {model.slug!r} has no version in force.")
    return by_attribute(version, attribute, now=now)


@dataclass(frozen=True)
class Way:
    """The stage leads stood at before the model decided, the one it decides, and the one after, where there is one."""

    before: Stage
    decided: Stage
    after: Stage | None

    @property
    def ends(self) -> list[Stage]:
        """The stages counted, won apart."""
        return [self.decided, *([self.after] if self.after else [])]


def way_of(decision: Decision | None) -> Way | None:
    """The stages round a decision; None where nothing is decided or no stage lies before."""
    if decision is None:
        return None
    line = list(Stage.objects.order_by("position"))
    place = next((at for at, stage in enumerate(line) if stage.pk == decision.stage.pk), 0)
    if not place:
        return None
    return Way(line[place - 1], line[place], line[place + 1] if place + 1 < len(line) else None)


# The most points within the pass: kept in the history, brought along from before it, or held today.
_BEST = """
SELECT greatest(
    (SELECT max(h.points) FROM leads_scorehistory h WHERE h.lead_id = p.lead_id AND h.model_id = %s
        AND h.recorded_at >= p.began_at AND h.recorded_at < coalesce(n.began_at, 'infinity')),
    (SELECT h.points FROM leads_scorehistory h WHERE h.lead_id = p.lead_id AND h.model_id = %s
        AND h.recorded_at < p.began_at AND p.cycle > 1 ORDER BY h.recorded_at DESC LIMIT 1),
    (SELECT s.points FROM leads_leadscore s WHERE s.lead_id = p.lead_id AND s.model_id = %s AND n.cycle IS NULL))
FROM leads_pass p LEFT JOIN LATERAL (SELECT x.began_at, x.cycle FROM leads_pass x WHERE x.lead_id = p.lead_id
    AND x.cycle > p.cycle ORDER BY x.cycle LIMIT 1) n ON TRUE
WHERE p.lead_id = b.lead_id AND p.cycle = b.cycle
"""


def by_journey(version: ModelVersion, way: Way, scope: PassScope, *, threshold: int | None = None) -> list[BandRow]:
    """The bands with the passes that came to the stage before the decided one in the scope, by their most points.

    The ends: those that came to the decided stage, to the one after it where there is one, and those won.
    """
    found = first_entries(scope)
    ends = [stage.pk for stage in way.ends]
    reached = "EXISTS (SELECT FROM e r WHERE r.lead_id = b.lead_id AND r.cycle = b.cycle AND {})"
    columns = ", ".join(
        [*(reached.format("r.stage_id = %s AND r.outcome = ''") for _ in ends), reached.format("r.outcome = 'won'")]
    )
    text = (
        f"WITH e AS MATERIALIZED ({found.text}) SELECT ({_BEST}) AS best, {columns}, count(*) FROM e b"
        " WHERE b.stage_id = %s AND b.outcome = '' AND b.occurred_at >= %s AND b.occurred_at < %s"
        f" GROUP BY {', '.join(str(at) for at in range(1, len(ends) + 3))}"
    )
    model = version.model_id
    with connection.cursor() as cursor:
        cursor.execute(text, [*found.params, model, model, model, *ends, way.before.pk, scope.since, scope.until])
        rows = [(best, n, tuple(n * came for came in cames)) for best, *cames, n in cursor.fetchall()]
    return _filled(cuts(version, threshold), rows, ends=len(ends) + 1)


def _filled(
    rows: Sequence[BandRow], counted: Iterable[tuple[int | None, int, Sequence[int]]], *, ends: int
) -> list[BandRow]:
    """The bands with what was counted by points; a lead without points belongs to the lowest."""
    leads, came = [0] * len(rows), [[0] * ends for _ in rows]
    for points, n, yes in counted:
        place = next(at for at, row in enumerate(rows) if row.low is None or (points is not None and points >= row.low))
        leads[place] += n
        came[place] = [have + more for have, more in zip(came[place], yes, strict=True)]
    return [
        BandRow(row.band, row.low, row.high, n, tuple(counts)) for row, n, counts in zip(rows, leads, came, strict=True)
    ]


def total(rows: Sequence[BandRow]) -> BandRow:
    """The line below them all."""
    return BandRow(
        "all",
        None,
        None,
        sum(row.leads for row in rows),
        [sum(column) for column in zip(*(row.came for row in rows), strict=True)],
    )
