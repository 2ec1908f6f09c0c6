"""The campaign that runs now: leads in every stage, told backwards from the present."""

import random
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from leadcrm.demo.facts import Fact
from leadcrm.demo.people import Person, Population
from leadcrm.demo.profiles import Suits, colleague, profile, somebody
from leadcrm.demo.scenes import Story
from leadcrm.demo.shapes import MAIL_DAYS
from leads.handover.decide import Verb
from leads.handover.offer import decide_by
from leads.models import Kind, Outcome
from users.models import Organisation

DAY = timedelta(days=1)
CHANNELS = ["linkedin", "linkedin", "linkedin", "email-sequence", "email-sequence", "facebook", "google-search"]
CHANNELS += ["referrals", "tiktok"]
REGIONS = ["us-east"] * 6 + ["us-west", "us-west", "europe", "europe", "israel"]
NOTES = ["Prefers mail to calls.", "Met at the CFO forum.", "Asked for a reference in the same industry."]


@dataclass(frozen=True)
class Way:
    """One lead, in days before now: captured, engaged, qualified, decided, assessed by sales, proven, closed."""

    captured: float
    engaged: float = 0
    qualified: float = 0
    decided: float = 0
    assessed: float = 0
    proven: float = 0
    closed: float = 0
    verb: Verb = Verb.ACCEPT
    sheet: str = ""
    ends: Outcome | None = None
    parts: str = ""  # marketing's BANT; without `qualified` it leaves the lead short of the threshold
    suits: Suits = "ideal"
    by_mail: bool = False
    region: str = ""
    joins: "Way | None" = None  # works at that lead's company
    recommended: float = 0
    called: float = 0
    call_again: float = 0  # in days from now: before now, the call is due


_FRESH: list[tuple[float, Suits]] = [
    (0.05, "well"), (0.2, "little"), (0.4, "partly"), (0.9, "well"), (1.2, "partly"), (2.1, "well"),
    (2.9, "partly"), (3.6, "partly"), (5.2, "well"), (6.5, "partly"), (8, "little"), (11, "partly"),
    (19, "partly"), (33, "partly"), (40, "little"),
]  # fmt: skip
FRESH = [Way(days, suits=suits) for days, suits in _FRESH]
ENGAGED = [
    Way(6, 0.3, suits="well"), Way(9, 1.1, suits="ideal"), Way(12, 2.2, suits="partly", by_mail=True),
    Way(13, 5, suits="well"), Way(17, 8, suits="partly"), Way(18, 6, suits="well", by_mail=True),
    Way(24, 10, suits="partly"), Way(29, 16, suits="well"), Way(36, 20, suits="partly", by_mail=True),
    # Borderline: they lack little. The last one would be a customer, had they the money.
    Way(15, 6, parts="yuuu", region="us-west", called=2.2, call_again=-0.03),
    Way(20, 7, parts="uuyu", region="europe", called=1.3, call_again=0.12),
    Way(22, 9, parts="uyuu", region="us-west"), Way(21, 9, parts="nyyy", region="us-east"),
]  # fmt: skip
OFFERED = [
    Way(16, 8, 0.15, parts="yyyp"),
    Way(18, 9, 0.8, parts="yyyy", recommended=0.6),
    Way(13, 5, 1.2, parts="pyyy"),
]
OVERDUE = Way(23, 12, 5.2, parts="yyyp")
SOON_DUE = Way(20, 10, 0, parts="yyyp")  # offered so that it is due in a few hours
SALES = [
    Way(22, 12, 6, 0.4, parts="yyyp"),
    Way(26, 16, 9, 5, 1.3, sheet="yyyp:MS", parts="yyyp"),
    Way(30, 20, 14, 11, 6, sheet="yypp:MD", parts="yyyy"),
    Way(27, 17, 11, 8, 3, sheet="yypu:MD", parts="yyyp"),
    Way(33, 21, 15, 13, 9, sheet="ppyu:M", parts="yyyp"),
    Way(29, 18, 12, 9, 2, sheet="yyyp:MDCS", parts="yyyp"),
    Way(34, 24, 17, 15, 8, sheet="yyyy:MDC", parts="yyyy"),
    Way(31, 20, 13, 10, 4, sheet="ypyy:MDCSER", parts="pyyy"),
    Way(38, 27, 20, 18, 13, 3, sheet="yyyy:MDCSE", parts="yyyp"),
    Way(40, 30, 24, 21, 16, 6, sheet="yyyp:MDCSE", parts="yyyy"),
    Way(36, 25, 19, 16, 12, 1.2, sheet="yypy:MCSER", parts="yyyp"),
]
ENDED = [
    Way(41, 31, 26, 24, 20, 11, 2.5, sheet="yyyy:MDCSE", parts="yyyy", ends=Outcome.WON),
    Way(42, 33, 27, 25, 21, 13, 5, sheet="yyyp:MDCSE", parts="yyyy", ends=Outcome.WON),
    Way(39, 28, 21, 19, 14, 0, 4, sheet="yyyp:MDCS", parts="yyyp", ends=Outcome.LOST),
    Way(41, 30, 23, 20, 17, 10, 1.5, sheet="yyyy:MDC", parts="yyyp", ends=Outcome.LOST),
    Way(37, 26, 18, 16, 11, 0, 6, sheet="yppu:MS", parts="yyyp", ends=Outcome.NURTURE),
    Way(32, 18, closed=4, suits="well", ends=Outcome.NURTURE),
    Way(28, closed=7, suits="partly", ends=Outcome.NURTURE),
    Way(25, 15, 8, 5.5, verb=Verb.RETURN, parts="yyyp"),
    Way(30, 19, 12, 9, verb=Verb.RETURN, parts="pyyy"),
    Way(27, 16, 10, 7, verb=Verb.REJECT, parts="yyyp"),
]
# Others of the buying committees.
COLLEAGUES = [
    Way(10, suits="little", joins=SALES[5]), Way(6, suits="little", joins=SALES[8]),
    Way(3.2, suits="little", joins=SALES[8]), Way(2.4, suits="little", joins=OFFERED[0]),
]  # fmt: skip
WAYS = [*FRESH, *ENGAGED, *OFFERED, OVERDUE, SOON_DUE, *SALES, *ENDED, *COLLEAGUES]


def always_on_facts(slug: str, now: datetime, zone: ZoneInfo, population: Population, seed: int) -> list[Fact]:
    """Everything that has happened in the running campaign by `now`, in no order."""
    rnd = random.Random(seed)
    facts: list[Fact] = []
    people: dict[Way, Person] = {}
    for number, way in enumerate(WAYS):
        region = way.region or REGIONS[(number * 7) % len(REGIONS)]
        if way.joins is None:
            person = somebody(population, region, way.suits)
        else:
            person = colleague(population, people[way.joins].company)
        people[way] = person
        story = Story(person, slug, CHANNELS[number % len(CHANNELS)], rnd)
        teller = Teller(way, story, now, zone)
        teller.read_and_visit()
        teller.become_known()
        if way.qualified or way is SOON_DUE:
            teller.meet_sales(soon_due(now) if way is SOON_DUE else None)
        teller.end()
        facts += story.facts
    return facts


def began_on(now: datetime, zone: ZoneInfo) -> datetime:
    """When the running campaign began: before its first lead."""
    day = (now - DAY * (max(way.captured for way in WAYS) + 3)).astimezone(zone).date()
    return datetime.combine(day, time.min, tzinfo=zone)


def soon_due(now: datetime) -> datetime:
    """When to offer a lead so that the decision is due within hours, or as soon as working days allow."""
    zone = Organisation.load().zone
    offers = [now - timedelta(hours=hours) for hours in range(6, 24 * 7)]
    worked = [at for at in offers if 8 <= at.astimezone(zone).hour < 18]
    still_open = {at: due for at, due in decide_by(worked).items() if due > now + timedelta(hours=2)}
    return min(still_open, key=lambda at: still_open[at])


class Teller:
    """Turns one way into a story."""

    def __init__(self, way: Way, story: Story, now: datetime, zone: ZoneInfo) -> None:
        self.way, self.story, self.now, self.zone = way, story, now, zone
        self.random = story.random

    def at(self, days_ago: float) -> datetime:
        """A moment so many days ago, within working hours unless it is as good as now."""
        moment = self.now - DAY * days_ago
        if days_ago < 1:
            return moment
        local = datetime.combine(moment.astimezone(self.zone).date(), time(8, 30), tzinfo=self.zone)
        return local + timedelta(seconds=self.random.randrange(10 * 3600))

    def read_and_visit(self) -> None:
        """The capture, visits and mails; nothing after the lead was refused or the pass closed."""
        way, story = self.way, self.story
        self.captured = self.at(way.captured)
        self.engaged = self.at(way.engaged) if way.engaged else None
        story.arrive(self.captured)
        self._read()
        if self.engaged is None:
            if way.captured > 2 and self.random.random() < 0.6:
                story.look_around(self.captured + DAY * self.random.uniform(0.1, way.captured / 2))
            return
        if not way.by_mail:
            between = self.engaged - self.captured
            for share in (0.3, 0.7):
                story.visit(self.captured + between * self.random.uniform(share - 0.15, share + 0.15))
            story.visit(self.engaged, decides=True)
        if self._until() - self.engaged > 3 * DAY:
            story.visit(self.engaged + (self._until() - self.engaged) * self.random.uniform(0.2, 0.8))

    def _until(self) -> datetime:
        """Before this moment things go on: the lead was sent back or closed, or it is now."""
        way = self.way
        refused = way.decided and way.verb != Verb.ACCEPT
        last = way.decided if refused else way.closed
        return self.now - DAY * (last + 1 if last else 0) - timedelta(minutes=20)

    def _read(self) -> None:
        """What is done with the mails the sequence sends; engaged leads read on, others open one at most."""
        reads = self.way.by_mail or self.random.random() < 0.45
        for mail, day in MAIL_DAYS.items():
            sent = self.captured + DAY * day + timedelta(minutes=2)
            if sent > self._until() or (mail > 2 and not reads):
                return
            if reads:
                self._open(mail, sent + timedelta(hours=self.random.uniform(0.3, 30)))
            elif mail == 1 and self.random.random() < 0.2:
                self.story.scan(mail, sent + timedelta(seconds=4))

    def _open(self, mail: int, at: datetime) -> None:
        engaged = self.engaged
        if mail > 2 and engaged is None:
            return
        if mail == 3 and engaged and self.way.by_mail:
            self.story.open(mail, engaged, decides=True)
            return
        if mail > 2 and engaged:
            at = max(at, engaged + timedelta(hours=self.random.uniform(1, 20)))
        if at < self._until() and (mail != 2 or self.random.random() < 0.6):
            self.story.open(mail, at)
            if self.random.random() < 0.25:
                self.story.click(mail, at + timedelta(seconds=40))

    def become_known(self) -> None:
        """Marketing completes what it knows and asks first questions."""
        way = self.way
        if way.called:
            self.story.call(self.at(way.called), self.now + DAY * way.call_again)
        known_by = self.captured + DAY * min(1.5, way.captured / 3)
        if way.suits != "little" and way.captured > 1:
            self.story.learn(known_by, profile(self.random, way.suits))
        if way.parts and not way.qualified and way is not SOON_DUE:
            self.story.assess(self.at(way.engaged - 2), way.parts, "Interested; some answers are still open.")
        if way.captured > 5 and self.random.random() < 0.3:
            self.story.talk(known_by + DAY, "sdr", self.random.choice(NOTES), kind=Kind.NOTE)

    def meet_sales(self, offered: datetime | None) -> None:
        """The diagnosis that makes it an offer, and what sales does with it."""
        way, story = self.way, self.story
        story.assess(offered or self.at(way.qualified), way.parts, "Wants a proposal this quarter.", decides=True)
        if way.recommended:
            story.recommend(self.at(way.recommended))
        if not way.decided:
            return
        reason = {Verb.RETURN: "not_ready", Verb.REJECT: "wrong_industry"}.get(way.verb, "")
        missing = ("timeline", "budget") if way.verb == Verb.RETURN else ()
        story.decide(self.at(way.decided), way.verb, reason=reason, missing=missing)
        if way.verb == Verb.ACCEPT and way.decided > 1:
            story.talk(self.at(way.decided - 1), "rep", "First contact: agreed on the next step.")
        if way.assessed:
            story.work(self.at(way.assessed), way.sheet)
        if way.proven:
            story.prove(self.at(way.proven))

    def end(self) -> None:
        """Won, lost, or later."""
        at = self.at(self.way.closed)
        if self.way.ends == Outcome.WON:
            amount = self.random.randrange(60, 220) * 100
            self.story.win(at, amount, amount * 6 // 10)
        elif self.way.ends == Outcome.LOST:
            self.story.end(at, Outcome.LOST, "price", "Chose the cheapest offer.")
        elif self.way.ends == Outcome.NURTURE:
            self.story.end(at, Outcome.NURTURE, "later", "Asked us to come back next year.")
