"""What tests of real processes share."""

import os
import time
from collections.abc import Callable
from pathlib import Path


def processes_of(state: Path) -> dict[int, str]:
    """Living processes that belong to a folder, by where they stand or what they were told."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            stands = os.readlink(entry / "cwd")
            is_dead = ") Z " in (entry / "stat").read_text()
        except OSError:
            continue
        if not is_dead and (str(state) in stands or str(state).encode() in told):
            found[int(entry.name)] = told.decode(errors="replace")
    return found


def eventually(question: Callable[[], bool], *, seconds: float = 60) -> bool:
    """Whether it comes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not question():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
