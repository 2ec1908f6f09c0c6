"""One line per step, with the seconds it took."""

import contextlib
import time
from collections.abc import Iterator


class Step:
    """A step under way; what it found out may be added to its line."""

    def __init__(self) -> None:
        self.result = ""


@contextlib.contextmanager
def step(name: str) -> Iterator[Step]:
    """Print the line of a step when it is done; one that fails prints none, its error follows."""
    started = time.monotonic()
    current = Step()
    yield current
    say(f"{name:<14} {time.monotonic() - started:5.1f} s  {current.result}".rstrip())


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    print(text, flush=True)
