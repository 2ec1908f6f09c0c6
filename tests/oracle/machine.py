"""Random steps through the flows of the lifecycle, each told to the oracle too, and everything compared after it."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from leads.activity.assess import Assessment, assess
from leads.handover.claim import ClaimNotPossible
from leads.handover.close import Deal, close, close_lost, close_won, record_proof
from leads.handover.decide import AlreadyDecided, DuplicateNotPossible
from leads.handover.snooze import SnoozeNotPossible
from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.move import Move, MoveNotAllowed, move
from leads.lifecycle.undo import UndoNotPossible, undo
from leads.models import BantState, Cause, Evidence, Outcome, Realm, StageChange
from leads.people.campaigns import end_campaigns
from leads.people.capture import NewCapture, capture
from leads.people.edit import archive_leads, set_owner
from scoring.touched import drain, touch_due
from tests.factories import NOW, make_campaign, make_user, stage, view_pages
from tests.oracle.journal import found, told
from tests.oracle.lifecycle import Life, NotAllowed
from tests.oracle.qualifying import COOLDOWNS, CRITERIA, Facts, reached
from users.models import Organisation

PEOPLE, CAMPAIGNS = 3, ["spring", "autumn"]
MOMENT = timedelta(milliseconds=1)
REFUSALS = (
    MoveNotAllowed,
    AlreadyDecided,
    ClaimNotPossible,
    DuplicateNotPossible,
    SnoozeNotPossible,
    UndoNotPossible,
)
BANT = {"no": BantState.NO, "partly": BantState.PARTLY, "yes": BantState.YES}
done: Counter[str] = Counter()  # how often each step was taken, refused ones apart


class House:
    """A few leads, told to the flows and to the oracle. Each public method but `teardown` is a step."""

    def __init__(self) -> None:
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.now = NOW
        self.zone = Organisation.load().zone
        self.users = [make_user(), make_user()]
        self.campaigns = {slug: make_campaign(slug).pk for slug in CAMPAIGNS}
        self.ended: set[str] = set()
        self.lives: dict[int, Life] = {}
        self.facts: dict[int, Facts] = {}
        for slug, condition in CRITERIA.items():
            set_criterion(stage(slug), condition, by=None, now=NOW, cooldown_days=COOLDOWNS[slug])

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    # What may be done.

    def capture_somebody_new(self, campaign: str | None, ago: int) -> None:
        if len(self.lives) < PEOPLE:
            self._capture(f"p{len(self.lives)}@a.example", campaign, ago)

    def capture_again(self, who: int, campaign: str | None, ago: int) -> None:
        self._capture(f"p{who % len(self.lives)}@a.example", campaign, ago)

    def view(self, who: int, times: int, evidence: Evidence) -> None:
        pk = self._lead(who)
        view_pages([pk] * times, now=self.now, evidence=evidence)
        if evidence == Evidence.HUMAN:
            self.facts[pk].views += [self._day(self.now)] * times
        if evidence != Evidence.MACHINE:
            self.lives[pk].facts.append(self.now)
        self._compare("view", pk)

    def assess(self, who: int, realm: Realm, state: str) -> None:
        pk = self._lead(who)
        assess([Assessment(lead_id=pk, realm=realm, need=BANT[state], occurred_at=self.now)], by=None, now=self.now)
        self.facts[pk].need[realm] = state
        self.lives[pk].facts.append(self.now)
        self._compare("assess", pk)

    def work(self) -> None:
        """The sweep and the worker have their turn."""
        touch_due(now=self.now)
        drain(now=self.now)
        for pk, life in self.lives.items():
            life.woken()
            while target := self._reached(pk, life):
                life.met(target, self.now)
        self._compare("work", *self.lives)

    def move_by_hand(self, who: int, to: str) -> None:
        pk = self._lead(who)
        until = self._day(self.now) + timedelta(days=2) if to == "nurture" else None
        wish = Move(lead_id=pk, to=to, cause=Cause.PERSON, until=until)
        self._try(
            "move_by_hand",
            pk,
            lambda: move([wish], by=self.users[0].pk, now=self.now),
            lambda life: life.by_hand(to, self.now, until),
        )

    def renew(self, who: int) -> None:
        """Something new becomes known, and is judged."""
        self.view(who, 2, Evidence.HUMAN)
        self.assess(who, Realm.MARKETING, "yes")
        self.work()

    def move_several(self, wishes: dict[int, str]) -> None:
        """All or none, and each refusal is named."""
        chosen = {self._lead(who): to for who, to in wishes.items()}
        refused = {pk for pk, to in chosen.items() if not self._allows(pk, to)}
        moves = [Move(lead_id=pk, to=to, cause=Cause.PERSON) for pk, to in chosen.items()]
        named: set[int] = set()
        try:
            move(moves, by=self.users[0].pk, now=self.now)
        except MoveNotAllowed as error:
            named = set(error.reasons)
        else:
            for pk, to in chosen.items():
                self.lives[pk].by_hand(to, self.now)
        assert named == refused
        self._compare("move_several", *chosen)

    def bring(self, who: int, to: str, ago: int, date_only: bool) -> None:
        """An import says where the lead stands, or how its pass ended."""
        pk, at = self._lead(who), self.now - timedelta(days=ago)

        def bring() -> object:
            if to in ("won", "lost"):
                deal = Deal(lead_id=pk, outcome=Outcome(to), closed_at=at)
                return close([deal], by=None, now=self.now, cause=Cause.IMPORT)
            wish = Move(lead_id=pk, to=to, cause=Cause.IMPORT, occurred_at=at, date_only=date_only)
            return move([wish], by=None, now=self.now)

        self._try("bring", pk, bring, lambda life: life.imported(to, at, self.now))

    def undo(self, who: int) -> None:
        pk = self._lead(who)
        change = StageChange.objects.filter(lead=pk).latest("pk").pk
        self._try(
            "undo",
            pk,
            lambda: undo([change], by=self.users[0].pk, now=self.now),
            lambda life: life.undone(self.now),
        )

    def prove(self, who: int) -> None:
        pk, by = self._lead(who), self.users[0].pk
        self._try(
            "prove",
            pk,
            lambda: record_proof(pk, form="oral", text="They said so.", by=by, now=self.now),
            lambda life: life.proved(self.now),
        )

    def close(self, who: int, outcome: str) -> None:
        pk, by = self._lead(who), self.users[0].pk

        def close() -> object:
            if outcome == "won":
                return close_won(pk, amount=None, currency="", by=by, now=self.now)
            return close_lost(pk, reason="price", by=by, now=self.now)

        self._try("close", pk, close, lambda life: life.closed(outcome, self.now))

    def archive(self, who: int, restore: bool) -> None:
        pk = self._lead(who)
        archive_leads([pk], now=self.now, restore=restore)
        self.lives[pk].is_archived = not restore
        self._compare("archive", pk)

    def give(self, who: int, user: int | None) -> None:
        pk, owner = self._lead(who), None if user is None else self.users[user].pk
        set_owner({pk: owner}, now=self.now)
        self.lives[pk].owner = owner
        self._compare("give", pk)

    def end_campaign(self, slug: str) -> None:
        end_campaigns([slug], now=self.now)
        self.ended.add(slug)
        self._compare("end_campaign", *self.lives)

    def wait(self, pause: int) -> None:
        self.now += timedelta(seconds=pause)
        done["wait"] += 1

    # How it is done.

    def _capture(self, email: str, campaign: str | None, ago: int) -> None:
        at = self.now - timedelta(days=ago)
        row = NewCapture(occurred_at=at, email=email, campaign_id=self.campaigns.get(campaign or ""))
        (captured,) = capture([row], by=None, now=self.now)
        assert captured.lead_id is not None
        self.facts.setdefault(captured.lead_id, Facts())
        self.lives.setdefault(captured.lead_id, Life()).captured(at, self.now, campaign)
        self._compare("capture", captured.lead_id)

    def _try(self, what: str, pk: int, flow: Callable[[], object], telling: Callable[[Life], None]) -> None:
        """Do it to the lead and tell it to its life: both allow it, or both refuse and nothing is written."""
        written = _written()
        refused, forbidden = _refused(flow, *REFUSALS), _refused(lambda: telling(self.lives[pk]), NotAllowed)
        assert bool(refused) == bool(forbidden), f"{what}: refused {refused!r}, forbidden {forbidden!r}"
        assert not refused or written == _written()
        self._compare(f"{what}, refused" if refused else what, pk)

    def _lead(self, who: int) -> int:
        return list(self.lives)[who % len(self.lives)]

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def _reached(self, pk: int, life: Life) -> str | None:
        runs = life.campaign not in self.ended
        return reached(life, self.facts[pk], self.now, self._day, campaign_runs=runs)

    def _allows(self, pk: int, to: str) -> bool:
        try:
            deepcopy(self.lives[pk]).by_hand(to, self.now)
        except NotAllowed:
            return False
        return True

    def _compare(self, what: str, *leads: int) -> None:
        """The tables and the lives of these leads say the same, and the database would commit it. A moment passes."""
        done[what] += 1
        self.now += MOMENT
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        there = found(list(leads))
        for pk in leads:
            should = told(self.lives[pk])
            wrong = {name: (there[pk][name], said) for name, said in should.items() if there[pk][name] != said}
            assert not wrong, f"after {what}, lead {pk} (found, expected): {wrong}"


def _written() -> tuple[int, ...]:
    """How much stands in the tables every flow writes to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM leads_stagechange), (SELECT count(*) FROM leads_touched),"
            " (SELECT count(*) FROM leads_event), (SELECT count(*) FROM leads_handover)"
        )
        return tuple(cursor.fetchone())


def _refused(call: Callable[[], object], *errors: type[Exception]) -> str:
    """Why a call refuses; empty when it does not."""
    try:
        call()
    except errors as error:
        return str(error) or "refused"
    return ""
