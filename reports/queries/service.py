"""Service levels kept and broken (R62): from the clocks of leads, and from the journal where no clock ran."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, median

from django.db import connection

from leads.handover.clocks import Clocks
from leads.lifecycle.entries import Mode, PassScope, entries, passes
from leads.models import DeadlineKind, Kind, Sla, Unit
from reports.queries.scope import ReportFilter
from users.calendars import Calendars
from users.hours import Calendar

DAY = timedelta(days=1)
KEPT, OFTEN_LATE, BROKEN = "kept", "often_late", "broken"
OFTEN = 0.2  # from this share of late ones on a mean that keeps to the agreed time hides something


@dataclass(frozen=True)
class Clock:
    """One thing that had to be done in time. `ended_at` is None while it has not been done."""

    kind: str
    lead_id: int
    team_id: int | None
    user_id: int | None
    started_at: datetime
    due_at: datetime | None
    ended_at: datetime | None

    def is_late(self, now: datetime) -> bool:
        """Whether it was done too late, or has not been done and is late by now."""
        return self.due_at is not None and (self.ended_at or now) > self.due_at

    def broke_within(self, since: datetime, until: datetime, now: datetime) -> bool:
        """Whether its time ran out within these moments, and it was not done by then."""
        return self.due_at is not None and since <= self.due_at < until and self.is_late(now)


@dataclass(frozen=True)
class Level:
    """One kind: what was agreed and what was found. Means and medians are of what was done."""

    kind: DeadlineKind
    agreed: int | None
    unit: str
    n: int
    in_time: int
    late: int
    open: int
    open_late: int
    mean_days: float | None
    median_days: float | None
    mean_working_days: float | None
    median_working_days: float | None
    mean_found: float | None

    @property
    def status(self) -> str | None:
        """Whether the mean keeps to what was agreed, in its own unit, and most do; None without either figure."""
        if self.agreed is None or self.mean_found is None:
            return None
        if self.mean_found > self.agreed:
            return BROKEN
        return OFTEN_LATE if self.late > OFTEN * self.n else KEPT


def service_levels(wanted: ReportFilter, now: datetime) -> list[Level]:
    """The three kinds in the order of the line."""
    by_kind: dict[str, list[Clock]] = defaultdict(list)
    for clock in clocks(wanted.scope):
        by_kind[clock.kind].append(clock)
    agreed = {row.kind: row for row in Sla.objects.filter(team=None)}
    calendars = Calendars()
    return [_level(kind, by_kind[kind], agreed.get(kind), calendars, now) for kind in DeadlineKind]


def clocks(scope: PassScope) -> list[Clock]:
    """The clocks of a scope's passes; in period mode those that ended in the time or, still running, began in it."""
    among = passes(scope)
    within, limits = "", list[datetime]()
    if scope.mode == Mode.PERIOD:
        within = "WHERE coalesce(ended_at, started_at) >= %s AND coalesce(ended_at, started_at) < %s"
        limits = [scope.since, scope.until]
    steps = entries(scope)
    text = _CLOCKS.format(passes=among.text, steps=steps.text, within=within, contacts=_CONTACTS)
    with connection.cursor() as cursor:
        cursor.execute(text, (*among.params, *steps.params, *limits))
        rows = [Clock(*row) for row in cursor.fetchall()]
    return list(_with_due(rows))


def _with_due(rows: Iterable[Clock]) -> Iterator[Clock]:
    """Where no clock ran, its time is counted as it is agreed now."""
    times = Clocks()
    for row in rows:
        if row.due_at is not None:
            yield row
            continue
        found = times.times(DeadlineKind(row.kind), row.team_id, row.started_at)
        due = found.due_at if found else None
        yield Clock(row.kind, row.lead_id, row.team_id, row.user_id, row.started_at, due, row.ended_at)


_CONTACTS = f"{Kind.CALL:d}, {Kind.MEETING:d}"
# Contacts are human calls and meetings. What was imported has no clock: then the journal says when things happened.
_CLOCKS = """
WITH p AS MATERIALIZED ({passes}),
d AS MATERIALIZED (
    SELECT d.* FROM p JOIN leads_deadline d ON d.lead_id = p.lead_id AND d.cycle = p.cycle
)
SELECT * FROM (
    SELECT kind, lead_id, team_id, user_id, started_at, due_at, met_at AS ended_at FROM d WHERE dropped_at IS NULL
    UNION ALL
    SELECT 'decide', o.lead_id, o.team_id, coalesce(o.decided_by_id, o.assignee_id), o.offered_at, o.due_at,
           o.decided_at
    FROM p JOIN leads_handover o ON o.lead_id = p.lead_id AND o.cycle = p.cycle
    WHERE o.state <> 'withdrawn' AND NOT EXISTS (
        SELECT FROM d WHERE d.lead_id = o.lead_id AND d.kind = 'decide' AND d.handover_id = o.id)
    UNION ALL
    SELECT 'contact', o.lead_id, o.team_id, o.decided_by_id, o.decided_at, NULL, c.at
    FROM p JOIN leads_handover o ON o.lead_id = p.lead_id AND o.cycle = p.cycle
    JOIN leads_lead l ON l.id = o.lead_id
    CROSS JOIN LATERAL (SELECT min(a.occurred_at) AS at FROM leads_activity a WHERE a.lead_id = o.lead_id
        AND a.kind IN ({contacts}) AND a.evidence < 2 AND a.occurred_at >= o.decided_at) c
    WHERE o.state = 'accepted' AND (c.at IS NOT NULL OR (l.outcome = '' AND l.cycle = o.cycle))
      AND NOT EXISTS (SELECT FROM d WHERE d.lead_id = o.lead_id AND d.cycle = o.cycle AND d.kind = 'contact')
    UNION ALL
    SELECT 'opportunity', e.lead_id, u.team_id, l.owner_id, e.before_occurred_at, NULL, e.occurred_at
    FROM ({steps}) e JOIN leads_stage b ON b.id = e.before_stage_id JOIN leads_stage s ON s.id = e.stage_id
    JOIN leads_lead l ON l.id = e.lead_id LEFT JOIN users_user u ON u.id = l.owner_id
    WHERE e.outcome = '' AND b.role = 'sales_qualified' AND s.role = 'opportunity'
      AND NOT e.untimed AND NOT e.before_untimed
      AND NOT EXISTS (SELECT FROM d WHERE d.lead_id = e.lead_id AND d.cycle = e.cycle AND d.kind = 'opportunity')
    UNION ALL
    SELECT 'opportunity', l.id, u.team_id, l.owner_id, l.stage_since, NULL, NULL
    FROM p JOIN leads_lead l ON l.id = p.lead_id AND l.cycle = p.cycle JOIN leads_stage s ON s.id = l.stage_id
    LEFT JOIN users_user u ON u.id = l.owner_id
    WHERE s.role = 'sales_qualified' AND l.outcome = '' AND l.archived_at IS NULL
      AND NOT EXISTS (SELECT FROM d WHERE d.lead_id = l.id AND d.cycle = l.cycle AND d.kind = 'opportunity')
) t {within}
"""


def _level(
    kind: DeadlineKind, found: Sequence[Clock], agreed: Sla | None, calendars: Calendars, now: datetime
) -> Level:
    done = [(clock, clock.ended_at) for clock in found if clock.ended_at is not None]
    days = [(ended - clock.started_at) / DAY for clock, ended in done]
    work = [_working(calendars.of(clock.team_id), clock.started_at, ended) for clock, ended in done]
    lengths = [_day_length(calendars.of(clock.team_id)) for clock, _ in done]
    working_days = [seconds / length for seconds, length in zip(work, lengths, strict=True)]
    unit = agreed.unit if agreed else ""
    in_unit = {
        Unit.CALENDAR_DAYS: days,
        Unit.BUSINESS_DAYS: working_days,
        Unit.BUSINESS_HOURS: [seconds / 3600 for seconds in work],
    }
    late = sum(clock.is_late(now) for clock, _ in done)
    open_late = sum(clock.is_late(now) for clock in found if clock.ended_at is None)
    return Level(
        kind=kind,
        agreed=agreed.amount if agreed else None,
        unit=unit,
        n=len(done),
        in_time=len(done) - late,
        late=late,
        open=len(found) - len(done) - open_late,
        open_late=open_late,
        mean_days=_mean(days),
        median_days=_median(days),
        mean_working_days=_mean(working_days),
        median_working_days=_median(working_days),
        mean_found=_mean(in_unit[Unit(unit)]) if unit else None,
    )


def _working(calendar: Calendar, start: datetime, end: datetime) -> float:
    return max(calendar.between(start, end), 0.0)


def _day_length(calendar: Calendar) -> float:
    """The seconds of one whole working day."""
    if calendar.opens is None or calendar.closes is None:
        return DAY.total_seconds()
    opens, closes = (timedelta(hours=t.hour, minutes=t.minute) for t in (calendar.opens, calendar.closes))
    return (closes - opens).total_seconds()


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None
