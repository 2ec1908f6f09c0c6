"""What must happen in the same transaction as a move. Filled by the folders above in their app's ready()."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from leads.models import Stage


@dataclass(frozen=True)
class Moved:
    """One lead that stands elsewhere now. `change_id` is the last journal line of the move."""

    lead_id: int
    cycle: int
    change_id: int
    from_stage: Stage | None
    to_stage: Stage
    outcome: str
    cause: str
    owner_id: int | None


Hook = Callable[[Sequence[Moved], datetime], None]
_hooks: list[Hook] = []


def after_move(hook: Hook) -> None:
    """Call `hook` with everything each `move()` moved, inside its transaction."""
    if hook not in _hooks:
        _hooks.append(hook)


def registered() -> list[Hook]:
    """All hooks, in order of registration."""
    return list(_hooks)
