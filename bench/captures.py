"""P1: people captured over HTTP, beside a view that only inserts, on the same server in the same run."""

import contextlib
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import cache
from itertools import count
from typing import Any

from django.db import connection

from bench.results import Result, at_least, spread
from bench.urls import TABLE
from bench.world import World, world
from leadcrm import services
from leadcrm.services import lifeline
from leadcrm.supervise import commands
from users.models import ApiToken, User

CONNECTIONS = 8
ROUNDS = 5
SECONDS = 3.0
API, BARE = "/api/v1/leads/", "/bench/insert/"
_numbers = count(1)


def p1(size: str) -> list[Result]:
    """How many captures a second, how long the slowest in a hundred takes."""
    rates, times, statuses = _both(size)
    ours, bare = (statistics.median(rates[path]) for path in (API, BARE))
    errors = sum(number for status, number in statuses.items() if not status.startswith("2"))
    p99 = statistics.quantiles(times, n=100)[98] * 1e3
    detail = f"rounds: {spread(rates[API])}; bare {spread(rates[BARE])}; {errors} errors in {len(times)}"
    slow = Result(
        "P1 p99", size, p99, None, None, "ms", "≤ 25", p99 <= 25, f"median {statistics.median(times) * 1e3:.1f}"
    )
    results = [at_least("P1", size, ours, bare, "/s", 0.25, detail), slow]
    if size == "L":
        small = statistics.median(_both("S")[0][API])
        results.append(at_least("P1 L ÷ S", size, ours, small, "/s", 0.9))
    return results


@cache
def _both(size: str) -> tuple[dict[str, list[float]], list[float], dict[str, int]]:
    """Rates of both sides by round, the times of all our answers in seconds, and their statuses."""
    here = world(size)
    here.enter()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS bench_capture; {TABLE}")
    _, secret = ApiToken.issue(User.objects.create_user(f"bench{next(_numbers)}@bench.example", role="marketer"))
    rates: dict[str, list[float]] = {API: [], BARE: []}
    times: list[float] = []
    statuses: dict[str, int] = {}
    with server(here) as port:
        for number in range(-1, ROUNDS):
            for path in (API, BARE) if number % 2 else (BARE, API):
                seen = _load(port, path, secret)
                if number < 0:
                    continue  # the warm-up
                rates[path].append(len(seen["times"]) / seen["seconds"])
                if path == API:
                    times += seen["times"]
                    statuses = {s: statuses.get(s, 0) + n for s, n in seen["statuses"].items()} | {
                        s: n for s, n in statuses.items() if s not in seen["statuses"]
                    }
    return rates, times, statuses


@contextlib.contextmanager
def server(here: World) -> Iterator[int]:
    """The web server as `make run` starts it, on that database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    state = services.state_dir()
    *command, _ = commands(state, "127.0.0.1", port)["web"]
    process = lifeline.start([*command, "bench.wsgi:application"], log=state / "log" / "web.log", env=environment(here))
    try:
        _wait(port, process)
        yield port
    finally:
        lifeline.stop(process, (15, 10.0))


def environment(here: World) -> dict[str, str]:
    """Of processes that work on that database."""
    url = services.database_url(services.state_dir()).replace("/leadcrm?", f"/{here.database}?")
    return {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "bench.settings"}


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5)
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(lifeline.last_lines(services.state_dir() / "log" / "web.log"))


def _load(port: int, path: str, secret: str) -> dict[str, Any]:
    prefix = f"run{next(_numbers)}"
    job = {
        "port": port,
        "path": path,
        "headers": {"Authorization": f"Bearer {secret}"},
        "bodies": bodies(prefix, int(SECONDS * (2_000 if path == API else 8_000))),
        "connections": CONNECTIONS,
        "seconds": SECONDS,
        "prefix": prefix,
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"], input=json.dumps(job), stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout)


def bodies(prefix: str, number: int) -> list[dict[str, Any]]:
    """People of a thousand companies; every tenth was captured before."""
    dice = random.Random(prefix)
    rows = []
    for n in range(number):
        person = dice.randrange(n) if n and dice.random() < 0.1 else n
        company = person % 1000
        rows.append(
            {
                "email": f"Dana.{prefix}.{person}@acme{company}.example",
                "first_name": "Dana",
                "last_name": "Levi",
                "job_title": "CFO",
                "company": {
                    "name": f"Acme {company}",
                    "domain": f"acme{company}.example",
                    "employees": 100 + company,
                    "industry": "saas",
                    "country": "IL",
                    "region": "israel",
                    "attributes": {"branches": 3},
                },
                "source": {
                    "channel": "linkedin",
                    "campaign": "bench-1",
                    "audience": "cfo",
                    "document": "bench-1",
                    "utm": {"source": "linkedin"},
                },
                "consent": {"granted": True, "text": "I agree to receive mail."},
                "external_ids": [{"system": "salesforce", "id": f"00Q-{prefix}-{person}"}],
                "attributes": {"customers_per_month": 1200},
            }
        )
    return rows
