"""The keeper of one embedded server: starts it, starts it again when it dies, stops it when nobody needs it.

Whoever needs the server shares `run/NAME.users`. The kernel gives a share back however its holder ends, so a
keeper that can have the lock for itself knows that nobody is left. If the keeper is killed, the kernel ends the
server (lifeline), and the next to come starts both anew.
"""

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from .locks import FileLock, is_held
from .places import ServiceError
from .postgres import Postgres
from .servers import Server
from .valkey import Valkey

SERVERS: dict[str, type[Server]] = {server.name: server for server in (Postgres, Valkey)}
GLANCE = 0.3  # seconds between two looks at the users and the server
LONGEST_PAUSE = 30.0
STARTING, READY, STOPPING = "starting", "ready", "stopping"


def users_lock(state: Path, name: str) -> Path:
    """Shared by everybody who needs the server."""
    return state / "run" / f"{name}.users"


def keeper_lock(state: Path, name: str) -> Path:
    """Held by the keeper as long as it lives; its note says `PID starting`, then `PID ready`."""
    return state / "run" / f"{name}.keeper"


def main(arguments: Sequence[str]) -> int:
    """Keep one server. Arguments: its name, the state folder and perhaps `--throwaway`."""
    name, state, is_throwaway = arguments[0], Path(arguments[1]), "--throwaway" in arguments
    os.setsid()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    lock = FileLock(keeper_lock(state, name))
    # Those who only ask whether it is held hold it for an instant themselves, hence the patience.
    if not lock.try_hold(patience=1.0):
        return 0
    _note(lock, STARTING)
    try:
        _keep(SERVERS[name](state, is_throwaway=is_throwaway), lock, FileLock(users_lock(state, name)), stopping)
    except ServiceError as error:
        _say(str(error))
        return 1
    lock.close()
    if is_throwaway:
        _throw_away(state)
    return 0


def _keep(server: Server, lock: FileLock, users: FileLock, stopping: threading.Event) -> None:
    server.start()
    _note(lock, READY)
    pause, started = 0.2, time.monotonic()
    while not stopping.wait(GLANCE) and not users.try_hold():
        if server.process is not None and server.process.poll() is None:
            continue
        _note(lock, STARTING)
        pause = 0.2 if time.monotonic() - started > 60 else min(pause * 2, LONGEST_PAUSE)
        _say(f"{server.name} ended by itself; starting it again")
        stopping.wait(pause)
        started = time.monotonic()
        try:
            server.start()
        except ServiceError as error:
            _say(str(error))
        else:
            _note(lock, READY)
    _note(lock, STOPPING)
    server.stop()


def _throw_away(state: Path) -> None:
    """Remove the state, unless another server of it is still kept: then its keeper will."""
    if not any(is_held(keeper_lock(state, name)) for name in SERVERS):
        shutil.rmtree(state, ignore_errors=True)


def _note(lock: FileLock, word: str) -> None:
    lock.note(f"{os.getpid()} {word}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
