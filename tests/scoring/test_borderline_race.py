"""Several people decide on one borderline lead at the same moment."""

from datetime import timedelta

import pytest

from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.undo import UndoNotPossible
from leads.models import Lead
from scoring.engine import GroupSpec
from scoring.models import BorderlineReview, BorderlineVerdict
from scoring.review import NotBorderline, Review, review, take_back
from scoring.rules import RuleSpec
from scoring.touched import drain
from tests.factories import make_lead, make_user, publish_model, stage
from tests.oracle.races import Crew
from users.clock import database_now
from users.models import Role

CHIEF = {"leaf": "lead", "field": "job_title", "op": "eq", "value": "CFO"}
GROUPS = [GroupSpec("fit", "fit")]


@pytest.mark.proof
def test_of_reviewers_at_once_exactly_one_wins(committed_db: None, is_proof: bool) -> None:
    now = database_now()
    rules = [RuleSpec(points=75, group="fit", condition=CHIEF)]
    model = publish_model(rules=rules, groups=GROUPS, now=now, borderline_from=70)
    set_criterion(stage("mql"), {"leaf": "score", "model": "mql", "op": "gte", "value": 80}, by=None, now=now)
    people = [make_user(Role.ADMIN).pk for _ in range(4)]
    up, wait, nurture = BorderlineVerdict.PROMOTED, BorderlineVerdict.WAIT, BorderlineVerdict.NURTURE
    verdicts = [up, wait, nurture, up]
    day = now.date() + timedelta(days=9)

    with Crew(len(people)) as crew:
        for round_number in range(50 if is_proof else 5):
            lead = make_lead(job_title="CFO", email=f"round{round_number}@acme.example", now=database_now())
            drain(now=database_now())
            jobs = [
                lambda by=by, verdict=verdict, pk=lead.pk: review(
                    [Review(lead_id=pk, verdict=verdict, until=day)], model=model, by=by, now=database_now()
                )
                for by, verdict in zip(people, verdicts, strict=True)
            ]
            results = crew.race(jobs)

            assert sum(isinstance(result, NotBorderline) for result in results) == len(people) - 1
            row = BorderlineReview.objects.get(lead=lead)
            stands = Lead.objects.values_list("stage__slug", "outcome").get(pk=lead.pk)
            wanted = {"promoted": ("mql", ""), "wait": ("mcl", ""), "nurture": ("mcl", "nurture")}
            assert stands == wanted[row.verdict]


@pytest.mark.proof
def test_a_verdict_is_taken_back_once_and_never_after_a_new_one(committed_db: None, is_proof: bool) -> None:
    now = database_now()
    model = publish_model(rules=[RuleSpec(points=75, group="fit", condition=CHIEF)], groups=GROUPS, borderline_from=70)
    set_criterion(stage("mql"), {"leaf": "score", "model": "mql", "op": "gte", "value": 80}, by=None, now=now)
    me, day = make_user(Role.ADMIN).pk, now.date() + timedelta(days=9)

    with Crew(2) as crew:
        for round_number in range(30 if is_proof else 5):
            lead = make_lead(job_title="CFO", email=f"round{round_number}@acme.example", now=database_now())
            drain(now=database_now())
            wait = Review(lead_id=lead.pk, verdict=BorderlineVerdict.WAIT, until=day)
            (row,) = review([wait], model=model, by=me, now=database_now())

            results = crew.race([lambda pk=row.pk: take_back(pk, by=me, now=database_now())] * 2)

            assert sum(isinstance(result, UndoNotPossible) for result in results) == 1
            review([wait], model=model, by=me, now=database_now())
            with pytest.raises(UndoNotPossible):
                take_back(row.pk, by=me, now=database_now())
