"""Whatever is done with leads, the entries read from the journal are those of the oracle."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from leads.handover.close import Deal, close, record_proof
from leads.handover.decide import Decision, Verb, decide, undo_decision
from leads.lifecycle.entries import Mode, PassScope, entries
from leads.lifecycle.move import Move, move
from leads.lifecycle.undo import undo
from leads.models import Cause, Channel, Handover, Lead, Opportunity, Outcome, Stage, StageChange
from leads.people.capture import NewCapture, capture
from tests.factories import NOW, make_campaign, make_user
from tests.oracle import funnel
from tests.oracle.cases import IS_PROOF, cases
from tests.oracle.facts import World, export
from tests.oracle.funnel import STAGES, Account

pytestmark = [pytest.mark.django_db, pytest.mark.proof]
LEADS, ROUNDS = 200, 10
CAMPAIGNS, CHANNELS = ["spring", "autumn"], ["linkedin", "facebook"]


class Life:
    """Random lives of many leads through the real flows, and an account of each."""

    def __init__(self, seed: int, leads: int) -> None:
        self.dice = Random(seed)
        self.by = make_user().pk
        self.campaigns = [make_campaign(slug).pk for slug in CAMPAIGNS]
        self.channels = list(Channel.objects.filter(slug__in=CHANNELS).values_list("pk", flat=True))
        self.accounts: dict[int, Account] = {}
        self.decided: dict[int, int] = {}  # lead to the handover last decided
        for row in capture([self._new(f"p{n}@b.example", NOW) for n in range(leads)], by=None, now=NOW):
            assert row.lead_id is not None
            self.accounts[row.lead_id] = Account()
            self.accounts[row.lead_id].captured(NOW)

    def _new(self, email: str, now: datetime) -> NewCapture:
        campaign, channel = self.dice.choice([None, *self.campaigns]), self.dice.choice([None, *self.channels])
        return NewCapture(occurred_at=now, email=email, campaign_id=campaign, channel_id=channel)

    def round(self, now: datetime) -> None:
        """Every lead does one thing that is allowed to it; those who do the same do it in one call."""
        groups: dict[str, dict[int, str]] = defaultdict(dict)
        for pk, account in self.accounts.items():
            what, how = self.dice.choice(list(self._choices(account)))
            groups[what][pk] = how
        for what, some in groups.items():
            getattr(self, f"_{what}")(some, now)

    def _choices(self, account: Account) -> Iterator[tuple[str, str]]:
        """What is allowed, the rarer the more often."""
        yield from [("rest", ""), ("recapture", ""), *[("undo", "")] * 3 * account.may_undo]
        last = STAGES.index("sql" if account.is_sales else "mql")
        if account.outcome:
            yield "person", self.dice.choice(STAGES[: last + 1])
            return
        here = STAGES.index(account.stage)
        yield from [("person", to) for to in (*STAGES[here + 1 : last + 1] * 2, *STAGES[:here][-1:])]
        yield "person", self.dice.choice(["disqualified", "nurture"])
        yield "bring", self.dice.choice([*STAGES[here + 1 :], "won", "lost"])
        if account.offered:
            yield from [("decide", verb) for verb in ("accept", "accept", "reject", "return")]
        yield from [("proof", "")] * 3 * (account.stage in ("sal", "sql"))
        yield from [("close", "lost")] * account.is_sales
        yield from [("close", "won")] * 3 * (account.stage == "sqo")

    def settle(self) -> None:
        """The time to undo passes for everybody."""
        for account in self.accounts.values():
            account.settled()

    def _rest(self, some: dict[int, str], now: datetime) -> None:
        for pk in some:
            self.accounts[pk].settled()

    def _recapture(self, some: dict[int, str], now: datetime) -> None:
        emails = Lead.objects.filter(pk__in=some).values_list("email", flat=True)
        capture([self._new(email, now) for email in emails], by=None, now=now)
        for pk in some:
            self.accounts[pk].captured(now)

    def _person(self, some: dict[int, str], now: datetime) -> None:
        wishes = [Move(lead_id=pk, to=to, cause=Cause.PERSON) for pk, to in some.items()]
        move(wishes, by=self.by, now=now)
        for pk, to in some.items():
            self.decided.pop(pk, None)
            self.accounts[pk].moved(to, now)

    def _bring(self, some: dict[int, str], now: datetime) -> None:
        """An import: dated back, by the day."""
        wishes = []
        for pk, to in some.items():
            at = now - timedelta(days=self.dice.randrange(4))
            wishes.append(
                Move(lead_id=pk, to=to, cause=Cause.IMPORT, occurred_at=at, date_only=self.dice.random() < 0.5)
            )
            self.accounts[pk].moved(to, at, announced=False)
            self.accounts[pk].settled()
        move(wishes, by=None, now=now)

    def _decide(self, some: dict[int, str], now: datetime) -> None:
        offers = dict(Handover.objects.filter(state="open", lead_id__in=some).values_list("lead_id", "pk"))
        reasons = {"accept": "", "reject": "bogus", "return": "not_ready"}
        wishes = [Decision(handover_id=offers[pk], verb=Verb(verb), reason=reasons[verb]) for pk, verb in some.items()]
        decide(wishes, by=self.by, now=now)
        for pk, verb in some.items():
            self.decided[pk] = offers[pk]
            self.accounts[pk].moved({"accept": "sal", "reject": "disqualified", "return": "mel"}[verb], now)

    def _proof(self, some: dict[int, str], now: datetime) -> None:
        for pk in some:
            record_proof(pk, form="oral", text="They said so.", by=self.by, now=now)
            self.decided.pop(pk, None)
            self.accounts[pk].moved("sqo", now)

    def _close(self, some: dict[int, str], now: datetime) -> None:
        deals = [
            Deal(lead_id=pk, outcome=Outcome(to), reason="price" if to == "lost" else "") for pk, to in some.items()
        ]
        close(deals, by=self.by, now=now)
        for pk, to in some.items():
            self.decided.pop(pk, None)
            self.accounts[pk].moved(to, now)

    def _undo(self, some: dict[int, str], now: datetime) -> None:
        decisions = {pk: self.decided.pop(pk) for pk in some if pk in self.decided}
        for handover in decisions.values():
            undo_decision(handover, by=self.by, now=now)
        others = [pk for pk in some if pk not in decisions]
        last = StageChange.objects.filter(lead_id__in=others).order_by("lead_id", "-pk").distinct("lead_id")
        undo(list(last.values_list("pk", flat=True)), by=self.by, now=now)
        for pk in some:
            self.accounts[pk].undone()


def assert_accounts_hold(life: Life) -> None:
    """Where the leads stand, what is offered, and every entry, are what the accounts say."""
    stood = {lead.pk: (lead.stage.slug, lead.outcome, lead.cycle) for lead in Lead.objects.select_related("stage")}
    assert stood == {pk: (a.stage, a.outcome, a.cycle) for pk, a in life.accounts.items()}
    offered = sorted(Handover.objects.filter(state="open").values_list("lead_id", flat=True))
    assert offered == sorted(pk for pk, account in life.accounts.items() if account.offered)
    for lead, cycle, state in Opportunity.objects.exclude(state="open").values_list("lead_id", "cycle", "state"):
        assert (cycle, state) in life.accounts[lead].entered


def live(seed: int, leads: int = LEADS) -> Life:
    """Run whole lives. Rounds follow each other at once, so that a move may be undone, or after days."""
    life, now = Life(seed, leads), NOW
    for _ in range(ROUNDS):
        pause = life.dice.choice([5, 5, 86_400, 3 * 86_400 + 7])
        now += timedelta(seconds=pause)
        if pause > 5:
            life.settle()
        life.round(now)
        assert_accounts_hold(life)
    return life


def rows_of(scope: PassScope, select=entries) -> list[dict]:
    """The rows of a statement, with slugs for stages."""
    slugs = dict(Stage.objects.values_list("pk", "slug"))
    found = select(scope)
    with connection.cursor() as cursor:
        cursor.execute(found.text, found.params)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [row | {"to": row["outcome"] or slugs[row["stage_id"]]} for row in rows]


def expected(world: World, scope: PassScope) -> dict[tuple[int, int, str], tuple]:
    """The oracle's entries of a scope."""
    counted = {}
    for (lead, cycle, to), line in funnel.first_entries(world).items():
        (began,) = (p for p in world.people[lead].passes if p.what["cycle"] == cycle)
        fits = scope.campaign in ("", began.what["campaign"]) and scope.channel in ("", began.what["channel"])
        when = began.at if scope.mode == Mode.COHORT else line.at
        if fits and scope.since <= when < scope.until:
            counted[lead, cycle, to] = (line.at, line.date_only, line.passed_through or line.out_of_order)
    return counted


@pytest.mark.parametrize("seed", range(10 if IS_PROOF else 1))
def test_entries_are_those_of_the_oracle(seed: int) -> None:
    life = live(seed)
    with connection.cursor() as cursor:
        # As the database does by itself soon after a commit. What it knew of these tables may be that they are empty,
        # from rows of former tests that it has tidied away: then it would compare each line with each.
        cursor.execute("ANALYZE leads_lead, leads_pass, leads_stagechange")
    world = export()
    days = st.integers(-3, 30).map(lambda day: NOW + timedelta(days=day))

    accounts = {(pk, *key): at for pk, account in life.accounts.items() for key, at in account.entered.items()}
    assert {key: line.at for key, line in funnel.first_entries(world).items()} == accounts

    @cases(20 if IS_PROOF else 200)
    @given(days, days, st.sampled_from(Mode), st.sampled_from(["", *CAMPAIGNS]), st.sampled_from(["", *CHANNELS]))
    def check(one: datetime, other: datetime, mode: Mode, campaign: str, channel: str) -> None:
        since, until = sorted([one, other])
        scope = PassScope(since=since, until=until, mode=mode, campaign=campaign, channel=channel)
        got = rows_of(scope)

        shown = {(r["lead_id"], r["cycle"], r["to"]): (r["occurred_at"], r["date_only"], r["untimed"]) for r in got}
        assert len(got) == len(shown)
        assert shown == expected(world, scope)

    check()


def test_every_kind_of_life_is_led() -> None:
    live(seed=0, leads=80)
    changes = StageChange.objects

    assert changes.filter(cycle__gte=3).exists()
    assert set(changes.values_list("cause", flat=True)) == {"capture", "handover", "proof", "person", "import", "undo"}
    assert set(changes.exclude(outcome="").values_list("outcome", flat=True)) == set(Outcome.values)
    assert changes.filter(passed_through=True, undone_by__isnull=False).exists()
    assert changes.filter(out_of_order=True).exists()
    assert Handover.objects.filter(state="returned").exists()
