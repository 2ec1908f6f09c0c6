"""What sales and its development do in the demo: worksheets, calls, decisions, deals."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leadcrm.demo.deals import agree, finish
from leadcrm.demo.facts import Assessed, Called, Closed, Decided, Fact, Proven, Recommended
from leads.activity.assess import Assessment, assess
from leads.handover.close import Deal, close, record_proof
from leads.handover.decide import Decision, decide
from leads.handover.recommend import Recommendation, recommend
from leads.lifecycle.move import Move, move
from leads.models import BantState, CallResult, Cause, Handover, HandoverState, Lead, Outcome, Realm, StageRole
from leads.people.calls import NewCall, log_call

LETTERS = {"u": BantState.UNKNOWN, "n": BantState.NO, "p": BantState.PARTLY, "y": BantState.YES}
AGAIN = timedelta(days=150)  # until those who are not ready are asked again


@dataclass
class SalesRoom:
    """Knows who works here and which leads there are, both by name."""

    users: Mapping[str, int]
    leads: Mapping[str, int]

    def assessed(self, facts: Sequence[Assessed], now: datetime) -> None:
        """BANT worksheets; sales fills them for leads it has."""
        in_sales = self._in_sales([fact for fact in facts if fact.realm == Realm.SALES])
        for role, rows in by_role(facts).items():
            sheets = [self._sheet(row) for row in rows if row.realm == Realm.MARKETING or row.who in in_sales]
            assess(sheets, by=self.users[role], now=now)

    def _sheet(self, fact: Assessed) -> Assessment:
        budget, authority, need, timeline = (LETTERS[letter] for letter in fact.parts)
        return Assessment(
            lead_id=self.leads[fact.who],
            realm=fact.realm,
            budget=budget,
            authority=authority,
            need=need,
            timeline=timeline,
            note=fact.note,
            occurred_at=fact.at,
        )

    def called(self, facts: Sequence[Called], now: datetime) -> None:
        """Calls after which somebody is to call again."""
        calls = [
            NewCall(
                lead_id=self.leads[fact.who],
                result=CallResult.CALL_BACK,
                minutes=4,
                text=fact.text,
                call_back_at=fact.again_at,
            )
            for fact in facts
        ]
        log_call(calls, by=self.users["sdr"], now=now)

    def recommended(self, facts: Sequence[Recommended], now: datetime) -> None:
        """What sales development recommends of what lies open; the demo moves nobody by hand."""
        wanted = {self.leads[fact.who]: fact.text for fact in facts}
        offers = Handover.objects.filter(lead_id__in=wanted, state=HandoverState.OPEN)
        said = [Recommendation(lead_id=pk, text=wanted[pk]) for pk in offers.values_list("lead_id", flat=True)]
        recommend(said, by=self.users["sdr"], now=now)

    def decided(self, facts: Sequence[Decided], now: datetime) -> None:
        """Sales decides on what was offered; without an offer there is nothing to decide."""
        wanted = {self.leads[fact.who]: fact for fact in facts}
        offers = Handover.objects.filter(lead_id__in=wanted, state=HandoverState.OPEN)
        for pk, lead_id in offers.values_list("pk", "lead_id"):
            fact = wanted[lead_id]
            wish = Decision(handover_id=pk, verb=fact.verb, reason=fact.reason, missing=fact.missing, note=fact.note)
            decide([wish], by=self.users[fact.role], now=now)

    def proven(self, facts: Sequence[Proven], now: datetime) -> None:
        """Proofs of leads that sales holds qualified."""
        qualified = self._in_sales(facts, roles=[StageRole.SALES_QUALIFIED])
        for fact in facts:
            if fact.who in qualified:
                record_proof(self.leads[fact.who], form=fact.form, text=fact.text, by=self.users["rep"], now=now)
                agree([self.leads[fact.who]], by=self.users["rep"], now=now)

    def closed(self, facts: Sequence[Closed], now: datetime) -> None:
        """Passes end: sales ends those it has, marketing sets its own to nurture."""
        in_sales = self._in_sales(facts)
        for fact in facts:
            lead_id = self.leads[fact.who]
            if fact.outcome == Outcome.NURTURE:
                wish = Move(
                    lead_id=lead_id,
                    to=fact.outcome,
                    cause=Cause.PERSON,
                    reason=fact.reason,
                    note=fact.note,
                    until=(now + AGAIN).date(),
                )
                move([wish], by=self.users["rep" if fact.who in in_sales else "marketer"], now=now)
            elif fact.who in in_sales:
                if fact.outcome == Outcome.WON:
                    finish(lead_id, by=self.users["rep"], now=now)
                deal = Deal(
                    lead_id=lead_id,
                    outcome=fact.outcome,
                    amount=fact.amount,
                    currency="USD" if fact.amount else "",
                    reason=fact.reason,
                    note=fact.note,
                )
                close([deal], by=self.users["rep"], now=now)

    def _in_sales(
        self,
        facts: Sequence[Fact],
        roles: Sequence[str] = (StageRole.ACCEPTED, StageRole.SALES_QUALIFIED, StageRole.OPPORTUNITY),
    ) -> set[str]:
        """Whose pass is open and stands at one of these stages of sales."""
        if not facts:
            return set()
        who = [fact.who for fact in facts]
        rows = Lead.objects.filter(email__in=who, outcome="", stage__role__in=roles)
        return {email for email in rows.values_list("email", flat=True) if email}


def by_role(facts: Sequence[Any]) -> dict[str, list[Any]]:
    """Facts by the role of ours that told them."""
    groups: dict[str, list[Any]] = defaultdict(list)
    for fact in facts:
        groups[fact.role].append(fact)
    return groups
