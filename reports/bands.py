"""Benchmarks: which rate of a step is failing, fair, good or excellent. Data, and the only place they stand."""

from dataclasses import dataclass

from leads.models import Outcome, StageRole


@dataclass(frozen=True)
class Band:
    """Limits of one rate; between failing and good lies fair."""

    failing_below: float
    good_from: float
    excellent_from: float | None = None

    def word(self, rate: float) -> str:
        """The judgement of a rate."""
        if rate < self.failing_below:
            return "failing"
        if self.excellent_from is not None and rate >= self.excellent_from:
            return "excellent"
        return "good" if rate >= self.good_from else "fair"


# By the roles (or the outcome) a rate leads from and to. For wins, 25 to 45 % is what is usual: fair.
BANDS: dict[tuple[str, str], Band] = {
    (StageRole.QUALIFIED, StageRole.ACCEPTED): Band(0.5, 0.7, 0.85),
    (StageRole.ACCEPTED, StageRole.SALES_QUALIFIED): Band(0.5, 0.65, 0.8),
    (StageRole.SALES_QUALIFIED, StageRole.OPPORTUNITY): Band(0.4, 0.7),
    (StageRole.SALES_QUALIFIED, Outcome.WON): Band(0.25, 0.45),
    (StageRole.OPPORTUNITY, Outcome.WON): Band(0.25, 0.45),
}


def judge(start: str, end: str, rate: float | None) -> str | None:
    """The word for a rate between two roles; None where no band is set or there is no rate."""
    band = BANDS.get((start, end))
    return band.word(rate) if band is not None and rate is not None else None
