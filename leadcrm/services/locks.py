"""File locks the kernel takes back by itself when their holder ends, however it ends."""

import fcntl
import os
import time
from pathlib import Path


class FileLock:
    """One open lock file. Held by any number of sharers or by one who holds it alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def share(self) -> None:
        """Wait until nobody holds it alone, then share it."""
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def hold(self) -> None:
        """Wait until nobody else has it, then hold it alone."""
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def try_hold(self, *, patience: float = 0) -> bool:
        """Hold it alone if that is possible within so many seconds; a share of one's own is given up for it."""
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.01)
            else:
                return True

    def note(self, text: str) -> None:
        """Leave a word for those who ask who holds it."""
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, text.encode(), 0)

    def close(self) -> None:
        """Let go."""
        os.close(self._file)

    def __enter__(self) -> "FileLock":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock alone at this moment."""
    if not path.exists():
        return False
    with FileLock(path) as lock:
        try:
            fcntl.flock(lock._file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def note_in(path: Path) -> str:
    """The word its holder left."""
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


def pid_noted(path: Path) -> int | None:
    """The process id its holder's note begins with."""
    first = note_in(path).split(" ", 1)[0]
    return int(first) if first.isdecimal() else None
