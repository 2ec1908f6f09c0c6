"""A stage is retired while leads move into it, through it, out of it, and are captured: none is lost."""

from collections.abc import Callable
from functools import partial
from itertools import cycle
from random import Random
from typing import Any

from django.db import connection

from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.move import Move, MoveNotAllowed, move
from leads.lifecycle.retire import empty_retired, retire_stage
from leads.lifecycle.stages import add_stage
from leads.lifecycle.undo import UndoNotPossible, undo
from leads.models import Cause, Lead, Stage, StageChange
from leads.people.capture import NewCapture, capture
from scoring.touched import process_touched
from tests.factories import NOW, PAGE_VIEWED, make_leads, stage, view_pages
from tests.oracle.races import Crew
from users.clock import database_now

REFUSALS = (MoveNotAllowed, UndoNotPossible)
MOVERS, LEADS, ROUNDS = 3, 30, 4


def wander(lead_ids: list[int], seed: int, is_over: Callable[[], bool]) -> int:
    """Move leads one by one until told to stop; returns how many moves a retired stage refused."""
    dice, refused = Random(seed), 0
    for lead_id in cycle(lead_ids):
        if is_over():
            return refused
        try:
            wish = Move(lead_id=lead_id, to=dice.choice(["mcl", "mel", "warm", "mql", "nurture"]), cause=Cause.PERSON)
            (moved,) = move([wish], by=None, now=database_now())
            if dice.random() < 0.2:
                undo([moved.change_id], by=None, now=database_now())
        except REFUSALS as why:
            refused += "retired" in str(why)
    return refused


def gather(seed: int, is_over: Callable[[], bool]) -> int:
    """Capture people who see a page and are promoted, until told to stop; returns how many."""
    number = 0
    while not is_over():
        person = NewCapture(occurred_at=database_now(), email=f"new{seed}-{number}@acme.example")
        (captured,) = capture([person], by=None, now=database_now())
        assert captured.lead_id is not None
        view_pages([captured.lead_id], now=database_now())
        process_touched(now=database_now())
        number += 1
    return number


def retire_soon(state: dict[str, bool], merges: bool) -> int:
    """Retire the stage in the middle of it and move its leads, twice at once with whoever else does."""
    try:
        while StageChange.objects.filter(to_stage__slug="warm").count() < 5:
            pass
        retire_stage(stage("warm"), stage("mel"), merges=merges, by=None, now=database_now())
        moved = 0
        while done := empty_retired(now=database_now()):
            moved += done
        return moved
    finally:
        state["over"] = True


def test_a_stage_retired_while_leads_move_loses_none(committed_db: None, is_proof: bool) -> None:
    for number in range(ROUNDS * 10 if is_proof else ROUNDS):
        values = {"label": "Warm", "name": "Warm"}
        Stage.everything.filter(slug="warm").delete()
        add_stage("warm", values, after=stage("mel"), by=None, now=NOW)
        set_criterion(stage("warm"), PAGE_VIEWED, by=None, now=database_now())
        _one_race(number)
        _forget()


def _one_race(number: int) -> None:
    leads = [lead.pk for lead in make_leads(LEADS)]
    state = {"over": False}
    jobs: list[Callable[[], Any]] = [
        partial(wander, leads, number * 10 + n, lambda: state["over"]) for n in range(MOVERS)
    ]
    jobs += [partial(gather, number, lambda: state["over"]), partial(retire_soon, state, merges=number % 2 == 0)]
    with Crew(len(jobs)) as crew:
        results = crew.race(jobs)

    for result in results:
        if isinstance(result, Exception):
            raise result
    assert Lead.objects.count() == LEADS + results[MOVERS]
    assert not Lead.objects.filter(stage__slug="warm", outcome="").exists()


def _forget() -> None:
    """Empty the tables of leads for the next round."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE leads_lead, leads_criterion CASCADE")


def test_a_lead_that_moves_while_its_lock_is_waited_for_is_locked_all_the_same(committed_db: None) -> None:
    (lead,) = make_leads(1)
    wishes = [Move(lead_id=lead.pk, to=to, cause=Cause.PERSON) for to in ("mel", "mql")]

    with Crew(2) as crew:
        for _ in range(10):
            results = crew.race([partial(move, [wish], by=None, now=database_now()) for wish in wishes])
            said = [str(result) for result in results if isinstance(result, Exception)]
            assert all("already stands" in why for why in said)
