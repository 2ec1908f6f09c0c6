"""Child processes that never outlive the one who started them."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1
# Loaded here and not in the child: between fork and exec loading a library may deadlock.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parting_signal: int = signal.SIGKILL, *, parent: int | None = None) -> None:
    """Ask the kernel for a signal when the parent ends, however it ends. Does nothing outside Linux.

    The wish is forgotten when a process changes its user, so it has to come after that.
    """
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, int(parting_signal), 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def start(
    command: Sequence[str | Path],
    *,
    log: Path | None,
    account: pwd.struct_passwd | None = None,
    parting_signal: int = signal.SIGKILL,
    **options: Any,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that Ctrl-C reaches its parent alone; no log means our own output."""
    with open_log(log) if log else contextlib.nullcontext() as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
            preexec_fn=_tie(parting_signal),
            **rights_of(account),
            **options,
        )


def rights_of(account: pwd.struct_passwd | None) -> dict[str, Any]:
    """Arguments that make subprocess run something with this account's rights; none keeps our own."""
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def open_log(path: Path, *, limit: int = 10_000_000) -> IO[bytes]:
    """Open a log to append to; what grew over the limit is set aside first, replacing what was set aside before."""
    if path.exists() and path.stat().st_size > limit:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log, to show beside an error."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])


def stop(process: subprocess.Popen[bytes], *signals: tuple[int, float]) -> None:
    """Send each signal in turn, with the seconds it is given to act, and SIGKILL at the end."""
    for number, patience in signals:
        if process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        return
    process.kill()
    process.wait()


def command_of(pid: int) -> str:
    """The command line of a running process; empty when there is none."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout


def _tie(parting_signal: int) -> Callable[[], None]:
    parent = os.getpid()
    return lambda: die_with_parent(parting_signal, parent=parent)
