"""Real worker processes that are killed at any moment and started again."""

import contextlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from leadcrm.celery import app
from leadcrm.services import lifeline

HOUSE = Path(__file__).resolve().parents[1]
CELERY = (sys.executable, "-m", "celery", "--app", "leadcrm", "--quiet")


class Crew:
    """Celery workers, and the timetable where asked; a context manager that leaves nothing running."""

    def __init__(
        self, environment: Mapping[str, str], folder: Path, *, workers: int = 2, has_beat: bool = True
    ) -> None:
        self.environment = dict(environment)
        self.folder = folder
        self.names = [f"worker{number}" for number in range(workers)]
        self.has_beat = has_beat
        self.kills = 0
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Crew":
        for name in self.names:
            self._start(name)
        if self.has_beat:
            schedule = str(self.folder / "beat")
            self._run("beat", "beat", "--loglevel", "warning", "--pidfile", "", "--schedule", schedule)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes.values():
            process.kill()
        for process in self._processes.values():
            process.wait()

    def kill_one(self, dice: random.Random) -> None:
        """SIGKILL a worker or the pool process that does its work; the worker is started again at once."""
        name = dice.choice(self.names)
        worker = self._processes[name]
        pool = _children(worker.pid)
        if pool and dice.random() < 0.5:
            with contextlib.suppress(ProcessLookupError):
                os.kill(dice.choice(pool), signal.SIGKILL)
        else:
            worker.kill()
            worker.wait()
            self._start(name)
        self.kills += 1

    def _start(self, name: str) -> None:
        options = ("--concurrency", "1", "--loglevel", "warning", "--without-gossip", "--without-mingle")
        self._run(name, "worker", "--hostname", f"{name}@%h", *options)

    def _run(self, name: str, *command: str) -> None:
        log = self.folder / f"{name}.log"
        self._processes[name] = lifeline.start([*CELERY, *command], log=log, cwd=HOUSE, env=self.environment)


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def nudge_workers(*, times: int = 1) -> None:
    """Publish the delivery task so many times, as a broker that repeats itself would."""
    for _ in range(times):
        app.send_task("mail.tasks.deliver", expires=30)
