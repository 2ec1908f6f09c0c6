"""One is a list of one: the number of queries at 1,000 is that at 1 plus a constant."""

from collections.abc import Callable, Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.activity.assess import Assessment, ConsentFact, assess, record_consents
from leads.activity.record import NewActivity, record
from leads.handover.decide import Decision, Verb, decide
from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.move import Move, move
from leads.models import Cause, Handover, Kind, Realm
from leads.people.capture import NewCapture, capture
from leads.people.companies import CompanyFacts
from leads.people.edit import edit_leads
from scoring.rescore import rescore
from scoring.touched import process_touched
from tests.factories import NOW, PAGE_VIEWED, make_leads, make_user, minutes, publish_model, stage, view_pages

pytestmark = pytest.mark.django_db
MANY = 1_000
# What a bigger list may cost on top: a page, a document or a company known at one size and new at the other.
CONSTANT = 4


def queries(call: Callable[[], object]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        call()
    return len([row for row in caught if "SAVEPOINT" not in row["sql"]])


def assert_flat(flow: Callable[[Sequence[int]], object], ids: Sequence[int]) -> None:
    """Call the flow once with one lead and once with all the others."""
    one = queries(lambda: flow(ids[:1]))
    many = queries(lambda: flow(ids[1:]))

    assert len(ids) == MANY + 1
    assert many <= one + CONSTANT


@pytest.fixture
def ids() -> list[int]:
    return [lead.pk for lead in make_leads(MANY + 1)]


@pytest.fixture
def offers(ids: list[int]) -> list[int]:
    move([Move(lead_id=pk, to="mql", cause=Cause.PERSON) for pk in ids], by=None, now=NOW)
    return list(Handover.objects.order_by("pk").values_list("pk", flat=True))


def captured(numbers: Sequence[int]) -> list[NewCapture]:
    return [
        NewCapture(
            occurred_at=NOW,
            email=f"p{n}@firm{n}.example",
            external_ids=[("crm", f"id{n}")],
            company=CompanyFacts(name=f"Firm {n}", employees=n, attributes={"branches": n}),
            document=f"report{n % 3}",
            consent=True,
        )
        for n in numbers
    ]


def test_capture_of_new_people() -> None:
    assert_flat(lambda numbers: capture(captured(numbers), by=None, now=NOW), range(MANY + 1))


def test_capture_of_known_people() -> None:
    capture(captured(range(MANY + 1)), by=None, now=NOW)

    assert_flat(lambda numbers: capture(captured(numbers), by=None, now=NOW), range(MANY + 1))


def test_record(ids: list[int]) -> None:
    def tell(some: Sequence[int]) -> None:
        pages = [NewActivity(lead_id=pk, kind=Kind.PAGE_VIEW, occurred_at=NOW, url=f"/p/{pk}") for pk in some]
        record(pages, by=None, now=NOW)

    assert_flat(tell, ids)


def test_assess_and_consent(ids: list[int]) -> None:
    def tell(some: Sequence[int]) -> None:
        assess([Assessment(lead_id=pk, realm=Realm.SALES, occurred_at=NOW) for pk in some], by=None, now=NOW)
        consents = [ConsentFact(lead_id=pk, granted=True, occurred_at=NOW) for pk in some]
        record_consents(consents, by=None, now=NOW)

    assert_flat(tell, ids)


def test_edit_leads(ids: list[int]) -> None:
    assert_flat(lambda some: edit_leads({pk: {"job_title": f"CFO {pk}"} for pk in some}, by=None, now=NOW), ids)


@pytest.mark.parametrize("to", ["mql", "mel", "nurture"])
def test_move(ids: list[int], to: str) -> None:
    moves = {pk: Move(lead_id=pk, to=to, cause=Cause.PERSON) for pk in ids}

    assert_flat(lambda some: move([moves[pk] for pk in some], by=None, now=NOW), ids)


def test_rescore(ids: list[int]) -> None:
    publish_model()
    view_pages(ids)

    assert_flat(lambda some: rescore(some, now=NOW), ids)


def test_process_touched_with_promotion(ids: list[int]) -> None:
    publish_model()
    process_touched(now=NOW, limit=10 * MANY)
    set_criterion(stage("mel"), PAGE_VIEWED, by=None, now=NOW)
    set_criterion(stage("mql"), {"leaf": "score", "model": "mql", "op": "gte", "value": 10}, by=None, now=NOW)
    process_touched(now=NOW, limit=10 * MANY)

    def work(some: Sequence[int]) -> None:
        process_touched(now=NOW, limit=10 * MANY)

    view_pages(ids[:1])
    one = queries(lambda: work(ids[:1]))
    view_pages(ids[1:])
    many = queries(lambda: work(ids[1:]))

    assert Handover.objects.count() == MANY + 1
    assert many <= one + CONSTANT


@pytest.mark.parametrize(("verb", "reason"), [(Verb.ACCEPT, ""), (Verb.RETURN, "not_ready"), (Verb.REJECT, "bogus")])
def test_decide(offers: list[int], verb: Verb, reason: str) -> None:
    by = make_user().pk
    decisions = {pk: Decision(handover_id=pk, verb=verb, reason=reason) for pk in offers}

    assert_flat(lambda some: decide([decisions[pk] for pk in some], by=by, now=NOW + minutes(1)), offers)
