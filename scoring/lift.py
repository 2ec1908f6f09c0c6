"""How much more often an outcome came where a rule held: rates side by side. Pure."""

from dataclasses import dataclass
from math import exp, log, sqrt

from leads.queries.intervals import Z95, quotient

ENOUGH = 20  # of those a rule held for, and of those it did not
ENOUGH_YES = 5  # of both together, to whom the outcome came


@dataclass(frozen=True)
class Split:
    """Those a rule held for and the rest of them: how many, and to how many of them the outcome came."""

    held: int = 0
    held_yes: int = 0
    rest: int = 0
    rest_yes: int = 0

    @property
    def rate(self) -> float | None:
        """The share with the outcome among those the rule held for."""
        return quotient(self.held_yes, self.held)

    @property
    def rest_rate(self) -> float | None:
        """The share with the outcome among the rest."""
        return quotient(self.rest_yes, self.rest)

    @property
    def lift(self) -> float | None:
        """How many times as often the outcome came; None where either side is empty or the rest has none."""
        if not self.held or not self.rest_yes:
            return None
        return (self.held_yes / self.held) / (self.rest_yes / self.rest)

    @property
    def likely(self) -> tuple[float, float] | None:
        """Where that ratio lies with 95 % confidence; None where either side is empty.

        The log method: ln of the ratio ± 1.96 √(1/a − 1/n + 1/c − 1/m), with a of n and c of m (Katz, Baptista, Azen,
        Pike: Obtaining confidence intervals for the risk ratio in cohort studies, Biometrics 34, 1978, 469–474).
        Where it has no answer, with nothing on one side or everything on both, half a lead is added to each of the
        four cells (Haldane, Anscombe), which keeps the interval wide and honest.
        """
        if not self.held or not self.rest:
            return None
        yes, of, rest_yes, rest = map(float, (self.held_yes, self.held, self.rest_yes, self.rest))
        if not yes or not rest_yes or (yes == of and rest_yes == rest):
            yes, of, rest_yes, rest = yes + 0.5, of + 1, rest_yes + 0.5, rest + 1
        middle = log(yes / of) - log(rest_yes / rest)
        reach = Z95 * sqrt(1 / yes - 1 / of + 1 / rest_yes - 1 / rest)
        return exp(middle - reach), exp(middle + reach)

    @property
    def is_enough(self) -> bool:
        """Whether there are enough to say anything."""
        return min(self.held, self.rest) >= ENOUGH and self.held_yes + self.rest_yes >= ENOUGH_YES

    def compared(self) -> int:
        """1 where the outcome came more often to those the rule held for, -1 less often, 0 where one cannot tell."""
        if not self.is_enough or self.likely is None:
            return 0
        low, high = self.likely
        return 1 if low > 1 else -1 if high < 1 else 0
