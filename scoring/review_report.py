"""What came of borderline leads: those reviewed, by verdict, and those left to themselves."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from leads.queries.intervals import interval
from scoring.borderline import Band
from scoring.models import BorderlineVerdict

WINDOW = timedelta(days=365)
ALONE = "alone"
SMALL = 20  # fewer say little about the next one


@dataclass(frozen=True)
class Outcomes:
    """Leads of one verdict: how many, how many came to the stage later, how many bought."""

    verdict: str
    total: int
    reached: int
    won: int

    @property
    def is_small(self) -> bool:
        """Whether these are too few to conclude anything."""
        return self.total < SMALL

    @property
    def label(self) -> str:
        """The verdict in words."""
        return _("Nobody") if self.verdict == ALONE else str(BorderlineVerdict(self.verdict).label)

    @property
    def is_by_hand(self) -> bool:
        """Whether the verdict itself took the leads to the stage."""
        return self.verdict == BorderlineVerdict.PROMOTED

    def percent(self, part: int) -> str:
        """A share with its 95 % interval: "40 % (12–77)"; empty without leads."""
        between = interval(part, self.total)
        if between is None:
            return ""
        low, high = (round(100 * bound) for bound in between)
        return f"{round(100 * part / self.total)} % ({low}\u2013{high})"

    @property
    def reached_share(self) -> str:
        """Those that came to the stage."""
        return self.percent(self.reached)

    @property
    def won_share(self) -> str:
        """Those that bought."""
        return self.percent(self.won)


# A review whose move was taken back within the window was never meant. Of several in a pass the last one counts.
_OUTCOMES = """
WITH said AS (
    SELECT DISTINCT ON (r.lead_id, r.cycle) r.lead_id, r.verdict, r.recorded_at AS at
    FROM scoring_borderlinereview r
    WHERE r.model_id = %(model)s AND r.recorded_at >= %(since)s AND r.taken_back_at IS NULL
      AND NOT EXISTS (SELECT FROM leads_stagechange h JOIN leads_stagechange u ON u.undoes_id = h.id
                      WHERE h.lead_id = r.lead_id AND h.cycle = r.cycle AND h.recorded_at = r.recorded_at
                        AND h.cause = 'person')
    ORDER BY r.lead_id, r.cycle, r.id DESC),
stood AS (
    SELECT lead_id, verdict, at FROM said
    UNION ALL
    SELECT s.lead_id, 'alone', min(s.recorded_at) FROM leads_scorehistory s
    WHERE s.model_id = %(model)s AND s.recorded_at >= %(since)s AND s.points >= %(low)s AND s.points < %(high)s
      AND NOT EXISTS (SELECT FROM scoring_borderlinereview r WHERE r.lead_id = s.lead_id AND r.model_id = s.model_id
                        AND r.taken_back_at IS NULL)
    GROUP BY s.lead_id),
later AS (
    SELECT d.verdict,
           EXISTS (SELECT FROM leads_stagechange h JOIN leads_stage t ON t.id = h.to_stage_id
                   WHERE h.lead_id = d.lead_id AND h.recorded_at >= d.at AND h.outcome = '' AND NOT h.backward
                     AND t.position >= %(position)s AND h.undoes_id IS NULL
                     AND NOT EXISTS (SELECT FROM leads_stagechange u WHERE u.undoes_id = h.id)) AS reached,
           EXISTS (SELECT FROM leads_stagechange h
                   WHERE h.lead_id = d.lead_id AND h.recorded_at >= d.at AND h.outcome = 'won' AND h.undoes_id IS NULL
                     AND NOT EXISTS (SELECT FROM leads_stagechange u WHERE u.undoes_id = h.id)) AS won
    FROM stood d)
SELECT verdict, count(*), count(*) FILTER (WHERE reached), count(*) FILTER (WHERE won) FROM later GROUP BY verdict
"""


def outcomes(band: Band, now: datetime) -> list[Outcomes]:
    """The last year's borderline leads by verdict, those nobody looked at last; every verdict has a line."""
    values: dict[str, Any] = {
        "model": band.model.pk,
        "since": now - WINDOW,
        "low": band.low,
        "high": band.high,
        "position": band.stage.position,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, values)
        found = {verdict: Outcomes(verdict, *counts) for verdict, *counts in cursor.fetchall()}
    return [found.get(verdict, Outcomes(verdict, 0, 0, 0)) for verdict in (*BorderlineVerdict.values, ALONE)]
