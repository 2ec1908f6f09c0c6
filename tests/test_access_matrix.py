"""Every address × verb × caller, against tests/access_table.py. An address that is not in the table fails."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse

from capture.models import ImportBatch
from leads.handover.deals import amend
from leads.handover.decide import Decision, Verb, decide
from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.segments import NewSegment, save_segment
from leads.models import (
    Activity,
    BantAssessment,
    Campaign,
    Capture,
    Company,
    Consent,
    Criterion,
    Event,
    Handover,
    IcpCondition,
    IcpProfile,
    Lead,
    Milestone,
    Notification,
    Opportunity,
    OpportunityChange,
    PhaseRule,
    Realm,
    RoutingRule,
    ScoreModel,
    Script,
    Sla,
    StageChange,
    Stakeholder,
    Task,
    TaskKind,
)
from leads.people.companies import CompanyFacts
from leads.people.icp import NewProfile, Wish, publish_profile
from leads.people.todo import NewTask, open_tasks
from mail.models import Letter, Message
from nurturing.draft import begin_draft
from nurturing.models import Enrollment, Sequence, SequenceVersion, Step
from reports.digest import make as make_digest
from scoring.engine import GroupSpec
from scoring.models import BorderlineReview, ModelVersion
from scoring.models import Rule as ScoringRule
from scoring.publish import Draft, save_draft
from scoring.rules import RuleSpec
from tests.access_table import PUBLIC, ROUTES, WHOLE, Route, Rule
from tests.factories import NOW, PAGE_VIEWED, make_lead, make_user, move_to, publish_model, stage
from tests.nurturing.sequences import make_sequence
from users.clock import database_now
from users.models import Absence, ApiToken, Holiday, Role, Scope, Team, User

pytestmark = pytest.mark.django_db

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
DIGEST_WEEK = date(2026, 3, 2)
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def addresses(patterns: list[Any], names: tuple[str, ...] = ()) -> Iterator[str]:
    """The full names of all addresses of the resolver."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield ":".join((*names, pattern.name or str(pattern.pattern)))
        else:
            yield from addresses(pattern.url_patterns, (*names, pattern.namespace) if pattern.namespace else names)


ADDRESSES = sorted(set(addresses(get_resolver().url_patterns)))


def route_of(name: str) -> Route:
    """The line of the table; an administrator's address where the whole namespace is theirs."""
    whole = next((rule for start, rule in WHOLE.items() if name.startswith(start)), None)
    return Route({"GET": whole, "POST": whole}) if whole else ROUTES[name]


def verbs_of(name: str) -> tuple[str, ...]:
    """All verbs of our own addresses; of the pages that Django and allauth bring the two that forms use."""
    return ("GET", "POST") if name.startswith(("admin:", "account_")) else VERBS


def test_every_address_is_in_the_table():
    known = (
        {name for name in ADDRESSES if any(name.startswith(start) for start in WHOLE)} | ROUTES.keys() | PUBLIC.keys()
    )

    assert set(ADDRESSES) - known == set(), "say in tests/access_table.py who may use these"
    assert known - set(ADDRESSES) == set(), "these are gone"


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[SimpleNamespace]:
    """Two of each thing and callers of all kinds, once: every request is undone, so nothing ever changes."""
    with django_db_blocker.unblock(), transaction.atomic():
        built = _build(database_now())
        built.before = state()
        yield built
        transaction.set_rollback(True)


def _build(now: datetime) -> SimpleNamespace:
    people, other = (
        {role: make_user(role, password="known") for role in Role},
        Team.objects.create(slug="other", name="Other"),
    )
    rep, stranger = people[Role.SALES_REP], make_user(Role.SALES_REP, team=other)
    near, mine, far = (make_lead(company=CompanyFacts(name=f"C{n}", domain=f"c{n}.example")) for n in "123")
    for lead, user in ((near, rep), (mine, rep), (far, stranger)):
        move_to(lead, "mql", by=user.pk, now=now)
    Handover.objects.filter(lead=far).update(team=other, assignee=stranger)
    offers = {row.lead_id: row for row in Handover.objects.all()}
    moves = {row.lead_id: row for row in StageChange.objects.order_by("pk")}
    for lead, user in ((mine, rep), (far, stranger)):
        decide([Decision(handover_id=offers[lead.pk].pk, verb=Verb.ACCEPT)], by=user.pk, now=now)
    deals, customers = _deals({"near": near, "far": far}, {"near": mine, "far": far}, rep, now)
    _rules(now)
    make_digest(DIGEST_WEEK, by=None, now=now)
    sequence = make_sequence(entry=None, now=now)
    begin_draft(sequence)
    letter = Letter.objects.order_by("pk").first()
    return SimpleNamespace(
        people=people,
        strangers=strangers(people[Role.ADMIN]),
        machines={role: with_token(user) for role, user in people.items()},
        browsers={role: signed_in(user) for role, user in people.items()},
        scoped={scope: with_token(people[Role.ADMIN], scope) for scope in Scope},
        lead={"near": near, "far": far},
        company={"near": near.company, "far": far.company},
        handover={"near": offers[near.pk], "far": offers[far.pk]},
        deal=deals,
        milestone={which: deal.milestones.get() for which, deal in deals.items()},
        deal_change={which: deal.changes.get() for which, deal in deals.items()},
        customer=customers,
        task={which: _task(lead, now) for which, lead in (("near", near), ("far", far))},
        decided={"near": offers[mine.pk], "far": offers[far.pk]},
        letter={"near": letter, "far": letter},
        enrollment={which: _inside(lead, sequence, now) for which, lead in (("near", near), ("far", far))},
        notice={"near": _notice(rep, near, now), "far": _notice(stranger, far, now)},
        change={"near": moves[near.pk], "far": moves[far.pk]},
        review={"near": _review(near, rep, now), "far": _review(far, rep, now)},
        batch=dict.fromkeys(("near", "far"), _batch(now)),
        phase_rule=dict.fromkeys(
            ("near", "far"), PhaseRule.objects.create(phase="buy", label="B", condition=PAGE_VIEWED)
        ),
        segment=save_segment(None, NewSegment("Viewers", PAGE_VIEWED), by=None, now=now),
        scoring_rule=dict.fromkeys(("near", "far"), ScoringRule.objects.get(version__state="draft")),
        wish=dict.fromkeys(("near", "far"), IcpCondition.objects.get(profile__realm="marketing")),
        script=dict.fromkeys(("near", "far"), Script.objects.create(kind="point", text="Begin with what they did")),
        team={"near": rep.team, "far": other},
        colleague={"near": rep, "far": stranger},
        **_worktime(rep, stranger, now),
    )


def _worktime(rep: User, stranger: User, now: datetime) -> dict[str, dict[str, Any]]:
    """A routing rule, which is everybody's, and a holiday and an absence in each team."""
    rule = RoutingRule.objects.create(name="All", position=1, team=rep.team, spread="team", condition=PAGE_VIEWED)
    day, people = now.date(), {"near": rep, "far": stranger}
    holidays = {w: Holiday.objects.create(day=day, name="Off", team=user.team) for w, user in people.items()}
    absences = {w: Absence.objects.create(user=user, starts_on=day, ends_on=day) for w, user in people.items()}
    return {"rule": dict.fromkeys(people, rule), "holiday": holidays, "absence": absences}


def _deals(
    leads: dict[str, Lead], customers: dict[str, Lead], rep: User, now: datetime
) -> tuple[dict[str, Opportunity], dict[str, Lead]]:
    """A deal with a milestone agreed by the rep for each lead; a win of each customer, in a pass of its own."""
    deals = {which: Opportunity.objects.create(lead=lead, cycle=lead.cycle) for which, lead in leads.items()}
    for deal in deals.values():
        amend({deal.pk: {"competitor": "Rival"}}, by=rep.pk, now=now)
        Milestone.objects.create(opportunity=deal, title="Demo")
    for lead in customers.values():
        Opportunity.objects.create(lead=lead, cycle=9, state="won", closed_at=now)
    return deals, customers


def _task(lead: Lead, now: datetime) -> Task:
    """Something anybody may do who works with the lead."""
    (pk,) = open_tasks([NewTask(lead_id=lead.pk, kind=TaskKind.FOLLOW_UP, title="Call")], by=None, now=now)
    return Task.objects.get(pk=pk)


def _batch(now: datetime) -> ImportBatch:
    """An import of a file that is gone."""
    return ImportBatch.objects.create(
        name="people.csv", file="gone.csv", size=1, encoding="utf-8", delimiter=",", has_header=True, created_at=now
    )


def _review(lead: Lead, by: User, now: datetime) -> BorderlineReview:
    """A look at a lead, put off until tomorrow."""
    model = ScoreModel.objects.get(slug="mql")
    said = {"version": 1, "cycle": 1, "points": 75, "verdict": "wait", "until": now.date() + timedelta(days=1)}
    return BorderlineReview.objects.create(lead=lead, model=model, by=by, recorded_at=now, **said)


def _notice(user: User, lead: Lead, now: datetime) -> Notification:
    return Notification.objects.create(user=user, kind="recycled", lead=lead, dedupe_key="told", created_at=now)


def _inside(lead: Lead, sequence: Sequence, now: datetime) -> Enrollment:
    version = sequence.versions.get(state="published")
    return Enrollment.objects.create(
        lead=lead, sequence=sequence, version=version, cycle=1, due_at=now, enrolled_at=now
    )


def _rules(now: datetime) -> None:
    """A published model that decides on a stage, and a draft of its next version."""
    model = publish_model("mql", now=now)
    set_criterion(stage("mql"), {"leaf": "score", "model": "mql", "op": "gte", "value": 80}, by=None, now=now)
    for realm in Realm:
        publish_profile(realm, NewProfile([Wish("need", "Looks at pages", PAGE_VIEWED)]), by=None, now=now)
    rule = RuleSpec(points=10, group="fit", condition=PAGE_VIEWED)
    ScoreModel.objects.create(slug="unscored", name="Without versions", purpose="marketing")
    save_draft(model, Draft(groups=[GroupSpec("fit", "fit")], rules=[rule]))


def state() -> list[Any]:
    """What no refused request may change."""
    rows = (
        Task,
        RoutingRule,
        Holiday,
        Absence,
        Sla,
        Team,
        Lead,
        Company,
        Handover,
        Milestone,
        Opportunity,
        Campaign,
        Sequence,
        SequenceVersion,
        Enrollment,
        Script,
    )
    tables = (
        Activity,
        BantAssessment,
        Capture,
        Consent,
        Criterion,
        Event,
        IcpProfile,
        ModelVersion,
        ScoringRule,
        StageChange,
        Step,
        Message,
        OpportunityChange,
        Stakeholder,
        ApiToken,
    )
    values = [list(table.objects.order_by("pk").values()) for table in rows]
    return [*values, *(table.objects.count() for table in (*tables, ApiToken, User))]


def address_of(name: str, route: Route, world: SimpleNamespace, which: str) -> str | None:
    """The address with its objects in place; None where the stock admin wants an object that does not exist."""
    named = {
        parameter: thing[1:] if thing.startswith("=") else getattr(world, thing)[which].pk
        for parameter, thing in route.named.items()
    }
    for attempt in ({"kwargs": named}, {"args": [1]}, {"args": ["x"]}, {"args": [1, 1]}):
        try:
            return reverse(name, **attempt)
        except NoReverseMatch:
            continue
    return None


def ask(client: Client, verb: str, address: str, *, takes_json: bool) -> HttpResponse:
    """One request, undone afterwards."""
    with transaction.atomic():
        kind = {"content_type": "application/json"} if takes_json else {}
        body = {"data": {}} if verb in UNSAFE and takes_json else {}
        answer = getattr(client, verb.lower())(address, **body, **kind if verb in UNSAFE else {})
        answer.state = None if verb not in UNSAFE or is_let_in(answer) else state()
        transaction.set_rollback(True)
    return answer


def is_let_in(answer: HttpResponse) -> bool:
    """Past the guards: the body may still be wanting."""
    sent_away = answer.status_code == 302 and "/accounts/login/" in answer["Location"]
    return answer.status_code not in (401, 403, 404, 405) and not sent_away


def is_sent_to_sign_in(answer: HttpResponse) -> bool:
    """Strangers: 401 for machines, the sign-in for people."""
    return answer.status_code == 401 or (answer.status_code == 302 and "login/" in answer["Location"])


def signed_in(user: User) -> Client:
    """A browser of that user."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def with_token(user: User, *scopes: str, expires_at: datetime | None = None, is_revoked: bool = False) -> Client:
    """A machine with a token of that user."""
    token, secret = ApiToken.issue(user, scopes, expires_at=expires_at)
    if is_revoked:
        ApiToken.objects.filter(pk=token.pk).update(revoked_at=NOW)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def strangers(admin: User) -> dict[str, Client]:
    """Nobody, and those whose token is no token."""
    return {
        "nobody": Client(),
        "foreign token": Client(headers={"Authorization": "Bearer lcrm_of_another_house"}),
        "expired token": with_token(admin, expires_at=NOW),
        "revoked token": with_token(admin, is_revoked=True),
        "token of somebody gone": with_token(make_user(Role.ADMIN, is_active=False)),
    }


def is_api(name: str) -> bool:
    """Whether machines come here."""
    return "_api:" in name or name == "schema"


GUARDED = [name for name in ADDRESSES if name not in PUBLIC]


@pytest.mark.parametrize("name", GUARDED)
def test_roles_reach_what_the_table_says(name, world):
    route, callers = route_of(name), world.machines if is_api(name) else world.browsers
    for which in ("near", "far") if route.named else ("near",):
        address = address_of(name, route, world, which)
        for verb in verbs_of(name) if address else ():
            for role, client in callers.items():
                answer = ask(client, verb, address, takes_json=is_api(name))
                _judge(route.verbs.get(verb), role, which, answer, world.before, f"{role} {verb} {address} ({which})")


def _judge(rule: Rule | None, role: Role, which: str, answer: HttpResponse, before: list[Any], what: str) -> None:
    expected = {403, 404, 405} if rule is None else rule.expected(role, which)
    is_admins = "/settings/" in answer.request["PATH_INFO"] and not expected
    if expected:
        sent_away = is_sent_to_sign_in(answer)  # what the stock admin does with people who are no administrators
        assert answer.status_code in expected or sent_away, f"{what}: {answer.status_code}, expected {expected}"
        assert answer.state in (None, before), f"{what}: refused, and yet something changed"
    else:
        assert is_let_in(answer) or is_admins, f"{what}: {answer.status_code}"


@pytest.mark.parametrize("name", GUARDED)
def test_strangers_and_dead_tokens_are_sent_away(name, world):
    address = address_of(name, route_of(name), world, "near")
    # A page knows no tokens: there one dead token stands for all.
    callers = list(world.strangers.items())[: None if is_api(name) else 2]
    for who, client in callers:
        for verb in verbs_of(name) if address else ():
            answer = ask(client, verb, address, takes_json=is_api(name))

            what = f"{who}: {verb} {address}: {answer.status_code}"
            assert is_sent_to_sign_in(answer) or answer.status_code in (403, 405), what
            assert answer.state in (None, world.before), what


@pytest.mark.parametrize("name", [name for name in GUARDED if is_api(name)])
def test_scopes_narrow_a_token(name, world):
    route = route_of(name)
    address = address_of(name, route, world, "near")
    for scope, client in world.scoped.items():
        for verb, rule in route.verbs.items():
            answer = ask(client, verb, address, takes_json=True)

            what = f"{scope} {verb} {address}: {answer.status_code}"
            assert is_let_in(answer) if scope in rule.scopes else answer.status_code == 403, what
            assert answer.state in (None, world.before), what


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_addresses_answer_strangers(name, world):
    address = address_of(name, Route({}), world, "near") or reverse(name, args=["1", "2-3"])

    answer = Client().get(address)

    assert answer.status_code in (200, 302, 404, 405, 410, 503)
