"""Two reps decide at once: exactly one wins, the other is told who did."""

from functools import partial

from leads.handover.decide import AlreadyDecided, Decision, Verb, decide
from leads.lifecycle.move import Move, move
from leads.models import Cause, Handover, Lead, StageChange
from tests.factories import NOW, make_leads, make_user, minutes
from tests.oracle.races import Crew

REPS, ROUNDS = 20, 50


def test_of_twenty_accepts_at_once_exactly_one_wins(committed_db: None) -> None:
    reps = [make_user().pk for _ in range(REPS)]
    leads = make_leads(ROUNDS)
    move([Move(lead_id=lead.pk, to="mql", cause=Cause.PERSON) for lead in leads], by=None, now=NOW)
    offers = list(Handover.objects.order_by("pk"))
    winners = {}

    with Crew(REPS) as crew:
        for offer in offers:
            accept = Decision(handover_id=offer.pk, verb=Verb.ACCEPT)
            results = crew.race([partial(decide, [accept], by=rep, now=NOW + minutes(1)) for rep in reps])
            refused = [result for result in results if isinstance(result, AlreadyDecided)]
            (winners[offer.lead_id],) = (rep for rep, won in zip(reps, results, strict=True) if isinstance(won, list))
            assert len(refused) == REPS - 1
            assert {refusal.handover.decided_by_id for refusal in refused} == {winners[offer.lead_id]}

    assert len(offers) == ROUNDS
    assert dict(Lead.objects.values_list("pk", "owner_id")) == winners
    accepted = StageChange.objects.filter(to_stage__slug="sal")
    assert sorted(accepted.values_list("lead_id", "by_id")) == sorted(winners.items())


def test_of_different_decisions_at_once_exactly_one_wins(committed_db: None) -> None:
    reps = [make_user().pk for _ in range(3)]
    leads = make_leads(10)
    move([Move(lead_id=lead.pk, to="mql", cause=Cause.PERSON) for lead in leads], by=None, now=NOW)
    kinds = [(Verb.ACCEPT, ""), (Verb.REJECT, "too_small"), (Verb.RETURN, "not_ready")]

    with Crew(3) as crew:
        for offer in Handover.objects.all():
            wishes = [Decision(handover_id=offer.pk, verb=verb, reason=reason) for verb, reason in kinds]
            jobs = [partial(decide, [wish], by=rep, now=NOW) for wish, rep in zip(wishes, reps, strict=True)]
            results = crew.race(jobs)
            assert sorted(type(result).__name__ for result in results) == ["AlreadyDecided", "AlreadyDecided", "list"]

    assert StageChange.objects.filter(cause="handover").count() == 10
