"""The sequences' ear at the outbox: whoever is new, or did something, may match an entry now."""

from collections.abc import Sequence
from datetime import datetime

from leads.models import Event
from nurturing.enroll import enter

NAME = "nurturing"
_OWN = frozenset({"enrolled", "enrollment_stopped"})


def hear(events: Sequence[Event], now: datetime) -> None:
    """Let the leads of these events enter what they match. Idempotent: nobody enters twice in a pass."""
    if ids := {lead_id for event in events if event.kind not in _OWN for lead_id in event.lead_ids}:
        enter(ids, now=now)
