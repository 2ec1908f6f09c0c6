"""Several workers, producers and a full pass at once: no touch is lost, no rule is missed."""

import random
from datetime import timedelta
from functools import partial
from threading import Event, Thread

import pytest
from django.db import OperationalError, connection, transaction
from psycopg2.errors import DeadlockDetected

from leads.activity.assess import Assessment, assess
from leads.activity.pages import save_path_set
from leads.activity.record import NewActivity, record
from leads.lifecycle.criteria import set_criterion
from leads.models import BantState, Handover, Kind, Lead, LeadScore, PathSet, Realm, StageChange, Touched
from leads.people.companies import CompanyFacts
from leads.people.edit import edit_leads
from scoring.company_sums import CompanySums
from scoring.engine import GroupSpec
from scoring.models import Rule
from scoring.publish import copy_to_draft, publish_version
from scoring.rescore import chunks, rescore_chunk, sum_companies
from scoring.rules import RuleSpec
from scoring.touched import drain, process_touched
from tests.factories import NOW, PAGE_VIEWED, make_lead, make_leads, publish_model, stage, view_pages
from tests.oracle.facts import export
from tests.oracle.promotion import settle
from tests.oracle.races import Crew
from tests.oracle.scores import stored_errors

FACTS, LEADS, COMPANIES, BATCH = 2_000, 120, 30, 8
LATER = NOW + timedelta(hours=1)
CFO = {"leaf": "lead", "field": "job_title", "op": "eq", "value": "cfo"}


def produce(ids: list[int], seed: int, facts: int) -> None:
    """Tell facts of all kinds in small transactions."""
    dice = random.Random(seed)
    for _ in range(facts // BATCH):
        some = dice.sample(ids, BATCH)
        match dice.randrange(6):
            case 0:
                edit_leads({pk: {"job_title": dice.choice(["CFO", "CTO"])} for pk in some}, by=None, now=NOW)
            case 1:
                needs = dice.choice(list(BantState))
                rows = [Assessment(lead_id=pk, realm=Realm.MARKETING, need=needs, occurred_at=NOW) for pk in some]
                assess(rows, by=None, now=NOW)
            case _:
                days = [timedelta(days=dice.randrange(20)) for _ in some]
                seen = [
                    NewActivity(lead_id=pk, kind=Kind.PAGE_VIEW, occurred_at=NOW - ago, url=f"/p{dice.randrange(9)}")
                    for pk, ago in zip(some, days, strict=True)
                ]
                record(seen, by=None, now=NOW)


def work(is_over: Event) -> int:
    """A worker: look, work, look again, until the producers are done and the log is empty."""
    total = 0
    while True:
        was_over = is_over.is_set()
        done = process_touched(now=LATER, limit=40)
        total += done
        if was_over and not done:
            return total


def full_passes(is_over: Event) -> int:
    """A full pass again and again, each with sums of companies that facts overtake."""
    passes = 0
    while not is_over.is_set():
        sums = CompanySums()
        sum_companies(sums, now=LATER)
        for chunk in chunks():
            rescore_chunk(chunk, now=LATER, sums=sums)
        passes += 1
    return passes


@pytest.mark.proof
def test_no_touch_is_lost_between_workers_producers_and_a_full_pass(committed_db: None) -> None:
    each = {"of": "each", "kinds": ["page_view"], "days": 10}
    need = {"leaf": "bant", "realm": "marketing", "part": "need", "op": "at_least", "value": "partly"}
    many = {"leaf": "company_activity", "measure": "count", "op": "gte", "value": 60, "kinds": ["page_view"]}
    publish_model(
        rules=[
            RuleSpec(points=7, group="web", per=each, half_life_days=5),
            RuleSpec(points=3, group="web", condition=many),
            RuleSpec(points=10, group="fit", condition=CFO),
            RuleSpec(points=5, group="fit", condition=need),
        ],
        groups=[GroupSpec("fit", "fit", 12), GroupSpec("web", "engagement", 60)],
    )
    set_criterion(stage("mel"), PAGE_VIEWED, by=None, now=NOW)
    set_criterion(stage("mql"), {"leaf": "score", "model": "mql", "op": "gte", "value": 45}, by=None, now=NOW)
    domains = [f"c{number}.example" for number in range(COMPANIES)]
    leads = [make_leads(LEADS // COMPANIES, company=CompanyFacts(name=name, domain=name)) for name in domains]
    ids = [lead.pk for company in leads for lead in company]
    is_over = Event()

    def producer() -> None:
        try:
            with Crew(2) as pair:
                assert pair.race([partial(produce, ids, seed, FACTS // 2) for seed in (1, 2)]) == [None, None]
        finally:
            is_over.set()
            connection.close()

    with Crew(4) as crew:
        none, first, second, passes = crew.race(
            [producer, *[partial(work, is_over)] * 2, partial(full_passes, is_over)]
        )

    assert none is None
    assert first > 0
    assert second > 0
    assert passes > 0
    assert drain(now=LATER) == 0
    assert not Touched.objects.exists()
    world = export()
    assert stored_errors(world, world.day_of(LATER)) == []
    stood = {pk: person.now["stage"] for pk, person in world.people.items()}
    assert settle(world, LATER) == stood
    assert Handover.objects.count() == StageChange.objects.filter(to_stage__slug="mql").count() > 0


def score_when_released(job: Thread) -> None:
    """Let a worker run into the open transaction of the test; it may or may not have to wait."""
    job.start()
    job.join(timeout=0.5)


def capture_and_score() -> None:
    try:
        make_lead(job_title="CFO")
        drain(now=LATER)
    finally:
        connection.close()


def test_a_lead_captured_while_a_version_is_published_is_scored_by_it(committed_db: None) -> None:
    model = publish_model(rules=[RuleSpec(points=1, group="fit", condition=CFO)])
    draft = copy_to_draft(model.versions.get())
    Rule.objects.filter(version=draft).update(points=2)
    worker = Thread(target=capture_and_score)

    with transaction.atomic():
        publish_version(draft, by=None, now=NOW)
        score_when_released(worker)
    worker.join()
    drain(now=LATER)

    assert LeadScore.objects.get().points == 2


def test_a_lead_captured_while_a_criterion_is_set_is_judged_by_it(committed_db: None) -> None:
    worker = Thread(target=capture_and_score)

    with transaction.atomic():
        set_criterion(stage("mel"), CFO, by=None, now=NOW)
        score_when_released(worker)
    worker.join()
    drain(now=LATER)

    assert Lead.objects.get().stage.slug == "mel"


def test_a_page_seen_while_a_path_set_is_saved_finds_its_place(committed_db: None) -> None:
    path_set = PathSet(slug="pricing", name="Pricing", patterns=["/nothing"])
    save_path_set(path_set)
    lead = make_lead()

    def see() -> None:
        try:
            view_pages([lead], url="/pricing")
        finally:
            connection.close()

    worker = Thread(target=see)
    with transaction.atomic():
        path_set.patterns = ["/pricing"]
        save_path_set(path_set)
        score_when_released(worker)
    worker.join()

    assert [page.path for page in path_set.pages.all()] == ["/pricing"]


def _give_points_beyond_numbers() -> None:
    """Points that only an open database would take: two activities of them do not fit an integer."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE scoring_rule DROP CONSTRAINT rule_points_bounded")
        cursor.execute("DROP TRIGGER rule_stays ON scoring_rule")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    Rule.objects.update(points=2_000_000_000)


@pytest.mark.django_db
def test_a_lead_that_cannot_be_scored_is_set_aside_and_stops_nobody() -> None:
    publish_model(rules=[RuleSpec(points=1, group="behaviour", per={"of": "each", "kinds": ["survey"]})])
    _give_points_beyond_numbers()
    *leads, bad = make_leads(40)
    survey = NewActivity(lead_id=bad.pk, kind=Kind.SURVEY, occurred_at=NOW)
    record([survey, survey], by=None, now=NOW)  # their points are out of the range of a number
    touched = Touched.objects.filter(lead=bad).count()

    drain(now=LATER)

    assert set(LeadScore.objects.values_list("lead_id", flat=True)) == {lead.pk for lead in leads}
    left = list(Touched.objects.all())
    assert [row.lead_id for row in left] == [bad.pk] * touched
    assert all("out of range" in row.error for row in left)


@pytest.mark.django_db
def test_a_lead_is_not_set_aside_for_what_passes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    make_lead()

    def lose(*args: object) -> None:
        raise OperationalError("deadlock detected") from DeadlockDetected()

    with monkeypatch.context() as patch:
        patch.setattr("scoring.touched._work", lose)
        with pytest.raises(OperationalError):
            process_touched(now=LATER)

    assert drain(now=LATER) > 0
    assert not Touched.objects.exists()


@pytest.mark.django_db
def test_a_lead_set_aside_is_scored_once_a_new_fact_touches_it_and_its_cause_is_gone() -> None:
    model = publish_model(rules=[RuleSpec(points=1, group="behaviour", per={"of": "each"})])
    _give_points_beyond_numbers()
    lead = make_lead()
    view_pages([lead, lead])
    drain(now=LATER)
    assert not LeadScore.objects.exists()

    Rule.objects.update(points=2)
    draft = copy_to_draft(model.versions.get())
    publish_version(draft, by=None, now=NOW)
    drain(now=LATER)

    assert LeadScore.objects.get().points == 4
