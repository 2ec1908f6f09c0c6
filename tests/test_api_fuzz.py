"""The API against its own schema: bodies, queries and keys nobody thought of, for each role's token and for nobody.

Whatever is asked, no answer is a 5xx and each is one that the schema describes. That counts only where the questions
reach the work behind the doors: ids are those of objects that exist, a part of the names too, and every operation
must have done its work for each role that the access table lets in.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.urls import resolve
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from leadcrm.wsgi import application
from leads.handover.close import record_proof
from leads.handover.decide import Decision, Verb, decide
from leads.lifecycle.criteria import set_criterion
from leads.models import Handover, Lead
from leads.people.companies import CompanyFacts
from tests.access_table import ROUTES
from tests.factories import make_campaign, make_lead, make_user, move_to, publish_model, stage
from tests.leads.dealing import make_deal
from users.access import Right, has_right
from users.clock import database_now
from users.models import ApiToken, Role, User

pytestmark = pytest.mark.django_db

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES, PROOF_EXAMPLES = 3, 100
WIDEST = Role.ADMIN  # asked at every edge of the schema's bodies, the others only so many questions of each operation
NAMES = {
    "campaign": "always-on",
    "channel": "linkedin",
    "model": "mql",
    "to": "mel",
    "missing": ["timeline"],
    "email": "dana@acme.example",
    "amount": "12.50",
    "currency": "EUR",
    "ip": "192.0.2.7",
    "attributes": {"branches": 3},
    "occurred_at": "2026-02-03T04:05:06Z",
}
REASONS = {"reject": "too_small", "return": "not_ready", "lost": "price"}
# Bodies that do the work, by the last part of the address.
GOOD: dict[str, dict[str, Any]] = {
    "leads": {"email": "omer@acme.example", "consent": {"granted": True}, "source": {"campaign": "always-on"}},
    "companies": {"name": "Acme", "domain": "acme.example", "employees": 400},
    "activities": {"kind": "page_view", "url": "/pricing", "campaign": "always-on"},
    "{lead_id}": {"first_name": "Dana"},
    "{company_id}": {"employees": 400},
    "moves": {"to": "mel"},
    "bant": {"need": "yes"},
    "consents": {"granted": True, "text": "I agree"},
    "proof": {"form": "oral", "text": "They said yes."},
    "won": {"amount": "12.50"},
    "{opportunity_id}": {"amount": "12.50", "currency": "EUR"},
}


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[SimpleNamespace]:
    """An offered lead and callers of all roles, once: every request is undone."""
    with django_db_blocker.unblock(), transaction.atomic(), _connections_kept():
        now = database_now()
        publish_model(now=now)
        set_criterion(stage("mql"), {"leaf": "score", "model": "mql", "op": "gte", "value": 80}, by=None, now=now)
        make_campaign("always-on")
        people = {role: make_user(role) for role in Role}
        lead = make_lead(now=now, email="dana@acme.example", company=CompanyFacts(name="Acme", domain="acme.example"))
        move_to(lead, "mql", now=now)
        known = make_lead(now=now, email="dana.levi@acme.example")
        Lead.objects.filter(pk=known.pk).update(owner=people[Role.SALES_REP])
        yield SimpleNamespace(
            people=people,
            secrets={role: ApiToken.issue(user)[1] for role, user in people.items()},
            lead=lead.pk,
            company=lead.company_id,
            handover=Handover.objects.get(lead=lead).pk,
            opportunity=make_deal(people[Role.SALES_REP], now=now).pk,
            bodies={
                "duplicate": {"duplicate_of": known.pk},
                "snooze": {"until": (now + timedelta(days=1)).isoformat()},
                "assign": {"to": people[Role.SALES_REP].email},
            },
        )
        transaction.set_rollback(True)


@contextmanager
def _connections_kept() -> Iterator[None]:
    """The end of a request closes no connection, for ours is in the middle of a transaction."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.fixture(scope="module")
def schema(world: SimpleNamespace) -> Any:
    """The schema as the product serves it, with questions that meet what exists."""
    headers = {"Authorization": f"Bearer {world.secrets[WIDEST]}"}
    schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", application, headers=headers)
    schema.config.phases.coverage.unexpected_methods = {"options", "delete"}
    schema.hook("before_generate_body")(_known(world))
    schema.hook("before_generate_query")(_known(world))
    return schema


def good_body(operation: Any, world: SimpleNamespace) -> dict[str, Any]:
    """A body with which the operation does its work."""
    verb = _verb(operation)
    reason = {"reason": REASONS[verb]} if verb in REASONS else {}
    lead = {"lead": {"id": world.lead}} if verb == "activities" else {}
    return {**GOOD.get(verb, {}), **world.bodies.get(verb, {}), **reason, **lead}


def _verb(operation: Any) -> str:
    return operation.path.rstrip("/").rpartition("/")[2]


def _known(world: SimpleNamespace) -> Callable[[Any, Any], Any]:
    """A hook: beside made-up bodies and queries come some with names that the installation knows, and good ones."""

    def before_generate(context: Any, strategy: st.SearchStrategy) -> st.SearchStrategy:
        operation = context.operation
        reason = REASONS.get(_verb(operation), "")
        names = {**NAMES, "reason": reason, "lead": {"id": world.lead}, "company": {"id": world.company}}

        def fill(value: Any) -> Any:
            if isinstance(value, dict):
                return {name: names.get(name, one) for name, one in value.items()}
            return value

        good = {} if operation.method == "get" else good_body(operation, world)
        return st.one_of(strategy, strategy.map(fill), st.just(good))

    return before_generate


def ready(operation: Any, world: SimpleNamespace, user: User) -> None:
    """Bring the lead to where the operation has something to do, where the caller could bring it there."""
    verb = _verb(operation)
    if verb not in ("undo", "proof", "won", "lost") or not has_right(user, Right.DECIDE_HANDOVERS):
        return
    now = database_now()
    decide([Decision(handover_id=world.handover, verb=Verb.ACCEPT)], by=user.pk, now=now)
    if verb == "won":
        record_proof(world.lead, form="oral", text="They said yes.", by=user.pk, now=now)


def ask(case: Any, world: SimpleNamespace, role: Role | None) -> int:
    """Ask, undo, and judge the answer by the schema; returns its status."""
    for name in case.operation.path_parameters:
        case.path_parameters[name.name] = getattr(world, name.name.removesuffix("_id"))
    with transaction.atomic():
        if role:
            ready(case.operation, world, world.people[role])
        response = case.call(headers={"Authorization": f"Bearer {world.secrets[role]}"} if role else None)
        transaction.set_rollback(True)
    case.validate_response(response, checks=CHECKS)
    documented = str(response.status_code) in case.operation.responses.status_codes
    is_asked = case.method.upper() == case.operation.method.upper()  # edges try other verbs too
    assert documented or response.status_code >= 400 or not is_asked, f"{response.status_code} is not in the schema"
    return response.status_code


def question(operation: Any, check: Callable[[Any], None], examples: int, *, edges: bool) -> Callable[[], None]:
    """A test that asks an operation so many times, and at all edges of its parameters where wanted."""
    modes = [HypothesisTestMode.FUZZING, *([HypothesisTestMode.COVERAGE] if edges else [])]
    wanted = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    config = HypothesisTestConfig(project=operation.schema.config, modes=modes, explicit_settings=wanted)

    def asked(case: Any) -> None:
        check(case)

    return create_test(operation=operation, test_func=asked, config=config)


def is_let_in(operation: Any, world: SimpleNamespace, role: Role) -> bool:
    """Whether the access table lets the role do this to what is near."""
    ids = {
        parameter.name: getattr(world, parameter.name.removesuffix("_id")) for parameter in operation.path_parameters
    }
    name = resolve(operation.path.format(**ids)).view_name
    return not ROUTES[name].verbs[operation.method.upper()].expected(role, "near")


@pytest.mark.proof
@pytest.mark.parametrize("role", Role)
def test_no_question_of_a_role_breaks_the_api_or_its_schema(schema, world, role, is_proof):
    for result in schema.get_all_operations():
        operation, statuses = result.ok(), Counter()
        examples = PROOF_EXAMPLES if is_proof else EXAMPLES
        edges = is_proof or (role == WIDEST and operation.method != "get")
        question(operation, lambda case, seen=statuses: seen.update([ask(case, world, role)]), examples, edges=edges)()

        assert not statuses[401], operation.label
        if is_let_in(operation, world, role):
            _assert_it_works(operation, world, role)


def _assert_it_works(operation: Any, world: SimpleNamespace, role: Role) -> None:
    """Token and objects are such that the work is done, or, for others than administrators, has been done."""
    body = {} if operation.method == "get" else {"body": good_body(operation, world), "media_type": "application/json"}
    status = ask(operation.Case(path_parameters={}, **body), world, role)
    assert status < 300 or (status == 409 and role != WIDEST), f"{operation.label}: {status}"


def test_nobody_gets_any_further(schema, world):
    for result in schema.get_all_operations():
        statuses = Counter()
        question(result.ok(), lambda case, seen=statuses: seen.update([ask(case, world, None)]), 2, edges=False)()

        assert set(statuses) == {401}, result.ok().label
