"""How far a cohort can be trusted: who is too young to have come far, and who counts more than once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import connection

from leads.lifecycle.entries import passes
from reports.queries.scope import ReportFilter
from reports.queries.velocity import Velocity

USUAL_DAYS = 30


@dataclass(frozen=True)
class Maturity:
    """Passes of a cohort: all, those younger than `days`, and how many leads they belong to."""

    passes: int
    young: int
    leads: int
    days: int

    @property
    def share(self) -> float:
        """The share too young to have gone the whole way."""
        return self.young / self.passes if self.passes else 0.0

    @property
    def repeated(self) -> int:
        """Passes beyond the first of the same lead."""
        return self.passes - self.leads


def maturity(wanted: ReportFilter, times: Velocity, now: datetime) -> Maturity:
    """Judge a cohort by the time in which nine of ten have gone the whole way, else by thirty days."""
    p90 = times.whole_path.p90_days
    days = max(ceil(p90), 1) if p90 is not None else USUAL_DAYS
    among = passes(wanted.scope)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(*) FILTER (WHERE began_at > %s), count(DISTINCT lead_id) FROM ({among.text}) p",
            (now - timedelta(days=days), *among.params),
        )
        count, young, leads = cursor.fetchone()
    return Maturity(passes=count, young=young, leads=leads, days=days)
