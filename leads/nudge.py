"""A hint to the floors above that there is work of a kind: sent after commit, at most every 50 ms a process.

Losing a hint loses nothing: the timetable looks every two seconds anyway.
"""

import logging
import time
from collections.abc import Callable
from functools import partial

from django.db import transaction

SPACING_SECONDS = 0.05
PAUSE_SECONDS = 5.0  # after a broker did not answer: asking it costs every caller that long
TOUCHED = "touched"  # leads whose facts changed
_listeners: dict[str, list[Callable[[], object]]] = {}
_not_before: dict[str, float] = {}
logger = logging.getLogger(__name__)


def listen(listener: Callable[[], object], kind: str = TOUCHED) -> None:
    """Call `listener` after commits that made work of this kind; registered by the app that does it."""
    if listener not in _listeners.setdefault(kind, []):
        _listeners[kind].append(listener)


def nudge(kind: str = TOUCHED) -> None:
    """Tell the listeners once the transaction commits. A broker that is away is logged, nothing more."""
    transaction.on_commit(partial(_tell, kind), robust=True)


def _tell(kind: str) -> None:
    if time.monotonic() < _not_before.get(kind, 0.0):
        return
    _not_before[kind] = time.monotonic() + SPACING_SECONDS
    for listener in _listeners.get(kind, []):
        try:
            listener()
        except Exception as error:
            _not_before[kind] = time.monotonic() + PAUSE_SECONDS
            logger.warning("the broker did not take a hint (%s); the timetable will find the work", error)
