"""P13: what an installation that nobody uses right now keeps in memory, after a few pages were looked at."""

import contextlib
import http.cookiejar
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from bench.results import Result

LIMIT = 500
VIEWS = 10
SETTLE = 10.0  # seconds of idling, in which the timetable goes on
COUNTED = ("web", "worker", "beat")
# A process belongs to the first name whose word is in its command line, or in that of its nearest such ancestor.
WORDS = {
    "web": "granian",
    "beat": "leadcrm.beat",
    "worker": "celery",
    "mail": "mailbox/sink.py",
    "postgres": "\0postgres\0",
    "valkey": "\0valkey\0",
    "in front": "leadcrm.supervise",
}
SETUP = {
    "organisation": "Bench",
    "time_zone": "UTC",
    "currency": "EUR",
    "name": "Anna",
    "email": "anna@bench.example",
    "password": "three calm words",
}


def p13(size: str) -> list[Result]:
    """Start `make run` on a state of its own, look at pages, wait, and add up the PSS of its processes."""
    if sys.platform != "linux":
        print("P13 needs Linux: PSS stands in /proc", file=sys.stderr)
        return []
    with _installation() as (process, link):
        _look_around(link)
        time.sleep(SETTLE)
        found = shares(process.pid)
    value = sum(found[name] for name in COUNTED)
    others = ", ".join(f"{name} {found[name]:.0f}" for name in found if name not in COUNTED)
    detail = ", ".join(f"{name} {found[name]:.0f}" for name in COUNTED) + f"; not counted: {others}"
    return [Result("P13", "–", value, None, None, "MB PSS", f"≤ {LIMIT}", value <= LIMIT, detail)]


def shares(front: int) -> dict[str, float]:
    """MB of PSS by name: shared pages are divided among those who share them, so the sum is what goes out of memory."""
    parents, found = {}, dict.fromkeys(WORDS, 0.0)
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    for pid in parents:
        line = [pid]
        while line[-1] in parents and line[-1] != front:
            line.append(parents[line[-1]])
        if line[-1] == front:
            with contextlib.suppress(OSError):
                found[_name(line)] += _pss(pid)
    return found


def _name(line: list[int]) -> str:
    for pid in line:
        told = Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
        for name, word in WORDS.items():
            if word in told:
                return name
    return "in front"


def _pss(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@contextlib.contextmanager
def _installation() -> Iterator[tuple[subprocess.Popen[str], str]]:
    state = Path(tempfile.mkdtemp(prefix="leadcrm-bench-", dir="/tmp"))
    state.chmod(0o711)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    environment = {**os.environ, "LEADCRM_STATE": str(state), "PORT": port, "DEMO": "0"}
    for name in ("DJANGO_SETTINGS_MODULE", "SECRET_KEY", "SITE_URL", "LEADCRM_SMTP_PORT"):
        environment.pop(name, None)
    process = subprocess.Popen(
        [sys.executable, "-m", "leadcrm.supervise"], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        said = ""
        while "answers at" not in said:
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(said)
            said += line
        found = re.search(r"http://\S+/setup/\S+", said)
        assert found is not None, said
        yield process, found[0]
    finally:
        process.terminate()
        process.communicate(timeout=60)
        shutil.rmtree(state, ignore_errors=True)


def _look_around(link: str) -> None:
    """Set the installation up as its first administrator and look at pages, so that the web processes are warm."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = browser.open(link).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None
    body = urllib.parse.urlencode({**SETUP, "csrfmiddlewaretoken": token[1]}).encode()
    browser.open(urllib.request.Request(link, body, {"Referer": link})).read()
    base = link.partition("/setup/")[0]
    for _ in range(VIEWS):
        browser.open(f"{base}/leads/").read()
