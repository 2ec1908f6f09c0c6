"""Three criteria and what they mean in plain words, for random lives."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from tests.oracle.lifecycle import Life
from tests.oracle.lines import MARKETING, SALES

WINDOW_DAYS, COOLDOWN_DAYS = 10, 3
CRITERIA = {
    "mel": {
        "leaf": "activity",
        "measure": "count",
        "op": "gte",
        "value": 2,
        "kinds": ["page_view"],
        "days": WINDOW_DAYS,
    },
    "mql": {"leaf": "bant", "realm": "marketing", "part": "need", "op": "at_least", "value": "yes"},
    "sql": {"leaf": "bant", "realm": "sales", "part": "need", "op": "at_least", "value": "partly"},
}
COOLDOWNS = {"mel": 0, "mql": COOLDOWN_DAYS, "sql": 0}
DayOf = Callable[[datetime], date]


@dataclass
class Facts:
    """What is known of one lead: the days it was seen on the site, and how each realm sees its need."""

    views: list[date] = field(default_factory=list)
    need: dict[str, str] = field(default_factory=dict)

    def meets(self, stage: str, today: date) -> bool:
        """Whether a stage's criterion holds."""
        if stage == "mel":
            return sum((today - day).days < WINDOW_DAYS for day in self.views) >= 2
        if stage == "mql":
            return self.need.get("marketing") == "yes"
        return self.need.get("sales") in ("partly", "yes")


def reached(life: Life, facts: Facts, now: datetime, day_of: DayOf, *, campaign_runs: bool) -> str | None:
    """The highest stage above the lead's, on its side of the handover, that it has earned; None: it stays."""
    if not life.is_open or life.is_archived or life.quiet is not None or not campaign_runs:
        return None
    side = SALES if life.way.stage in SALES else MARKETING
    above = side[side.index(life.way.stage) + 1 :]
    earned = [
        stage
        for stage in above
        if stage in CRITERIA
        and facts.meets(stage, day_of(now))
        and not life.cools_from(stage, day_of(now), COOLDOWNS[stage], day_of)
    ]
    return earned[-1] if earned else None
