"""Reps decide at once: exactly one wins, the others are told who did; what is not decided stays whole."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from leads.handover.claim import ClaimNotPossible, assign, claim, release
from leads.handover.decide import AlreadyDecided, Decision, Verb, decide
from leads.handover.snooze import snooze, unsnooze
from leads.lifecycle.move import Move, move
from leads.models import Cause, Deadline, Handover, Lead, RoutingRule, StageChange, Task
from tests.factories import NOW, make_leads, make_user, minutes
from tests.oracle.races import Crew
from users.models import Team, User

REPS, ROUNDS, PROOF_ROUNDS = 20, 50, 200
LATER = NOW + minutes(1)


def offered(number: int) -> list[Handover]:
    leads = make_leads(number)
    move([Move(lead_id=lead.pk, to="mql", cause=Cause.PERSON) for lead in leads], by=None, now=NOW)
    return list(Handover.objects.order_by("pk"))


@pytest.mark.proof
def test_of_twenty_accepts_at_once_exactly_one_wins(committed_db: None, is_proof: bool) -> None:
    reps = [make_user().pk for _ in range(REPS)]
    offers = offered(PROOF_ROUNDS if is_proof else ROUNDS)
    winners = {}

    with Crew(REPS) as crew:
        for offer in offers:
            accept = Decision(handover_id=offer.pk, verb=Verb.ACCEPT)
            results = crew.race([partial(decide, [accept], by=rep, now=LATER) for rep in reps])
            refused = [result for result in results if isinstance(result, AlreadyDecided)]
            (winners[offer.lead_id],) = (rep for rep, won in zip(reps, results, strict=True) if isinstance(won, list))
            assert len(refused) == REPS - 1
            assert {refusal.handover.decided_by_id for refusal in refused} == {winners[offer.lead_id]}

    assert dict(Lead.objects.values_list("pk", "owner_id")) == winners
    accepted = StageChange.objects.filter(to_stage__slug="sal")
    assert sorted(accepted.values_list("lead_id", "by_id")) == sorted(winners.items())
    assert dict(Task.objects.values_list("lead_id", "assignee_id")) == winners
    assert dict(Deadline.objects.filter(kind="contact").values_list("lead_id", "user_id")) == winners


@pytest.mark.proof
def test_of_different_decisions_at_once_exactly_one_wins(committed_db: None, is_proof: bool) -> None:
    reps = [make_user().pk for _ in range(REPS)]
    original = make_leads(1)[0].pk
    kinds = [
        {"verb": Verb.ACCEPT},
        {"verb": Verb.REJECT, "reason": "too_small"},
        {"verb": Verb.RETURN, "reason": "not_ready", "missing": ["timeline"]},
        {"verb": Verb.DUPLICATE, "duplicate_of": original},
    ]
    offers = offered(PROOF_ROUNDS if is_proof else 10)

    with Crew(REPS) as crew:
        for offer in offers:
            wishes = [Decision(handover_id=offer.pk, **kinds[number % 4]) for number in range(REPS)]
            results = crew.race([partial(decide, [w], by=r, now=LATER) for w, r in zip(wishes, reps, strict=True)])
            (won,) = (wish for wish, result in zip(wishes, results, strict=True) if isinstance(result, list))
            assert [type(result) for result in results].count(AlreadyDecided) == REPS - 1
            offer.refresh_from_db()
            assert (offer.state, offer.duplicate_of_id) == (_state(won), won.duplicate_of)

    assert StageChange.objects.filter(cause="handover").count() == len(offers)
    assert Deadline.objects.filter(kind="decide", met_at=LATER).count() == len(offers)
    assert not Deadline.objects.filter(kind="decide", met_at=None).exists()


def _state(won: Decision) -> str:
    return {"accept": "accepted", "reject": "rejected", "return": "returned", "duplicate": "duplicate"}[won.verb]


@pytest.mark.proof
def test_deciding_while_others_snooze_claim_and_pass_on_breaks_nothing(committed_db: None, is_proof: bool) -> None:
    reps = [make_user().pk for _ in range(REPS)]
    original = make_leads(1)[0].pk
    offers = offered(PROOF_ROUNDS if is_proof else 10)

    def jobs(pk: int) -> list[Callable[[], object]]:
        until = NOW + timedelta(days=2)
        kinds: list[Callable[[int], Callable[[], object]]] = [
            lambda rep: partial(snooze, [pk], until=until, by=rep, now=NOW),
            lambda rep: partial(unsnooze, [pk], by=rep, now=NOW),
            lambda rep: partial(claim, [pk], by=rep, now=NOW),
            lambda rep: partial(release, [pk], now=NOW),
            lambda rep: partial(assign, [pk], to=rep, by=rep, now=NOW),
        ]
        twin = Decision(handover_id=pk, verb=Verb.DUPLICATE, duplicate_of=original)
        deciding = [
            partial(decide, [Decision(handover_id=pk, verb=Verb.ACCEPT)], by=reps[0], now=LATER),
            partial(decide, [twin], by=reps[1], now=LATER),
        ]
        return [*deciding, *(kinds[number % 5](rep) for number, rep in enumerate(reps[2:]))]

    with Crew(REPS) as crew:
        for offer in offers:
            first, second, *others = crew.race(jobs(offer.pk))
            assert sorted([type(first), type(second)], key=str) == sorted([list, AlreadyDecided], key=str)
            assert {type(other) for other in others} <= {list, AlreadyDecided, ClaimNotPossible}

    assert StageChange.objects.filter(cause="handover").count() == len(offers)
    assert not Handover.objects.filter(state="open").exists()
    assert not Deadline.objects.filter(kind="decide", met_at=None).exists()


def test_turns_handed_out_at_once_stay_within_capacity(committed_db: None, is_proof: bool) -> None:
    team = Team.objects.get(slug="sales")
    reps = [make_user(capacity=5) for _ in range(4)]
    condition = {"leaf": "stage", "value": ["mql", "mcl"]}
    RoutingRule.objects.create(name="All", position=1, team=team, spread="rotation", condition=condition)
    leads = make_leads(24)

    with Crew(8) as crew:
        for start in range(0, 24, 8):
            moves = [Move(lead_id=lead.pk, to="mql", cause=Cause.PERSON) for lead in leads[start : start + 8]]
            results = crew.race([partial(move, [one], by=None, now=NOW + minutes(start)) for one in moves])
            assert all(isinstance(result, list) for result in results)

    counts = [Handover.objects.filter(assignee=rep).count() for rep in User.objects.filter(pk__in=[r.pk for r in reps])]
    assert counts == [5, 5, 5, 5]
    assert Handover.objects.filter(assignee=None, team=team).count() == 4
