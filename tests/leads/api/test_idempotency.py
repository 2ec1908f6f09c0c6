"""A request may be repeated: the work is done once and the answer stays the same."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from leads.idempotency import forget_old_keys
from leads.models import Activity, Company, IdempotencyKey, Lead
from tests.callers import Caller, faults
from tests.factories import make_handover, make_lead, make_user
from users.clock import database_now
from users.models import Role

DANA = {"email": "dana@acme.example", "company": {"name": "Acme", "employees": 40}, "consent": {"granted": True}}
TIMES = 50


def at_once(number, work):
    """Run work(n) in so many threads that start together; returns the results in order."""
    barrier, results = threading.Barrier(number), [None] * number

    def run(index):
        barrier.wait()
        try:
            results[index] = work(index)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.usefixtures("committed_db")
def test_fifty_posts_at_once_make_one_lead_and_one_answer():
    callers = [Caller(make_user(Role.ADMIN))]
    callers += [Caller.again(callers[0]) for _ in range(TIMES - 1)]

    answers = at_once(TIMES, lambda n: callers[n].post("leads/", DANA, key="same"))

    assert {answer.status_code for answer in answers} == {201}
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert sum("Idempotency-Replayed" in answer for answer in answers) == TIMES - 1
    assert (Lead.objects.count(), Company.objects.count()) == (1, 1)
    assert Lead.objects.get().captures.count() == 1


@pytest.mark.usefixtures("committed_db")
def test_posts_of_one_person_at_once_without_a_key_make_one_lead():
    first = Caller(make_user(Role.ADMIN))
    callers = [first, *(Caller.again(first) for _ in range(9))]

    answers = at_once(10, lambda n: callers[n].post("leads/", DANA))

    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert (Lead.objects.count(), Company.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_another_body_under_the_same_key_is_refused():
    caller = Caller()
    caller.post("leads/", DANA, key="k")

    answer = caller.post("leads/", {"email": "other@acme.example"}, key="k")

    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert Lead.objects.count() == 1


@pytest.mark.django_db
def test_a_repeat_is_answered_as_it_was_whatever_happened_since():
    caller, handover = Caller(make_user(Role.SALES_REP)), make_handover()
    first = caller.post(f"handovers/{handover.pk}/accept/", {"note": "Monday"}, key="k")

    again = caller.post(f"handovers/{handover.pk}/accept/", {"note": "Monday"}, key="k")
    fresh = caller.post(f"handovers/{handover.pk}/accept/", {"note": "Monday"}, key="k2")

    assert (again.status_code, again.json()) == (200, first.json())
    assert fresh.status_code == 409


@pytest.mark.django_db
def test_what_was_refused_may_be_corrected_under_its_key():
    caller = Caller()

    refused = caller.post("leads/", {"email": "no"}, key="k")
    corrected = caller.post("leads/", DANA, key="k")

    assert (refused.status_code, corrected.status_code) == (400, 201)


@pytest.mark.django_db
def test_keys_belong_to_a_token_and_an_address():
    caller, lead = Caller(), make_lead()
    other = Caller(caller.user)
    note = {"lead": {"id": lead.pk}, "kind": "note", "data": {"text": "Hello"}}

    for who in (caller, other):
        assert who.post("activities/", note, key="k").status_code == 201
    assert caller.post(f"leads/{lead.pk}/consents/", {"granted": True}, key="k").status_code == 201

    assert Activity.objects.count() == 2
    assert lead.consents.count() == 1


@pytest.mark.django_db
def test_a_key_is_forgotten_after_a_day():
    caller = Caller()
    caller.post("leads/", DANA, key="k")
    IdempotencyKey.objects.update(created_at=database_now() - timedelta(hours=24, minutes=1))

    assert caller.post("leads/", {**DANA, "first_name": "Dana"}, key="k").status_code == 200
    assert forget_old_keys(now=database_now()) == 0
    assert forget_old_keys(now=database_now() + timedelta(hours=25)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 201, "tab\there"])
def test_an_odd_key_is_refused(key):
    assert faults(Caller().post("leads/", DANA, key=key)) == ["Idempotency-Key"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["leads/", "companies/", "activities/"])
def test_every_post_keeps_its_key(address):
    caller, lead = Caller(), make_lead()
    bodies = {
        "leads/": DANA,
        "companies/": {"name": "Acme"},
        "activities/": {"lead": {"id": lead.pk}, "kind": "webinar"},
    }

    first = caller.post(address, bodies[address], key="k")
    again = caller.post(address, bodies[address], key="k")

    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert IdempotencyKey.objects.get().route == f"POST /api/v1/{address}"


@pytest.mark.django_db
def test_a_capture_asks_few_questions(django_assert_max_num_queries):
    caller = Caller()
    caller.post("leads/", {**DANA, "email": "first@other.example"})

    with django_assert_max_num_queries(30):
        caller.post("leads/", {**DANA, "source": {"channel": "linkedin"}}, key="k")
