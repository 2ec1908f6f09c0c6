"""How many opportunities have been won so far: what open amounts are weighted by."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db import connection

from leads.queries.intervals import interval

# Fewer closed opportunities say too little to weigh money by.
ENOUGH = 10


@dataclass(frozen=True)
class WinRate:
    """Won among the passes that became an opportunity and have ended."""

    won: int
    closed: int

    @property
    def is_enough(self) -> bool:
        """Whether the number says something."""
        return self.closed >= ENOUGH

    @property
    def rate(self) -> float | None:
        """The share; None from nothing."""
        return self.won / self.closed if self.closed else None

    @property
    def limits(self) -> tuple[float, float] | None:
        """Where the true share lies with 95 % confidence."""
        return interval(self.won, self.closed)

    def weighed(self, amount: Decimal) -> Decimal | None:
        """An amount by the share; None while the share says too little."""
        if not self.is_enough:
            return None
        return (amount * self.won / self.closed).quantize(Decimal("0.01"), ROUND_HALF_UP)


# Imported passes that only passed through are no history of ours: a file of wins alone would promise everything.
_ENDED = """
SELECT count(*) FILTER (WHERE o.state = 'won'), count(*)
FROM (SELECT DISTINCT h.lead_id, h.cycle FROM leads_stagechange h JOIN leads_stage st ON st.id = h.to_stage_id
      WHERE st.role = 'opportunity' AND h.outcome = '' AND NOT h.passed_through AND NOT h.backward
        AND h.undoes_id IS NULL AND NOT EXISTS (SELECT FROM leads_stagechange u WHERE u.undoes_id = h.id)) e
JOIN leads_lead l ON l.id = e.lead_id
LEFT JOIN leads_opportunity o ON o.lead_id = e.lead_id AND o.cycle = e.cycle
WHERE o.state IN ('won', 'lost') OR l.cycle > e.cycle OR l.outcome <> ''
"""


def win_rate() -> WinRate:
    """Over all that the organisation has closed, whoever asks: one rep alone has closed too few."""
    with connection.cursor() as cursor:
        cursor.execute(_ENDED)
        return WinRate(*cursor.fetchone())
