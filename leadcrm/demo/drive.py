"""Drives facts through the flows, in the order of time, and lets the workers work after each moment that matters."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from leadcrm.demo.facts import (
    Arrival,
    Assessed,
    Called,
    CampaignEnded,
    Closed,
    Decided,
    Deed,
    Deeds,
    Fact,
    Learned,
    MailRead,
    Proven,
    Recommended,
)
from leadcrm.demo.post import Post
from leadcrm.demo.sales_room import SalesRoom, by_role
from leads.activity.record import NewActivity, record
from leads.handover.sweep import sweep
from leads.models import Campaign, Channel, Lead
from leads.people.campaigns import end_campaigns
from leads.people.capture import NewCapture, capture
from leads.people.companies import CompanyFacts
from leads.people.edit import edit_companies, edit_leads
from scoring.touched import drain, touch_due

CONSENT = "I agree to receive mails about invoicing and studies like this one. I can withdraw at any time."
# What is known at one moment is recorded in this order.
ORDER: list[type[Fact]] = [
    *(Arrival, Learned, MailRead, Deeds),
    *(Assessed, Called, Recommended, Decided, Proven, Closed),
    CampaignEnded,
]
UNSENT = timedelta(hours=10)  # what was due since then is left to the workers of the installation
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
        room = SalesRoom(self.users, self.leads)
        self._flows: Mapping[type[Fact], Callable[[Any, datetime], None]] = {
            Arrival: self.arrivals,
            Learned: self.learned,
            Deeds: self.deeds,
            MailRead: self.mail_read,
            Assessed: room.assessed,
            Called: room.called,
            Recommended: room.recommended,
            Decided: room.decided,
            Proven: room.proven,
            Closed: room.closed,
            CampaignEnded: self.ended,
        }

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
        while sweep(now=until):
            pass

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
            while sweep(now=midnight):
                pass
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
                self._flows[kind](by_kind[kind], now)

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
        for role, rows in by_role(facts).items():
            by = self.users[role]
            companies = {self.companies[row.who]: _company_edit(row) for row in rows}
            edit_companies({pk: edit for pk, edit in companies.items() if edit}, by=by, now=now)
            people = {self.leads[row.who]: _lead_edit(row) for row in rows}
            edit_leads({pk: edit for pk, edit in people.items() if edit}, by=by, now=now)

    def deeds(self, facts: Sequence[Deeds], now: datetime) -> None:
        """Activities."""
        for role, rows in by_role(facts).items():
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

    def ended(self, facts: Sequence[CampaignEnded], now: datetime) -> None:
        """Campaigns end."""
        end_campaigns([fact.who for fact in facts], now=now)


def _company_edit(fact: Learned) -> dict[str, Any]:
    edit: dict[str, Any] = {"attributes": dict(fact.company)} if fact.company else {}
    return edit | ({"industry": fact.industry} if fact.industry else {})


def _lead_edit(fact: Learned) -> dict[str, Any]:
    edit: dict[str, Any] = {"attributes": dict(fact.lead), "buying_role": fact.buying_role, "phone": fact.phone}
    return {name: value for name, value in edit.items() if value}
