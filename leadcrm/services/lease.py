"""Using the embedded servers: the first to come starts them, the last to leave stops them."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .keeper import READY, keeper_lock, users_lock
from .lifeline import last_lines
from .locks import FileLock, is_held, note_in, pid_noted
from .places import ServiceError, make_state

OVERRIDES = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}
PATIENCE = 330.0
# The folder above joins the end of the search path, so that a keeper needs neither Django nor Celery (9 MB, not 60).
KEEPER = "import sys; sys.path.append(sys.argv.pop(1)); from services.keeper import main; sys.exit(main(sys.argv[1:]))"


def needed(environment: Mapping[str, str] = os.environ) -> list[str]:
    """The embedded servers to use: those that no address of another one replaces."""
    return [name for name, override in OVERRIDES.items() if not environment.get(override)]


@contextlib.contextmanager
def using(state: Path, names: Sequence[str], *, is_throwaway: bool = False) -> Iterator[list["Lease"]]:
    """Have these servers run for the length of a block. Raises ServiceError."""
    if names:
        make_state(state)
    with contextlib.ExitStack() as stack:
        leases = [Lease(name, state, is_throwaway=is_throwaway) for name in names]
        for lease in leases:
            stack.callback(lease.end)
            lease.begin()
        for lease in leases:
            lease.wait()
        yield leases


class Lease:
    """One participant's use of one embedded server."""

    def __init__(self, name: str, state: Path, *, is_throwaway: bool = False) -> None:
        self.name = name
        self.state = state
        self.is_throwaway = is_throwaway
        self.messages = state / "log" / f"{name}.keeper.log"
        self._users: FileLock | None = None
        self._starters: FileLock | None = None
        self._child: int | None = None

    def begin(self) -> None:
        """Join its users and start a keeper where there is none, without waiting for it."""
        self._users = FileLock(users_lock(self.state, self.name))
        self._users.share()  # waits while a keeper that saw nobody left is stopping
        self._starters = FileLock(self.state / "run" / f"{self.name}.starters")
        self._starters.hold()
        if not self.is_kept():
            self._start_keeper()

    def wait(self) -> None:
        """Return when the server answers. Raises ServiceError."""
        deadline = time.monotonic() + PATIENCE
        while not self.is_ready():
            if self._child_ended() and not self.is_kept():
                raise ServiceError(f"{self.name} could not be started:\n{last_lines(self.messages)}")
            if self._child is None and not self.is_kept():
                self._start_keeper()
            if time.monotonic() > deadline:
                raise ServiceError(f"{self.name} did not answer in time, see {self.messages.parent}")
            time.sleep(0.01)
        self._let_others_start()

    def renew(self) -> bool:
        """Start the server again where its keeper was killed; says whether that was needed."""
        self._child_ended()
        if self.is_kept():
            return False
        self._starters = FileLock(self.state / "run" / f"{self.name}.starters")
        self._starters.hold()
        if not self.is_kept():
            self._start_keeper()
        self.wait()
        return True

    def end(self) -> None:
        """Leave; the last to leave stops the server and waits until it stands."""
        self._let_others_start()
        if self._users is None:
            return
        if self._users.try_hold():
            self._stop_keeper()
        self._users.close()
        self._users = None

    def is_kept(self) -> bool:
        """Whether a keeper lives, its server perhaps still starting."""
        return is_held(keeper_lock(self.state, self.name))

    def is_ready(self) -> bool:
        """Whether a living keeper says that its server answers."""
        note = keeper_lock(self.state, self.name)
        if not note_in(note).endswith(READY):
            return False
        pid = pid_noted(note)
        return pid is not None and _lives(pid) and self.is_kept()

    def _start_keeper(self) -> None:
        package = Path(__file__).resolve().parent
        command = [sys.executable, "-c", KEEPER, str(package.parent), self.name, str(self.state)]
        command += ["--throwaway"] if self.is_throwaway else []
        log = os.open(self.messages, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        # Not a Popen: the keeper may outlive us, which a Popen object complains about.
        self._child = os.posix_spawn(
            command[0],
            command,
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, log, 1),
                (os.POSIX_SPAWN_DUP2, log, 2),
            ],
        )
        os.close(log)

    def _stop_keeper(self) -> None:
        # Its own child is asked even where somebody removed the state folder, and the locks with it.
        while self.is_kept() or (self._child is not None and not self._child_ended()):
            target = self._child or pid_noted(keeper_lock(self.state, self.name))
            if target is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(target, signal.SIGTERM)
            time.sleep(0.02)
        self._child_ended()

    def _child_ended(self) -> bool:
        if self._child is None:
            return False
        try:
            ended = os.waitpid(self._child, os.WNOHANG)[0] != 0
        except ChildProcessError:
            ended = True
        if ended:
            self._child = None
        return ended

    def _let_others_start(self) -> None:
        if self._starters is not None:
            self._starters.close()
            self._starters = None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
