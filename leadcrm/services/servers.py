"""What the keepers share: how any embedded server is started, asked and stopped."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import ClassVar

from .lifeline import command_of, stop
from .places import ServiceError


class Server:
    """One embedded server of one installation."""

    name: ClassVar[str]
    start_patience: ClassVar[float] = 60.0

    def __init__(self, state: Path, *, is_throwaway: bool = False) -> None:
        self.state = state
        self.is_throwaway = is_throwaway
        self.log = state / "log" / f"{self.name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and return when it answers. Raises ServiceError."""
        self.end_leftover()
        self.process = self.launch()
        deadline = time.monotonic() + self.start_patience
        while not self.answers():
            if self.process.poll() is not None:
                raise ServiceError(f"{self.name} ended at once, see {self.log}")
            if time.monotonic() > deadline:
                self.stop()
                raise ServiceError(f"{self.name} did not answer in time, see {self.log}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop it in its gentlest way that is quick."""
        if self.process is not None:
            stop(self.process, *self.stop_signals)

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it takes connections."""
        raise NotImplementedError

    @property
    def stop_signals(self) -> tuple[tuple[int, float], ...]:
        """Signals that stop it, gentlest first, each with the seconds it is given."""
        return ((signal.SIGTERM, 5.0),)

    def leftover(self) -> int | None:
        """The process of an earlier start that nobody keeps any more."""
        return None

    def end_leftover(self) -> None:
        """End what an earlier keeper left behind, where the kernel did not do it (macOS) or is not done yet."""
        pid = self.leftover()
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, self.stop_signals[-1][0])
        deadline = time.monotonic() + 10
        while command_of(pid) and time.monotonic() < deadline:
            time.sleep(0.02)


def pid_in(path: Path) -> int | None:
    """The process id on the first line of a pid file."""
    try:
        return int(path.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None
