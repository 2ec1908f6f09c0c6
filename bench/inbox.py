"""J1: from a rep's key to the next offer: the decision and the fragment that answers it, in one request."""

import re
import statistics
import time
from collections.abc import Mapping
from datetime import datetime
from itertools import count, cycle

from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import override_settings

from bench.results import Result
from bench.world import world
from leads.lifecycle.criteria import set_criterion
from leads.models import Handover, Stage
from scoring.rescore import chunks, rescore_chunk
from users.models import Role, Team, User

LIMIT = 150
WARM, STEPS = 5, 100
_numbers = count(1)
VERBS = (
    ("accept", {}),
    ("reject", {"reason": "too_small"}),
    ("return", {"reason": "not_ready", "missing": ["timeline"]}),
    ("snooze", {"when": "week"}),
)
PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


def j1(size: str) -> list[Result]:
    """The slowest of twenty steps of a rep whose team has every open offer before it."""
    here = world(size)
    here.enter()
    waiting = _offer_all(here.now)
    with override_settings(ALLOWED_HOSTS=["testserver"], STORAGES={**settings.STORAGES, **PLAIN}):
        steps = _decide(_rep())
    times, busy = ([1e3 * seconds for seconds in column] for column in zip(*steps, strict=True))
    p95 = statistics.quantiles(times, n=20)[-1]
    detail = f"median {statistics.median(times):.0f}, slowest {max(times):.0f}, n={len(times)}; Python's processor time"
    detail += f" {statistics.median(busy):.0f}, p95 {statistics.quantiles(busy, n=20)[-1]:.0f}"
    detail += f"; {waiting:,} offers before the team"
    return [Result("J1", size, p95, None, None, "ms", f"≤ {LIMIT}", p95 <= LIMIT, detail)]


def _offer_all(now: datetime) -> int:
    """Every open offer is one team's, scored by the model that the qualified stage asks for."""
    for chunk in chunks():
        rescore_chunk(chunk, now=now, and_promote=False)
    leaf = {"leaf": "score", "model": "bench", "op": "gte", "value": 60}
    set_criterion(Stage.objects.get(role="qualified"), leaf, by=None, now=now)
    waiting = Handover.objects.filter(state="open").update(team=Team.objects.order_by("pk").first())
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE leads_touched")
        cursor.execute("VACUUM ANALYZE")
    return waiting


def _rep() -> Client:
    team = Team.objects.order_by("pk").first()
    rep = User.objects.create_user(f"rep{next(_numbers)}@bench.example", role=Role.SALES_REP, team=team)
    client = Client(headers={"HX-Request": "true"})
    client.force_login(rep, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _decide(client: Client) -> list[tuple[float, float]]:
    """Seconds of each step and of our processor time in it, through all of our middleware, without the network."""
    answer, times = client.get("/inbox/"), []
    for verb, said in (pair for pair, _ in zip(cycle(VERBS), range(WARM + STEPS), strict=False)):
        here, following = _at_hand(answer)
        start, busy = time.perf_counter(), time.thread_time()
        answer = client.post(f"/handovers/{here}/{verb}/", _body(said, following))
        times.append((time.perf_counter() - start, time.thread_time() - busy))
        if answer.status_code != 200:
            raise RuntimeError(f"{verb} answered {answer.status_code}")
    return times[WARM:]


def _body(said: Mapping[str, object], following: str) -> dict[str, object]:
    return {**said, "next": following}


def _at_hand(answer: HttpResponse) -> tuple[str, str]:
    """The offer at hand and the one after it, from the page as a browser has it."""
    text = answer.content.decode()
    here = re.search(r"/handovers/(\d+)/accept/", text)
    following = re.search(r'name="next"\s+value="(\d+)"', text)
    if here is None or following is None:
        raise RuntimeError("the queue ended before the measurement did")
    return here[1], following[1]
