"""The processes `make run` keeps alive: web, worker, timetable, and the mail server where none is named."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from leadcrm.mailbox import port as mail_port
from leadcrm.services import lifeline
from leadcrm.steps import say

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY_AFTER = 30.0  # seconds of life after which a death counts as the first again
STOP_PATIENCE = 4.0


def commands(state: Path, host: str, port: int) -> dict[str, list[str]]:
    """The command line of each process."""
    cores = os.cpu_count() or 1
    celery = [sys.executable, "-m", "celery", "--app", "leadcrm", "--quiet"]
    (state / "beat").mkdir(exist_ok=True)
    own_mail = {} if os.environ.get("EMAIL_URL") else {"mail": _sink(state)}
    return {
        "web": [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
            *("--workers", str(min(cores, 4)), "--blocking-threads", "4", "--log-level", "warning"),
            *("--respawn-failed-workers", "--workers-kill-timeout", "3", "leadcrm.wsgi:application"),
        ],
        # Without the chatter between workers it is ready a second earlier. A long import takes one of the two.
        "worker": [
            *(*celery, "worker", "--concurrency", "2", "--loglevel", "warning"),
            *("--without-gossip", "--without-mingle"),
        ],
        "beat": [sys.executable, "-m", "leadcrm.beat", str(state / "beat" / "schedule")],
        **own_mail,
    }


def _sink(state: Path) -> list[str]:
    # Run as a file, without its folder on the search path: 25 MB instead of 70.
    sink = Path(mail_port.__file__).with_name("sink.py")
    return [sys.executable, "-P", str(sink), str(mail_port.noted_port(state)), str(mail_port.mail_dir(state))]


class Child:
    """One process that is started again when it ends by itself."""

    def __init__(self, name: str, command: Sequence[str], state: Path, *, is_quiet: bool = True) -> None:
        self.name = name
        self.command = command
        self.log = state / "log" / f"{name}.log"
        self.is_quiet = is_quiet
        self.process: subprocess.Popen[bytes] | None = None
        self._pause = SHORTEST_PAUSE
        self._started_at = 0.0
        self._start_again_at: float | None = None

    def start(self) -> None:
        """Start the process; a quiet one writes into its log, another on our own output."""
        log = self.log if self.is_quiet else None
        self.process = lifeline.start(self.command, log=log, cwd=Path(__file__).resolve().parents[1])
        self._started_at = time.monotonic()
        self._start_again_at = None

    def wait(self) -> int:
        """Wait until it ends by itself."""
        assert self.process is not None
        return self.process.wait()

    def keep_alive(self) -> None:
        """Start it again if it ended, at once the first time, then after ever longer pauses."""
        if self._start_again_at is not None:
            if time.monotonic() >= self._start_again_at:
                self.start()
            return
        if self.process is None or self.process.poll() is None:
            return
        lived = time.monotonic() - self._started_at
        self._pause = SHORTEST_PAUSE if lived > STEADY_AFTER else min(self._pause * 2, LONGEST_PAUSE)
        self._start_again_at = time.monotonic() + self._pause
        say(
            f"{self.name} ended ({_ending(self.process.returncode)}); "
            f"starting it again in {self._pause:.1f} s, see {self.log}"
        )


def stop_all(children: Sequence[Child]) -> None:
    """Stop all at once: ask, wait a little, kill. What a killed task left undone the next sweep finds."""
    alive = [child.process for child in children if child.process is not None and child.process.poll() is None]
    for process in alive:
        process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_PATIENCE
    for process in alive:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
