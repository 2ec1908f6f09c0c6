"""Both sides of a figure do the same work, and results say so in the agreed shape."""

import json

import pytest
from django.core.management import call_command
from django.db import connection

from bench import yardstick
from bench.captures import bodies
from bench.load import request_bytes
from bench.model import RULES, publish
from bench.results import at_least, at_most, table
from leads.conditions.select import plan_for
from leads.models import Campaign
from scoring.rescore import chunks, rescore_chunk
from tests.callers import Caller
from tests.factories import make_user
from users.clock import database_now
from users.models import Role

DIFFERENCES = """
SELECT count(*), count(*) FILTER (WHERE (s.points, s.fit, s.engagement, s.band, s.parts, s.next_change_on)
                                  IS DISTINCT FROM (y.points, y.fit, y.engagement, y.band, y.parts, y.next_change_on))
FROM leads_leadscore s FULL JOIN ({scores}) y USING (lead_id)"""


@pytest.mark.usefixtures("committed_db")
def test_the_yardstick_gives_the_very_scores_of_the_engine() -> None:
    call_command("make_bench_data", leads=2000, activities=40_000, seed=1, verbosity=0)
    now = database_now()
    publish(now)
    for chunk in chunks():
        rescore_chunk(chunk, now=now)
    plan = plan_for(now)

    by_hand = yardstick.scores("{column} > 0", today=plan.today, zone=plan.zone)

    with connection.cursor() as cursor:
        cursor.execute(DIFFERENCES.format(scores=by_hand))
        assert cursor.fetchall() == [(2000, 0)]
        cursor.execute("SELECT parts FROM leads_leadscore")
        worth = [sum(column) for column in zip(*[parts for (parts,) in cursor.fetchall()], strict=True)]
    assert len(worth) == len(RULES) == 30
    assert all(worth), "a rule that never gives a point measures nothing"


@pytest.mark.django_db
def test_what_p1_posts_is_captured() -> None:
    Campaign.objects.create(slug="bench-1", name="Bench")
    caller = Caller(make_user(Role.MARKETER))

    answers = [caller.post("leads/", body, key=f"k{n}") for n, body in enumerate(bodies("test", 3))]

    assert [answer.status_code for answer in answers] == [201, 201, 201]


def test_a_request_of_the_load_is_complete() -> None:
    job = {"path": "/x/", "headers": {"Authorization": "Bearer t"}, "prefix": "p"}

    head, _, body = request_bytes(job, 7, {"email": "é"}).partition(b"\r\n\r\n")

    assert head.startswith(b"POST /x/ HTTP/1.1\r\n")
    assert b"Idempotency-Key: p-7" in head
    assert f"Content-Length: {len(body)}".encode() in head


def test_results_have_the_agreed_shape() -> None:
    slow, fast = at_most("P4", "M", 3.0, 1.0, "s", 2), at_least("P1", "M", 500.0, 1000.0, "/s", 0.25)

    assert json.loads(json.dumps(slow.as_dict())) == {
        "id": "P4",
        "size": "M",
        "value": 3.0,
        "yardstick": 1.0,
        "ratio": 3.0,
        "unit": "s",
        "target": "≤ 2",
        "met": False,
        "detail": "",
    }
    assert (fast.ratio, fast.met) == (0.5, True)
    assert [line.split()[0] for line in table([slow, fast]).splitlines()[1:]] == ["P4", "P1"]
