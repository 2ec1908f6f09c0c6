"""Drives facts through the flows, in the order of time, and lets the workers work after each moment that matters."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from leadcrm.demo.deals import agree, finish
from leadcrm.demo.facts import (
    Arrival,
    Assessed,
    CampaignEnded,
    Closed,
    Decided,
    Deed,
    Deeds,
    Fact,
    Learned,
    MailRead,
    Proven,
)
from leadcrm.demo.post import Post
from leads.activity.assess import Assessment, assess
from leads.activity.record import NewActivity, record
from leads.handover.close import Deal, close, record_proof
from leads.handover.decide import Decision, decide
from leads.lifecycle.move import Move, move
from leads.models import BantState, Campaign, Cause, Channel, Handover, HandoverState, Lead, Outcome, Realm, StageRole
from leads.people.campaigns import end_campaigns
from leads.people.capture import NewCapture, capture
from leads.people.companies import CompanyFacts
from leads.people.edit import edit_companies, edit_leads
from scoring.touched import drain, touch_due

CONSENT = "I agree to receive mails about invoicing and studies like this one. I can withdraw at any time."
LETTERS = {"u": BantState.UNKNOWN, "n": BantState.NO, "p": BantState.PARTLY, "y": BantState.YES}
# What is known at one moment is recorded in this order.
ORDER: list[type[Fact]] = [Arrival, Learned, MailRead, Deeds, Assessed, Decided, Proven, Closed, CampaignEnded]
UNSENT = timedelta(hours=10)  # what was due since then is left to the workers of the installation
AGAIN = timedelta(days=150)  # until those who are not ready are asked again
QUIET_DAYS = 7  # while nobody does anything, the worker looks once a week


@dataclass
class Driver:
    """Knows who is who while the days go by."""

    users: Mapping[str, int]
    zone: ZoneInfo
    campaigns: dict[str, int] = field(default_factory=dict)
    channels: dict[str, int] = field(default_factory=dict)
    leads: dict[str, int] = field(default_factory=dict)
    companies: dict[str, int] = field(default_factory=dict)
    post: Post = field(default_factory=Post)

    def __post_init__(self) -> None:
        self.campaigns = dict(Campaign.objects.values_list("slug", "pk"))
        self.channels = dict(Channel.objects.values_list("slug", "pk"))

    def drive(self, facts: Iterable[Fact], *, until: datetime, tell: Callable[[datetime], None]) -> None:
        """Record all facts up to `until`, day by day; `tell` hears when the next day with facts begins."""
        self.post.leave_due_since(until - UNSENT)
        told = (fact for fact in facts if fact.at <= until)
        in_order = sorted(told, key=lambda fact: (fact.at, fact.alone or fact.decides))
        yesterday: date | None = None
        for today, of_the_day in groupby(in_order, key=lambda fact: fact.at.astimezone(self.zone).date()):
            if yesterday is not None:
                self._nights(yesterday, today)
                tell(datetime.combine(today, time.min, tzinfo=self.zone))
            self.post.work(now=datetime.combine(today + timedelta(days=1), time.min, tzinfo=self.zone))
            self._day(of_the_day)
            yesterday = today
        if yesterday is not None:
            self._nights(yesterday, until.astimezone(self.zone).date())
        self.post.work(now=until)
        touch_due(now=until)
        drain(now=until)

    def _day(self, facts: Iterable[Fact]) -> None:
        """Facts with a moment of their own, and what is known of their leads by then; the rest when the day is over."""
        waiting: list[Fact] = []
        for fact in facts:
            waiting.append(fact)
            if fact.alone or fact.decides:
                self._record([earlier for earlier in waiting if earlier.who == fact.who])
                waiting = [earlier for earlier in waiting if earlier.who != fact.who]
            if fact.decides:
                drain(now=fact.at)
        self._record(waiting)

    def _nights(self, first: date, last: date) -> None:
        """Midnight comes: what only time changes is judged anew."""
        night = first + timedelta(days=1)
        while night <= last:
            midnight = datetime.combine(night, time.min, tzinfo=self.zone)
            self.post.work(now=midnight)
            touch_due(now=midnight)
            drain(now=midnight)
            night = min(night + timedelta(days=QUIET_DAYS), last) if night < last else last + timedelta(days=1)

    def _record(self, facts: Sequence[Fact]) -> None:
        """Tell the flows; all of it becomes known at the moment of the last fact."""
        if not facts:
            return
        now = facts[-1].at
        by_kind: dict[type[Fact], list[Any]] = defaultdict(list)
        for fact in facts:
            by_kind[type(fact)].append(fact)
        for kind in ORDER:
            if by_kind[kind]:
                _FLOWS[kind](self, by_kind[kind], now)

    def arrivals(self, facts: Sequence[Arrival], now: datetime) -> None:
        """People leave their details."""
        captured = capture([self._capture(fact) for fact in facts], by=None, now=now)
        ids = {fact.who: row.lead_id for fact, row in zip(facts, captured, strict=True) if row.lead_id}
        self.leads |= ids
        rows = Lead.objects.filter(pk__in=ids.values()).values_list("email", "company_id")
        self.companies |= {email: company for email, company in rows if email and company}
        self.post.let_in(ids.values(), now=now)

    def _capture(self, fact: Arrival) -> NewCapture:
        person, company = fact.person, fact.person.company
        return NewCapture(
            occurred_at=fact.at,
            email=person.email,
            first_name=person.first_name,
            last_name=person.last_name,
            job_title=person.job_title,
            company=CompanyFacts(
                name=company.name,
                domain=company.domain,
                employees=company.employees,
                country=company.country,
                region=company.region,
            ),
            channel_id=self.channels[fact.channel],
            campaign_id=self.campaigns[fact.campaign],
            document="oecd-report",
            audience="finance",
            medium=fact.medium.slug,
            utm={"source": fact.channel, "medium": fact.medium.slug, "campaign": fact.campaign},
            landing_page="https://heshbonit4u.example/oecd-report",
            consent=True,
            consent_text=CONSENT,
            consent_source="landing page",
        )

    def learned(self, facts: Sequence[Learned], now: datetime) -> None:
        """What was found out about people and companies is written down."""
        for role, rows in _by_role(facts).items():
            by = self.users[role]
            companies = {self.companies[row.who]: _company_edit(row) for row in rows}
            edit_companies({pk: edit for pk, edit in companies.items() if edit}, by=by, now=now)
            people = {self.leads[row.who]: _lead_edit(row) for row in rows}
            edit_leads({pk: edit for pk, edit in people.items() if edit}, by=by, now=now)

    def deeds(self, facts: Sequence[Deeds], now: datetime) -> None:
        """Activities."""
        for role, rows in _by_role(facts).items():
            activities = [self._activity(self.leads[row.who], deed) for row in rows for deed in row.deeds]
            record(activities, by=self.users.get(role), now=now)

    def _activity(self, lead_id: int, deed: Deed) -> NewActivity:
        return NewActivity(
            lead_id=lead_id,
            kind=deed.kind,
            occurred_at=deed.at,
            url=deed.url,
            visit=deed.visit,
            dwell_seconds=deed.dwell_seconds,
            medium=deed.medium,
            campaign_id=self.campaigns.get(deed.campaign),
            channel_id=self.channels.get(deed.channel),
            document=deed.document,
            source=deed.source,
            data=dict(deed.data),
        )

    def mail_read(self, facts: Sequence[MailRead], now: datetime) -> None:
        """Readers' programs load pictures and follow links."""
        self.post.read([(self.leads[fact.who], fact) for fact in facts], now=now)

    def assessed(self, facts: Sequence[Assessed], now: datetime) -> None:
        """BANT worksheets; sales fills them for leads it has."""
        in_sales = self._in_sales([fact for fact in facts if fact.realm == Realm.SALES])
        for role, rows in _by_role(facts).items():
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

    def ended(self, facts: Sequence[CampaignEnded], now: datetime) -> None:
        """Campaigns end."""
        end_campaigns([fact.who for fact in facts], now=now)

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


def _by_role(facts: Sequence[Any]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = defaultdict(list)
    for fact in facts:
        groups[fact.role].append(fact)
    return groups


def _company_edit(fact: Learned) -> dict[str, Any]:
    edit: dict[str, Any] = {"attributes": dict(fact.company)} if fact.company else {}
    return edit | ({"industry": fact.industry} if fact.industry else {})


def _lead_edit(fact: Learned) -> dict[str, Any]:
    edit: dict[str, Any] = {"attributes": dict(fact.lead)} if fact.lead else {}
    return edit | ({"buying_role": fact.buying_role} if fact.buying_role else {})


_FLOWS: Mapping[type[Fact], Callable[[Driver, Any, datetime], None]] = {
    Arrival: Driver.arrivals,
    Learned: Driver.learned,
    Deeds: Driver.deeds,
    MailRead: Driver.mail_read,
    Assessed: Driver.assessed,
    Decided: Driver.decided,
    Proven: Driver.proven,
    Closed: Driver.closed,
    CampaignEnded: Driver.ended,
}
