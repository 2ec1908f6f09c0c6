"""Small scenes everybody's story is made of: a visit, a mail, a call, a worksheet."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from leadcrm.demo.deals import role_of
from leadcrm.demo.facts import (
    Arrival,
    Assessed,
    Called,
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
from leadcrm.demo.people import Person, phone_of
from leadcrm.demo.profiles import Profile
from leads.handover.decide import Verb
from leads.models import Kind, Medium, Outcome, Realm

SITE = "https://heshbonit4u.example"
REPORT = "oecd-report"
SERIOUS = ["/product", "/product/multi-currency", "/pricing", "/product/integrations", "/contact/sent"]
CASUAL = ["/", "/blog/oecd-findings", "/customers", "/blog/invoice-errors", "/about"]
ONBOARDING = timedelta(days=24)
ADVOCATES_PAY = 8000
GATEWAY = "Barracuda Sentinel (EE)"
MEDIUMS = {"email-sequence": Medium.MAIL, "referrals": Medium.REFERRAL}  # all other channels are paid
LOST = ["no_decision", "price", "timing", "competitor"]
KNOWN = {
    "D": ("lead", "decision_process", "mapped"),
    "S": ("lead", "stakeholders_met", 3),
    "C": ("company", "cost_of_errors", 8200),
    "E": ("company", "erp_integration", "supported"),
    "R": ("company", "security_review", True),
}
PROOFS = [
    ("written", "Asked in writing for a contract draft."),
    ("oral", "Said on the phone that the board approved the purchase."),
    ("behaviour", "Connected the trial to their ERP and invited eleven colleagues."),
]


class Story:
    """Collects what happens to one person; every method adds facts."""

    def __init__(self, person: Person, campaign: str, channel: str, rnd: random.Random) -> None:
        self.person, self.campaign, self.channel, self.random = person, campaign, channel, rnd
        self.facts: list[Fact] = []
        self._visits = 0

    def arrive(self, at: datetime) -> None:
        """The report is asked for, and read."""
        medium = MEDIUMS.get(self.channel, Medium.PAID)
        who = self.person.email
        self.facts.append(
            Arrival(who=who, at=at, person=self.person, campaign=self.campaign, channel=self.channel, medium=medium)
        )
        self._deeds([Deed(kind=Kind.DOWNLOAD, at=at, document=REPORT, campaign=self.campaign, channel=self.channel)])

    def visit(self, at: datetime, *, decides: bool = False) -> None:
        """A visit whose last page is a serious one; that one is reached at `at`."""
        pages = [*self.random.sample(CASUAL, self.random.randrange(3)), self.random.choice(SERIOUS)]
        if self.channel in MEDIUMS or self.random.random() < 0.5:
            medium, campaign, channel = self.random.choice([Medium.ORGANIC, Medium.DIRECT]), "", ""
        else:
            medium, campaign, channel = Medium.PAID, self.campaign, self.channel
        self._browse(at, pages, medium, decides=decides, campaign=campaign, channel=channel)

    def look_around(self, at: datetime) -> None:
        """A visit to pages that mean nothing."""
        self._browse(at, self.random.sample(CASUAL, 2), Medium.ORGANIC)

    def open(self, number: int, at: datetime, *, decides: bool = False) -> None:
        """A mail is opened."""
        self._read(number, at, decides=decides)

    def click(self, number: int, at: datetime) -> None:
        """A link in a mail is followed; it opens a visit of its own."""
        self._read(number, at, link=1)
        page = Deed(
            kind=Kind.PAGE_VIEW,
            at=at + timedelta(seconds=2),
            url=f"{SITE}/demo",
            visit=f"mail-{number}",
            dwell_seconds=self.random.randrange(20, 120),
            medium=Medium.MAIL,
            campaign=self.campaign,
        )
        self._deeds([page])

    def scan(self, number: int, at: datetime) -> None:
        """A mail gateway follows a link: recorded as machine, worth nothing."""
        self._read(number, at, link=1, agent=GATEWAY)

    def talk(self, at: datetime, role: str, text: str, *, kind: Kind = Kind.CALL) -> None:
        """One of us talks to the person."""
        minutes = self.random.randrange(4, 35)
        data = {"text": text} if kind == Kind.NOTE else {"outcome": "reached", "minutes": minutes, "text": text}
        self._deeds([Deed(kind=kind, at=at, source="crm", data=data)], role=role)

    def learn(self, at: datetime, known: Profile, role: str = "marketer") -> None:
        """Marketing completes what it knows of the company."""
        self.facts.append(
            Learned(
                who=self.person.email,
                at=at,
                role=role,
                lead=known.lead,
                company=known.company,
                industry=known.industry,
                buying_role=role_of(self.person.job_title),
                phone=phone_of(self.person),
            )
        )

    def assess(self, at: datetime, parts: str, note: str, *, decides: bool = False) -> None:
        """Sales development fills marketing's BANT worksheet after a call."""
        self.talk(at - timedelta(minutes=self.random.randrange(5, 25)), "sdr", note)
        self.facts.append(
            Assessed(
                who=self.person.email,
                at=at,
                role="sdr",
                realm=Realm.MARKETING,
                parts=parts,
                note=note,
                decides=decides,
            )
        )

    def call(self, at: datetime, again_at: datetime) -> None:
        """Sales development reaches somebody who has no time now."""
        text = "In a meeting; wants to be called again."
        self.facts.append(Called(who=self.person.email, at=at, again_at=again_at, text=text, alone=True))

    def recommend(self, at: datetime) -> None:
        """Sales development vouches for the lead."""
        text = "Budget is in this year's plan, and the CFO asked for a proposal herself. Call before Thursday."
        self.facts.append(Recommended(who=self.person.email, at=at, text=text, alone=True))

    def decide(
        self, at: datetime, verb: Verb, *, reason: str = "", missing: Sequence[str] = (), note: str = "",
        role: str = "rep",
    ) -> None:  # fmt: skip
        """Sales accepts, rejects or returns the offer."""
        self.facts.append(
            Decided(
                who=self.person.email,
                at=at,
                role=role,
                verb=verb,
                reason=reason,
                missing=missing,
                note=note,
                alone=True,
            )
        )

    def work(self, at: datetime, sheet: str) -> None:
        """The rep's worksheet: what was found out, and sales' own BANT."""
        parts, _, letters = sheet.partition(":")
        known: Mapping[str, dict[str, Any]] = {"lead": {}, "company": {}}
        for letter in letters.replace("M", ""):
            subject, key, value = KNOWN[letter]
            known[subject][key] = value
        if "M" in letters:
            text = "Went through their invoicing on screen."
            self.talk(at - timedelta(minutes=40), "rep", text, kind=Kind.MEETING)
        if known["lead"] or known["company"]:
            self.facts.append(
                Learned(who=self.person.email, at=at, role="rep", lead=known["lead"], company=known["company"])
            )
        self.facts.append(
            Assessed(who=self.person.email, at=at, role="rep", realm=Realm.SALES, parts=parts, decides=True)
        )

    def prove(self, at: datetime) -> None:
        """The intent to buy is shown."""
        form, text = self.random.choice(PROOFS)
        self.facts.append(Proven(who=self.person.email, at=at, form=form, text=text, alone=True))

    def win(self, at: datetime, amount: int, margin: int) -> None:
        """The order comes, and the pass is closed as won."""
        self.order(at, amount, margin)
        self.facts.append(Closed(who=self.person.email, at=at, outcome=Outcome.WON, amount=Decimal(amount), alone=True))
        self._fare(at + ONBOARDING, is_advocate=amount > ADVOCATES_PAY)

    def _fare(self, at: datetime, *, is_advocate: bool) -> None:
        """The customer is up and running, and says how it was."""
        self.facts.append(
            Learned(
                who=self.person.email,
                at=at,
                role="rep",
                lead={"experience_rating": 9 if is_advocate else 7, "is_advocate": is_advocate},
                company={"onboarded_on": at.date().isoformat()},
            )
        )

    def order(self, at: datetime, amount: int, margin: int) -> None:
        """An order, with its gross margin."""
        data = {"amount": f"{amount}.00", "currency": "USD", "gross_margin": f"{margin}.00"}
        self._deeds([Deed(kind=Kind.PURCHASE, at=at, source="crm", data=data)])

    def end(self, at: datetime, outcome: Outcome, reason: str, note: str = "") -> None:
        """The pass ends without an order."""
        self.facts.append(Closed(who=self.person.email, at=at, outcome=outcome, reason=reason, note=note, alone=True))

    def _read(
        self, number: int, at: datetime, *, link: int | None = None, agent: str = "", decides: bool = False
    ) -> None:
        fact = MailRead(
            who=self.person.email, at=at, campaign=self.campaign, number=number, link=link, agent=agent, decides=decides
        )
        self.facts.append(fact)

    def _browse(
        self, at: datetime, pages: Sequence[str], medium: Medium, *, decides: bool = False, campaign: str = "",
        channel: str = "",
    ) -> None:  # fmt: skip
        self._visits += 1
        visit, deeds, then = f"visit-{self._visits}", [], at
        for path in reversed(pages):
            dwell = self.random.randrange(15, 240)
            if path == "/contact/sent":
                sent = Deed(kind=Kind.FORM_SUBMIT, at=then, url=f"{SITE}/contact", visit=visit, medium=medium)
                deeds.append(sent)
            deeds.append(
                Deed(
                    kind=Kind.PAGE_VIEW,
                    at=then,
                    url=f"{SITE}{path}",
                    visit=visit,
                    dwell_seconds=dwell,
                    medium=medium,
                    campaign=campaign,
                    channel=channel,
                )
            )
            then -= timedelta(seconds=self.random.randrange(15, 240))
        self._deeds(deeds[::-1], decides=decides)

    def _deeds(self, deeds: Sequence[Deed], *, decides: bool = False, role: str = "") -> None:
        at = max(deed.at for deed in deeds)
        self.facts.append(Deeds(who=self.person.email, at=at, deeds=deeds, role=role, decides=decides))
