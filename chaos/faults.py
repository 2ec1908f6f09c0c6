"""What may go wrong on a line, and how often: the plan a faulty mail server follows."""

import random
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Faults:
    """Chances from 0 to 1, each of one mail at one place of the conversation."""

    later_at_mail: float = 0.0  # 4xx
    later_at_rcpt: float = 0.0
    later_at_data: float = 0.0
    later_at_dot: float = 0.0
    never_at_rcpt: float = 0.0  # 5xx
    never_at_dot: float = 0.0
    drop_before_data: float = 0.0
    drop_in_body: float = 0.0
    drop_unrecorded: float = 0.0  # after the dot; nothing was accepted
    drop_recorded: float = 0.0  # after the dot; accepted, but nobody is told
    slow: float = 0.0  # the answer to the dot takes `slow_seconds`
    stall: float = 0.0  # no answer to the dot for `stall_seconds`, then none at all; nothing was accepted
    slow_seconds: float = 0.3
    stall_seconds: float = 40.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value < 0 or (value > 1 and not field.name.endswith("_seconds")):
                raise ValueError(f"{field.name} is a chance from 0 to 1")


CALM = Faults()


class Dice:
    """Decides by the plan and a seed whether a fault happens, and counts those that did."""

    def __init__(self, faults: Faults, seed: int) -> None:
        self.faults = faults
        self.counts: dict[str, int] = {}
        self._random = random.Random(seed)

    def falls(self, fault: str) -> bool:
        """Whether this fault happens now."""
        chance = getattr(self.faults, fault)
        if not chance or self._random.random() >= chance:
            return False
        self.counts[fault] = self.counts.get(fault, 0) + 1
        return True
