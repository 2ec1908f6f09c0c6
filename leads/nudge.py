"""A hint to the floors above that there is work: sent after commit, at most every 50 ms a process.

Losing a hint loses nothing: the timetable looks every two seconds anyway.
"""

import logging
import time
from collections.abc import Callable

from django.db import transaction

SPACING_SECONDS = 0.05
_listeners: list[Callable[[], object]] = []
_last = 0.0
logger = logging.getLogger(__name__)


def listen(listener: Callable[[], object]) -> None:
    """Call `listener` after commits that touched leads; registered by the app that does the work."""
    if listener not in _listeners:
        _listeners.append(listener)


def nudge() -> None:
    """Tell the listeners once the transaction commits. A broker that is away is logged, nothing more."""
    transaction.on_commit(_tell, robust=True)


def _tell() -> None:
    global _last
    if time.monotonic() - _last < SPACING_SECONDS:
        return
    _last = time.monotonic()
    for listener in _listeners:
        try:
            listener()
        except Exception as error:
            logger.warning("the broker did not take a hint (%s); the timetable will find the work", error)
