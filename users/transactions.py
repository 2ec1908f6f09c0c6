"""One transaction for a flow and all the flows it calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

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
