"""A hint to the floors above that there is work: sent after commit, at most every 50 ms a process.

Losing a hint loses nothing: the timetable looks every two seconds anyway.
"""

import logging
import time
from collections.abc import Callable

from django.db import transaction

SPACING_SECONDS = 0.05
PAUSE_SECONDS = 5.0  # after a broker did not answer: asking it costs every caller that long
_listeners: list[Callable[[], object]] = []
_not_before = 0.0
logger = logging.getLogger(__name__)


def listen(listener: Callable[[], object]) -> None:
    """Call `listener` after commits that touched leads; registered by the app that does the work."""
    if listener not in _listeners:
        _listeners.append(listener)


def nudge() -> None:
    """Tell the listeners once the transaction commits. A broker that is away is logged, nothing more."""
    transaction.on_commit(_tell, robust=True)


def _tell() -> None:
    global _not_before
    if time.monotonic() < _not_before:
        return
    _not_before = time.monotonic() + SPACING_SECONDS
    for listener in _listeners:
        try:
            listener()
        except Exception as error:
            _not_before = time.monotonic() + PAUSE_SECONDS
            logger.warning("the broker did not take a hint (%s); the timetable will find the work", error)
