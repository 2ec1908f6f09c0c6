"""One transaction for a flow and all the flows it calls; and what is done anew where another was faster."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg2.errors import DeadlockDetected, LockNotAvailable, UniqueViolation

_inside: ContextVar[bool] = ContextVar("inside", default=False)


@contextmanager
def one_transaction() -> Iterator[None]:
    """Atomic; inside another one it joins that transaction without a savepoint of its own.

    So a flow that calls flows pays for one transaction. Whoever opened it must let a refusal through: caught inside,
    the rest of the transaction is refused too (by Django). The outermost may be caught anywhere.
    """
    token = _inside.set(True)
    try:
        with transaction.atomic(savepoint=token.old_value is not True):
            yield
    finally:
        _inside.reset(token)


T = TypeVar("T")
PATIENCE = "200ms"  # less than the second after which the database looks for deadlocks: whoever else waits goes on
MOST_TIMES = 300


class Beaten(Exception):
    """Another transaction was faster; what was read before no longer holds."""


def anew(work: Callable[[], T]) -> T:
    """Do work, in a transaction, and do it anew as long as others write what it was about to write.

    It waits for nobody long and lets go of all it has locked before it begins anew. So it gives way to whoever waits
    for it, and need not lock in the order of the others. It costs a savepoint: for work that writes over a unique
    column, which no statement can do without an error where it is taken.
    """
    for _time in range(MOST_TIMES):
        try:
            with transaction.atomic(), _patience():
                return work()
        except (IntegrityError, OperationalError) as error:
            if not isinstance(error.__cause__, UniqueViolation | LockNotAvailable | DeadlockDetected):
                raise
            last: Exception = error
        except Beaten as beaten:
            last = beaten
    raise last


@contextmanager
def _patience() -> Iterator[None]:
    """Wait for locks so long at most; where that is too long the savepoint brings the setting back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, TRUE)", [PATIENCE])
        before, _now = cursor.fetchone()
        yield
        cursor.execute("SELECT set_config('lock_timeout', %s, TRUE)", [before])
