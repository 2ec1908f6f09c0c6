"""What two captures give to known people and companies at once: both go on as if one came after the other."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from leads.models import AttributeChange, Capture, Company, ExternalId, Lead
from leads.people.capture import Captured, NewCapture, capture
from leads.people.companies import CompanyFacts, upsert_companies
from tests.factories import NOW
from tests.oracle.races import Crew
from users import transactions

pytestmark = pytest.mark.django_db
A, B, CRM, SHOP = "a@b.example", "c@d.example", ("crm", "1"), ("shop", "2")
BLOCKED = """
SELECT EXISTS (SELECT FROM pg_locks w WHERE NOT w.granted AND pg_backend_pid() = ANY(pg_blocking_pids(w.pid)))
"""


def take(*rows: dict[str, Any]) -> list[Captured]:
    return capture([NewCapture(**{"occurred_at": NOW, **row}) for row in rows], by=None, now=NOW)


def known(**row: Any) -> int:
    (done,) = take(row)
    assert done.lead_id is not None
    return done.lead_id


def meanwhile(first: Callable[[], Any], then: Callable[[], Any], last: Callable[[], Any] | None = None) -> list[Any]:
    """What `first` says in a transaction of ours, ended once `then`, begun elsewhere, waits; what `then` says.

    `last` is done in ours at the very end, while the other one waits.
    """

    def elsewhere() -> Any:
        try:
            return then()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            ours = first()
            future = pool.submit(elsewhere)
            wait_for(future)
            if last is not None:
                last()
        return [ours, future.result()]


def wait_for(future: Future[Any]) -> None:
    """Until the other one waits for us, or is done already."""
    while not future.done():
        with connection.cursor() as cursor:
            cursor.execute(BLOCKED)
            if cursor.fetchone()[0]:
                return


def test_an_address_given_to_somebody_known_while_another_capture_makes_its_lead(committed_db: None) -> None:
    one = known(external_ids=[CRM])
    rows = [{"external_ids": [CRM, SHOP], "email": A, "first_name": "Dana"}, {"email": B}]

    (made,), (refused, fine) = meanwhile(partial(take, {"email": A}), partial(take, *rows))

    assert made.is_new
    assert (refused.lead_id, "different leads" in refused.refused) == (None, True)
    assert fine.is_new
    assert dict(Lead.objects.values_list("pk", "email")) == {one: None, made.lead_id: A, fine.lead_id: B}
    assert not ExternalId.objects.filter(system="shop").exists()
    assert (Lead.objects.get(pk=one).first_name, Capture.objects.count()) == ("", 3)


def test_a_capture_of_an_address_that_somebody_known_is_just_given_completes_them(committed_db: None) -> None:
    one = known(external_ids=[CRM])
    ours = partial(take, {"external_ids": [CRM], "email": A})

    (given,), (found,) = meanwhile(ours, partial(take, {"email": A, "first_name": "Dana"}))

    assert (given.lead_id, found.lead_id) == (one, one)
    assert (Lead.objects.get().email, Lead.objects.get().first_name) == (A, "Dana")
    assert Capture.objects.count() == 3


@pytest.mark.parametrize("what", [{"email": A}, {"external_ids": [SHOP]}], ids=["address", "id"])
def test_two_known_people_given_the_same_at_once(committed_db: None, what: dict[str, Any]) -> None:
    one, _other = (known(external_ids=[("crm", text)]) for text in "12")
    ids = what.get("external_ids", [])
    jobs = [partial(take, {**what, "external_ids": [("crm", text), *ids], "last_name": "Levi"}) for text in "12"]

    (given,), (refused,) = meanwhile(*jobs)

    assert (given.lead_id, refused.lead_id) == (one, None)
    assert "different leads" in refused.refused
    assert list(Lead.objects.order_by("pk").values_list("last_name", flat=True)) == ["Levi", ""]
    assert (Capture.objects.count(), AttributeChange.objects.count()) == (3, 1)


def test_two_addresses_given_to_one_person_at_once_the_first_stays(committed_db: None) -> None:
    one = known(external_ids=[CRM])
    jobs = [partial(take, {"external_ids": [CRM], "email": email}) for email in (A, B)]

    (first,), (second,) = meanwhile(*jobs)

    assert (first.lead_id, second.lead_id) == (one, one)
    assert Lead.objects.get().email == A


def test_who_made_the_lead_and_then_needs_the_known_one_is_not_locked_out(committed_db: None, monkeypatch) -> None:
    monkeypatch.setattr(transactions, "PATIENCE", "10ms")  # long before anybody looks for deadlocks
    monkeypatch.setattr(transactions, "MOST_TIMES", 10**6)
    one = known(external_ids=[CRM])
    theirs = partial(take, {"external_ids": [CRM], "email": A})
    last = partial(take, {"external_ids": [CRM], "first_name": "Dana"})

    (_made,), (refused,) = meanwhile(partial(take, {"email": A}), theirs, last)

    assert "different leads" in refused.refused
    assert Lead.objects.get(pk=one).first_name == "Dana"


@pytest.mark.parametrize(
    "who", [{"email": A}, {"external_ids": [CRM]}, {"email": A, "external_ids": [CRM, SHOP]}], ids=str
)
def test_who_is_new_or_known_by_the_same_names_costs_no_savepoint(who: dict[str, Any]) -> None:
    for _new in (True, False):
        with CaptureQueriesContext(connection) as asked:
            take({**who, "first_name": "Dana", "company": CompanyFacts(name="Acme", domain="acme.example")})

        begun = sum("SAVEPOINT" in query["sql"] or "lock_timeout" in query["sql"] for query in asked.captured_queries)
        assert begun == 2  # that of the test around the flow, begun and released


def test_three_at_once_of_whom_one_links_the_others_are_one_or_two_people(committed_db: None) -> None:
    with Crew(6) as crew:
        for turn in range(8):
            mail, crm = {"email": f"{turn}{A}"}, {"external_ids": [("crm", f"r{turn}")]}
            results = crew.race([partial(take, row) for row in (mail, crm, {**mail, **crm}) * 2])

            assert not [result for result in results if isinstance(result, Exception)]
            leads = {row.lead_id for (row,) in results if row.lead_id}
            refused = [row.refused for (row,) in results if row.refused]
            assert (len(leads), len(refused)) in ((1, 0), (2, 2))
            assert Capture.objects.filter(lead__in=leads).count() == 6 - len(refused)


def test_lists_that_give_and_make_in_any_order_do_not_lock_each_other_out(committed_db: None) -> None:
    dice = Random(7)
    for number in range(6):
        known(external_ids=[("crm", str(number))])
    with Crew(3) as crew:
        for _turn in range(6):
            lists = [[_row(dice) for _ in range(8)] for _ in range(3)]
            results = crew.race([partial(take, *rows) for rows in lists])
            assert not [result for result in results if isinstance(result, Exception)]

    emails = [email for email in Lead.objects.values_list("email", flat=True) if email]
    assert len(emails) == len(set(emails))


def _row(dice: Random) -> dict[str, Any]:
    """A capture by few names, so that many are shared: of one, of several, of some that are known."""
    ids = [(dice.choice(["crm", "shop"]), str(dice.randrange(6))) for _ in range(dice.randrange(3))]
    return {"email": f"p{dice.randrange(6)}@gmail.com" if dice.random() < 0.7 or not ids else "", "external_ids": ids}


@pytest.mark.parametrize(
    ("rows", "who"),
    [
        (["1 a", "a"], ["1", "1"]),
        (["a", "1 a"], ["new", ""]),
        (["1 a", "2 a"], ["1", ""]),
        (["1 a", "1 b", "b"], ["1", "1", "new"]),
        (["9", "9 a", "a"], ["new", "new", "new"]),
        (["1 s", "2 s"], ["1", ""]),
        (["1 s", "s b", "b"], ["1", "1", "1"]),
        (["a 9", "b 9", "b"], ["new", "new", "other"]),
    ],
    ids=str,
)
def test_a_list_is_taken_as_if_its_captures_came_one_by_one(rows: list[str], who: list[str]) -> None:
    people = {"1": known(external_ids=[("crm", "1")]), "2": known(external_ids=[("crm", "2")])}

    results = take(*map(_said, rows))

    for result, name in zip(results, who, strict=True):
        assert (result.lead_id is None) == (name == "")
        if result.lead_id:
            assert people.setdefault(name, result.lead_id) == result.lead_id


def _said(row: str) -> dict[str, Any]:
    """A capture by letters: addresses are letters, ids of the one system numbers, `s` is an id of the other."""
    names = row.split()
    email = next((f"{name}@b.example" for name in names if name in "ab"), "")
    return {"email": email, "external_ids": [("shop" if n == "s" else "crm", n) for n in names if n not in "ab"]}


def test_any_list_is_taken_as_if_its_captures_came_one_by_one(is_proof: bool) -> None:
    for number in range(3):
        known(external_ids=[("crm", str(number))])
    for seed in range(1000 if is_proof else 25):
        dice = Random(seed)
        rows = [_row(dice) for _ in range(7)]

        together = _outcome(lambda rows=rows: take(*rows))
        apart = _outcome(lambda rows=rows: [done for row in rows for done in take(row)])

        assert together == apart, seed


def _outcome(work: Callable[[], list[Captured]]) -> tuple[Any, ...]:
    """Who was whom, numbered as they came, and what they have then; nothing stays of it."""
    with transaction.atomic():
        results = work()
        first: dict[int, int] = {}
        people = [first.setdefault(row.lead_id, len(first)) if row.lead_id else None for row in results]
        own = set(ExternalId.objects.values_list("lead_id", "system", "value"))
        names = {(first.get(pk, -pk), system, value) for pk, system, value in own if pk in first}
        emails = {(first[pk], email) for pk, email in Lead.objects.values_list("pk", "email") if pk in first}
        new = [row.is_new for row in results]
        transaction.set_rollback(True)
    return people, names, emails, new


ACME = CompanyFacts(name="Acme")


def companies(*facts: CompanyFacts) -> list[int | None]:
    return upsert_companies(facts, by=None, now=NOW)


def at(name: str, domain: str = "acme.example", **said: Any) -> CompanyFacts:
    return CompanyFacts(name=name, domain=domain, **said)


def test_a_domain_given_to_a_known_company_while_another_capture_makes_one_with_it(committed_db: None) -> None:
    (acme,) = companies(ACME)
    theirs = {"email": B, "company": at("Acme", employees=9)}

    (made,), _done = meanwhile(partial(companies, at("Other")), partial(take, theirs))

    assert Lead.objects.get().company_id == made
    assert dict(Company.objects.values_list("pk", "domain")) == {acme: None, made: "acme.example"}
    assert Company.objects.get(pk=made).employees == 9


def test_one_domain_given_to_two_known_companies_at_once_is_the_first_ones(committed_db: None) -> None:
    (acme,), (beta,) = companies(ACME), companies(CompanyFacts(name="Beta"))

    assert meanwhile(partial(companies, at("Acme")), partial(companies, at("Beta"))) == [[acme], [acme]]
    assert Company.objects.get(pk=beta).domain is None


def test_two_domains_given_to_one_known_company_at_once_are_two_companies(committed_db: None) -> None:
    (acme,) = companies(ACME)

    jobs = [partial(companies, at("Acme", domain)) for domain in ("acme.example", "acme.co.il")]
    (first,), (second,) = meanwhile(*jobs)

    assert first == acme
    assert dict(Company.objects.values_list("pk", "domain")) == {acme: "acme.example", second: "acme.co.il"}


def test_two_who_write_of_the_same_companies_do_not_lock_each_other_out(committed_db: None) -> None:
    names = [f"B{number}" for number in range(3)]
    companies(*(CompanyFacts(name=name) for name in names))
    words = [CompanyFacts(name=name, employees=5) for name in names]
    ours = partial(take, {"email": "a@gmail.com", "company": CompanyFacts(name="B2")})
    last = partial(take, {"email": "b@gmail.com", "company": CompanyFacts(name="B0")})

    meanwhile(ours, partial(companies, *words), last)

    assert set(Company.objects.values_list("employees", flat=True)) == {5}


@pytest.mark.parametrize(
    ("facts", "who"),
    [
        ([at("Acme"), at("Other")], ["acme", "acme"]),
        ([at("Other"), at("Acme")], ["new", "new"]),
        ([at("Acme"), at("Beta")], ["acme", "acme"]),
        ([at("Acme"), at("Acme", "acme.co.il"), ACME], ["acme", "new", "acme"]),
        ([at("New"), at("Newer", employees=3)], ["new", "new"]),
    ],
    ids=lambda said: "+".join(f"{row.name}@{row.domain}" if isinstance(row, CompanyFacts) else row for row in said),
)
def test_a_list_of_companies_is_taken_as_if_they_came_one_by_one(facts: list[CompanyFacts], who: list[str]) -> None:
    (acme,), (beta,) = companies(ACME), companies(CompanyFacts(name="Beta"))
    places = {"acme": acme, "beta": beta}

    for pk, name in zip(companies(*facts), who, strict=True):
        assert pk == places.setdefault(name, pk)
    assert len(set(places.values())) == len(places)
