"""P3: from an activity posted to the new score and stage, through the real web server, broker and worker."""

import contextlib
import http.client
import json
import statistics
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from django.db import connection

from bench.captures import environment, server
from bench.model import RULES
from bench.results import Result
from bench.world import World, connect, scored, world
from leadcrm import services
from leadcrm.children import commands
from leadcrm.services import lifeline
from leads.lifecycle.criteria import set_criterion
from leads.models import Stage
from users.models import ApiToken, User

FORM = {"leaf": "activity", "measure": "count", "op": "gte", "value": 1, "kinds": ["form_submit"], "days": 1}
# Every activity moves its lead by one stage, and none to sales: offers and who is told of them are another figure's.
NOBODY = {"leaf": "score", "model": "bench", "op": "gte", "value": 1_000}
PART = 1 + next(n for n, rule in enumerate(RULES) if rule.per and "form_submit" in rule.per["kinds"])
# At the first stage, with nothing that a form sent now would not change; in no order.
LEADS = f"""
SELECT l.id FROM leads_lead l JOIN leads_leadscore s ON s.lead_id = l.id JOIN leads_campaign k ON k.id = l.campaign_id
WHERE l.outcome = '' AND l.quiet_since IS NULL AND k.ended_at IS NULL AND s.parts[{PART}] = 0 AND l.stage_id = %s
ORDER BY hashint8extended(l.id, 11) LIMIT %s"""
SEEN = f"""
SELECT l.id FROM leads_lead l JOIN leads_leadscore s ON s.lead_id = l.id
WHERE l.id = ANY(%s) AND s.parts[{PART}] = 10 AND l.stage_id <> %s"""
SENDERS = 4
# Seconds between two looks, or nine times as long as a look takes: looking must not take the cores from what is seen.
LOOK_EVERY = 0.01
PATIENCE = 40.0
# Name, activities of a request, requests a second, seconds of load, least p95 in seconds.
LOADS = (("P3 one by one", 1, 50, 15), ("P3 batched", 100, 20, 5))
_numbers = count(1)


def p3(size: str) -> list[Result]:
    """How long it takes until a reader of the database finds both."""
    here = world(size)
    scored(here)
    first = Stage.objects.get(role="captured")
    set_criterion(Stage.objects.get(role="engaged"), FORM, by=None, now=here.now)
    set_criterion(Stage.objects.get(role="qualified"), NOBODY, by=None, now=here.now)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE leads_touched")
    _, secret = ApiToken.issue(
        User.objects.create_user(f"p3-{here.now:%s}-{next(_numbers)}@bench.example", role="admin")
    )
    results = []
    with server(here) as port, _workers(here):
        _load(port, secret, _leads(first.pk, 20), 1, 20, first.pk)  # the warm-up
        for name, each, rate, seconds in LOADS:
            leads = _leads(first.pk, each * rate * seconds)
            times = _load(port, secret, leads, each, rate, first.pk)
            results.append(_result(name, size, times, len(leads), each * rate))
    return results


def _result(name: str, size: str, times: Sequence[float], sent: int, rate: int) -> Result:
    p95, lost = statistics.quantiles(times, n=20)[-1], sent - len(times)
    detail = f"median {statistics.median(times) * 1e3:.0f} ms, slowest {max(times) * 1e3:.0f} ms; {rate}/s, n={sent}"
    return Result(name, size, p95, None, None, "s", "≤ 1", p95 <= 1 and not lost, f"{detail}, {lost} not seen")


@contextlib.contextmanager
def _workers(here: World) -> Iterator[None]:
    """The worker and the timetable as `make run` starts them, on that database."""
    state = services.state_dir()
    found = commands(state, "127.0.0.1", 0)
    with contextlib.ExitStack() as stack:
        for name in ("worker", "beat"):
            process = lifeline.start(found[name], log=state / "log" / f"{name}.log", env=environment(here))
            stack.callback(lifeline.stop, process, (15, 20.0))
        yield


def _leads(stage: int, number: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(LEADS, [stage, number])
        return [pk for (pk,) in cursor.fetchall()]


def _load(port: int, secret: str, leads: Sequence[int], each: int, rate: float, stage: int) -> list[float]:
    """Post a form sent by each lead, so many a request and so many requests a second; seconds until each was seen."""
    batches = [leads[start : start + each] for start in range(0, len(leads), each)]
    sent_at: dict[int, float] = {}
    start = time.perf_counter()

    def send(own: int) -> None:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for number in range(own, len(batches), SENDERS):
            time.sleep(max(0.0, start + number / rate - time.perf_counter()))
            sent_at.update(dict.fromkeys(batches[number], time.perf_counter()))
            _post(link, secret, batches[number])
        link.close()

    senders = [threading.Thread(target=send, args=[own]) for own in range(SENDERS)]
    for sender in senders:
        sender.start()
    seen_at = _watch(set(leads), sent_at, stage)
    for sender in senders:
        sender.join()
    return [at - sent_at[lead] for lead, at in seen_at.items()]


def _post(link: http.client.HTTPConnection, secret: str, leads: Sequence[int]) -> None:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    rows = [{"lead": {"id": lead}, "kind": "form_submit", "occurred_at": at} for lead in leads]
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    headers["Idempotency-Key"] = f"p3-{time.time_ns()}-{leads[0]}"
    link.request("POST", "/api/v1/activities/", json.dumps(rows), headers)
    answer = link.getresponse()
    told = answer.read()
    if answer.status != 201:
        raise RuntimeError(told.decode()[:500])


def _watch(waiting: set[int], sent: Mapping[int, float], stage: int) -> dict[int, float]:
    """When each lead was first seen with its new score and stage."""
    found: dict[int, float] = {}
    deadline = time.perf_counter() + PATIENCE
    other = connect()
    other.autocommit = True
    with contextlib.closing(other), other.cursor() as cursor:
        while waiting and time.perf_counter() < deadline:
            start = time.perf_counter()
            cursor.execute(SEEN, [[lead for lead in sent.copy() if lead in waiting], stage])
            now = time.perf_counter()
            for (lead,) in cursor.fetchall():
                found[lead] = now
                waiting.discard(lead)
            time.sleep(max(LOOK_EVERY, 9 * (now - start)))
    return found
