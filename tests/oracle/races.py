"""Running several things at once, each on a connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection


class Crew:
    """Threads that start each round together. Use as a context."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._pool = ThreadPoolExecutor(size)

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *exc: object) -> None:
        gate = Barrier(self.size)  # every thread takes exactly one of these
        done = [self._pool.submit(lambda: (gate.wait(), connection.close())) for _ in range(self.size)]
        [future.result() for future in done]
        self._pool.shutdown()

    def race(self, jobs: Sequence[Callable[[], Any]]) -> list[Any]:
        """Run one job per thread, all at once; results in order, an exception standing for itself."""
        gate = Barrier(len(jobs))

        def run(job: Callable[[], Any]) -> Any:
            gate.wait()
            return job()

        return [_outcome(future) for future in [self._pool.submit(run, job) for job in jobs]]


def _outcome(future: Future[Any]) -> Any:
    return future.exception() or future.result()
