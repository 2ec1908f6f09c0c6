"""Random histories, run through the real flows."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from leads.activity.assess import Assessment, ConsentFact, assess, record_consents
from leads.activity.pages import save_path_set
from leads.activity.record import NewActivity, record
from leads.lifecycle.move import Move, MoveNotAllowed, move
from leads.models import (
    AttributeDefinition,
    BantState,
    Campaign,
    Cause,
    Channel,
    Company,
    Evidence,
    Kind,
    Lead,
    Medium,
    PassKind,
    PathSet,
    Realm,
    Segment,
    TitleClass,
)
from leads.people.capture import NewCapture, capture
from leads.people.companies import CompanyFacts
from leads.people.edit import edit_companies, edit_leads, set_owner
from leads.people.icp import NewProfile, Wish, publish_profile
from users.models import Role, Team, User

ZONES = [
    ZoneInfo(name)
    for name in ("Asia/Jerusalem", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Beirut", "America/Havana")
]
FIRST, LAST = date(2026, 2, 20), date(2026, 11, 10)
# Clocks change on these days or in the night before, somewhere in ZONES.
CHANGES = [date(2026, month, day) for month, day in [(3, 8), (3, 27), (3, 29), (4, 5), (10, 4), (10, 25), (11, 1)]]
CAMPAIGNS, CHANNELS = ["spring", "autumn"], ["linkedin", "facebook", "referrals"]
DOCUMENTS, AUDIENCES = ["report", "checklist", "מדריך"], ["cfo", "it", ""]
PATHS = ["/", "/pricing", "/pricing/teams", "/product/a.b", "/contact", "/בלוג/מאמר", "/price"]
PATH_SETS = {"pricing": ["/pricing*"], "product": ["/product/*.b", "/contact"], "blog": ["/בלוג/*"], "nothing": ["/x"]}
TITLES = ["CFO", "Cfo, EMEA", "סמנכ״ל כספים", "Директор", "ΟΔΟΣ", "İT lead", "50%_off", "", "head of IT"]
TITLES += [
    "Assistant to the CFO",
    "head-of  sales (it)",
    "auditor",
    "c++ developer",
    "[lead] a.b",
    "axb",
    "לסמנכ״ל",
    "a|b",
]
# Classes with everything a regular expression might trip over; the first with a word in the title counts.
TITLE_CLASSES: dict[str, list[tuple[str, list[str]]]] = {
    "seniority": [
        ("assistant", ["assistant to", "עוזר*"]),
        ("c_level", ["cfo", "סמנכ״ל", "a|b", "^$"]),
        ("head", ["Head of", "lead*", "ДИРЕКТОР", "50%_o*"]),
        ("odd", ["a.b", "[lead]", "\\", "(it)"]),
    ],
    "function": [
        ("it", ["it", "İT", "c++"]),
        ("finance", ["cf*", "כספים", "audit"]),
        ("greek", ["οδος", "sales (it)"]),
    ],
}
USERS = {"rep@acme.example": "sales", "o'neil@acme.example": "north", "boss@acme.example": None}
ROLES = ["decision_maker", "finance", "user"]
WORDS = ["saas", "SaaS", "Health", "בריאות", "ΣΑΣ"]
LEAD_ATTRIBUTES: dict[str, list[Any]] = {
    "customers_per_month": [0, 10, 999.5, 1000, 1000.25, -3],
    "seniority": ["Senior", "senior", "בכיר", "junior"],
    "is_partner": [True, False],
    "renews_on": ["2026-03-08", "2026-03-29", "2026-10-25", "2026-11-01", "2026-11-12", "2026-12-20", "2027-01-01"],
    "likes": [["a"], ["a", "b"], ["ג"], []],
}
COMPANY_ATTRIBUTES: dict[str, list[Any]] = {"branches": [1, 2, 3], "size": ["s", "m", "l"]}
TYPES = {
    "customers_per_month": "number",
    "seniority": "text",
    "is_partner": "boolean",
    "renews_on": "date",
    "likes": "choices",
    "branches": "number",
    "size": "choice",
}


_FINANCE: dict[str, Any] = {"leaf": "lead", "field": "buying_role", "op": "in", "value": ["finance", "decision_maker"]}
_FEW: dict[str, Any] = {"leaf": "company", "field": "employees", "op": "between", "value": [100, 1000]}
_BRANCHES: dict[str, Any] = {"leaf": "company", "field": "attributes.branches", "op": "gte", "value": 2}
_VISITS: dict[str, Any] = {"leaf": "activity", "measure": "count", "op": "gte", "value": 1, "days": 14}
# What profiles ask here: known, unknown, met without being known, and what time changes.
WISHES: list[dict[str, Any]] = [
    _FINANCE,
    _FEW,
    _BRANCHES,
    _VISITS,
    {"not": _VISITS},
    {"any": [_FEW, _BRANCHES]},
    {"all": [{"not": _FINANCE}, _FEW]},
    {"leaf": "company", "field": "industry", "op": "ne", "value": "saas"},
    {"leaf": "company", "field": "industry", "op": "is_unset"},
    {"leaf": "lead", "field": "attributes.likes", "op": "not_in", "value": ["a"]},
    {"leaf": "bant", "realm": "sales", "part": "need", "op": "is", "value": "no"},
    {"leaf": "bant", "realm": "marketing", "part": "budget", "op": "is", "value": "unknown"},
    {"leaf": "bant_count", "realm": "marketing", "state": "partly", "op": "lt", "value": 3},
    {"leaf": "consent", "value": True},
    {"leaf": "source", "field": "channel", "value": ["linkedin"]},
    {"leaf": "segment", "value": ["finance"]},
    {"not": {"leaf": "segment", "value": ["grown", "finance"]}},
]
SEGMENTS: dict[str, dict[str, Any]] = {
    "finance": _FINANCE,
    "grown": {"all": [_BRANCHES, {"not": {"leaf": "segment", "value": ["finance"]}}]},
    "seen": {"any": [_VISITS, {"leaf": "segment", "value": ["grown", "finance"]}]},
}


def make_catalog() -> None:
    """Everything a tree may name."""
    for slug in CAMPAIGNS:
        Campaign.objects.get_or_create(slug=slug, defaults={"name": slug})
    for subject, attributes in (("lead", LEAD_ATTRIBUTES), ("company", COMPANY_ATTRIBUTES)):
        for key, values in attributes.items():
            choices = ["a", "b", "ג"] if TYPES[key] == "choices" else values if TYPES[key] == "choice" else []
            AttributeDefinition.objects.get_or_create(
                subject=subject, key=key, defaults={"label": key, "type": TYPES[key], "choices": choices}
            )
    _make_people()
    for slug, condition in SEGMENTS.items():
        written = datetime(2025, 1, 1, tzinfo=UTC)
        fields = {"name": slug, "condition": condition, "created_at": written, "changed_at": written}
        Segment.objects.get_or_create(slug=slug, defaults=fields)
    for slug, patterns in PATH_SETS.items():
        save_path_set(PathSet(slug=slug, name=slug, patterns=patterns))


def _make_people() -> None:
    """Classes of job titles, and who works here."""
    TitleClass.objects.all().delete()
    for kind, classes in TITLE_CLASSES.items():
        for position, (slug, words) in enumerate(classes):
            TitleClass.objects.create(kind=kind, slug=slug, label=slug, words=words, position=position)
    for email, team in USERS.items():
        if not User.objects.filter(email=email).exists():
            teams = {"slug": team, "defaults": {"name": team}}
            found = Team.objects.get_or_create(**teams)[0] if team else None
            User.objects.create_user(email, role=Role.SALES_REP if team else Role.ADMIN, team=found)


class History:
    """Random facts about some leads, told to the flows in rounds. `past` is when a round was recorded."""

    def __init__(self, seed: int, leads: int) -> None:
        self.dice = random.Random(seed)
        self.seed, self.size = seed, leads
        self.ids: list[int] = []
        self.channels = dict(Channel.objects.values_list("slug", "pk"))
        self.campaigns = dict(Campaign.objects.values_list("slug", "pk"))

    def moments(self, rounds: int) -> list[datetime]:
        """When the rounds are recorded: in order, spread over the year, some at the edge of a day."""
        days = [FIRST + timedelta(days=self.dice.randrange((LAST - FIRST).days)) for _ in range(rounds)]
        found = [self._edge(self.dice.choice(CHANGES)) if self.dice.random() < 0.4 else self._any(d) for d in days]
        return sorted({moment.replace(microsecond=index) for index, moment in enumerate(found)})

    def tell(self, now: datetime) -> None:
        """One round: captures, activities, assessments, consents, edits, ends of passes."""
        self._captures(now)
        record(list(self._deeds(now)), by=None, now=now)
        some = self._some(0.4)
        assess([self._assessment(pk, now) for pk in some], by=None, now=now)
        consents = [
            ConsentFact(lead_id=pk, granted=self._odds(0.6), occurred_at=self._before(now)) for pk in self._some(0.3)
        ]
        record_consents(consents, by=None, now=now)
        self._edits(now)
        for pk in self._some(0.1):
            try:
                move([Move(lead_id=pk, to="disqualified", cause=Cause.PERSON)], by=None, now=now)
            except MoveNotAllowed:
                continue

    def profile(self, realm: Realm, now: datetime) -> None:
        """The next version of a realm's ideal customer."""
        wishes = [
            Wish("need", f"wish {number}", tree, self.dice.randint(1, 5))
            for number, tree in enumerate(self.dice.sample(WISHES, self.dice.randint(1, 6)))
        ]
        bounds = self.dice.choice([(75, 50, 25), (100, 60, 1), (50, 40, 34)])
        publish_profile(realm, NewProfile(wishes, bounds), by=None, now=now)

    def _odds(self, chance: float) -> bool:
        return self.dice.random() < chance

    def _some(self, share: float) -> list[int]:
        return [pk for pk in self.ids if self._odds(share)]

    def _pick(self, values: list[Any], none: float = 0.3) -> Any:
        return None if self._odds(none) else self.dice.choice(values)

    def _any(self, day: date) -> datetime:
        return datetime.combine(day, time(self.dice.randrange(24), self.dice.randrange(60)), tzinfo=UTC)

    def _edge(self, day: date) -> datetime:
        """Within two hours of a midnight of some zone, often to the second."""
        midnight = datetime.combine(day, time(), tzinfo=self.dice.choice(ZONES)).astimezone(UTC)
        return midnight + timedelta(seconds=self.dice.choice([-3600, -1, 0, 1, 1800, 3599, 3600, 5400]))

    def _before(self, now: datetime) -> datetime:
        """When something happened that is told now: often just now, sometimes long ago, often at the edge of a day."""
        if self._odds(0.3):
            return now
        day = now.date() - timedelta(days=int(self.dice.expovariate(1 / 20)))
        at = self._edge(self.dice.choice([day, *CHANGES])) if self._odds(0.6) else self._any(day)
        return min(at, now)

    def _captures(self, now: datetime) -> None:
        new = [len(self.ids) + n for n in range(min(self.size - len(self.ids), 1 + self.size // 3))]
        places = ["GMail.com" if number % 9 == 5 else f"Firm{number % 7}.Example" for number in new]
        names = [f"P{number}.w{self.seed}@{place}".lower() for number, place in zip(new, places, strict=True)]
        rows = [self._capture(email, now) for email in names]
        known = Lead.objects.filter(pk__in=self._some(0.15)).values_list("email", flat=True)
        found = capture([*rows, *(self._capture(email, now) for email in known)], by=None, now=now)
        self.ids += [row.lead_id for row in found if row.is_new and row.lead_id is not None]

    def _capture(self, email: str, now: datetime) -> NewCapture:
        firm = email.rpartition("@")[2]
        facts = CompanyFacts(
            name=firm.capitalize(),
            domain=firm,
            employees=self._pick([0, 20, 199, 200, 1000, 1001]),
            industry=self._pick(WORDS) or "",
            country=self._pick(["IL", "US"]) or "",
            region=self._pick(["us-east", "israel"]) or "",
            attributes=self._attributes(COMPANY_ATTRIBUTES),
        )
        return NewCapture(
            occurred_at=self._before(now),
            email=email,
            first_name=self._pick(["Dana", "דנה"]) or "",
            job_title=self._pick(TITLES) or "",
            buying_role=self._pick(ROLES) or "",
            company=None if self._odds(0.3) else facts,
            attributes=self._attributes(LEAD_ATTRIBUTES),
            channel_id=self.channels.get(self._pick(CHANNELS)),
            campaign_id=self.campaigns.get(self._pick(CAMPAIGNS)),
            document=self._pick(DOCUMENTS) or "",
            audience=self._pick(AUDIENCES) or "",
            medium=self._pick(Medium.slugs()) or "",
            consent=self._pick([True, False]),
            kind=self._pick(list(PassKind)) or PassKind.NEW,
        )

    def _attributes(self, known: dict[str, list[Any]]) -> dict[str, Any]:
        return {key: self.dice.choice(values) for key, values in known.items() if self._odds(0.5)}

    def _deeds(self, now: datetime) -> Iterator[NewActivity]:
        for pk in self._some(0.7):
            for _ in range(self.dice.randrange(5)):
                yield NewActivity(
                    lead_id=pk,
                    kind=self.dice.choice(
                        [Kind.PAGE_VIEW, Kind.PAGE_VIEW, Kind.MAIL_OPEN, Kind.MAIL_CLICK, Kind.MEETING]
                    ),
                    evidence=self.dice.choice([Evidence.HUMAN] * 4 + [Evidence.UNSURE, Evidence.MACHINE]),
                    occurred_at=self._before(now),
                    url=self._pick(PATHS) or "",
                    visit=self._pick(["v1", "v2", "v3"]) or "",
                    dwell_seconds=self._pick([0, 5, 60, 600]),
                    medium=self._pick(list(Medium)),
                    campaign_id=self.campaigns.get(self._pick(CAMPAIGNS)),
                    channel_id=self.channels.get(self._pick(CHANNELS)),
                    document=self._pick(DOCUMENTS) or "",
                    mail_number=self._pick([1, 2, 3]),
                )

    def _assessment(self, pk: int, now: datetime) -> Assessment:
        parts = {part: self.dice.choice(list(BantState)) for part in ("budget", "authority", "need", "timeline")}
        return Assessment(lead_id=pk, realm=self.dice.choice(list(Realm)), occurred_at=self._before(now), **parts)

    def _edits(self, now: datetime) -> None:
        edits: dict[int, dict[str, Any]] = {}
        for pk in self._some(0.3):
            attributes = {key: self._pick(values) for key, values in LEAD_ATTRIBUTES.items() if self._odds(0.5)}
            edits[pk] = {"job_title": self.dice.choice(TITLES), "buying_role": self.dice.choice([*ROLES, ""])}
            edits[pk] |= {"attributes": attributes}
        firms = [None, *Company.objects.order_by("pk").values_list("pk", flat=True)]
        for pk in self._some(0.15):  # somebody changes to another company, or leaves
            edits.setdefault(pk, {})["company_id"] = self.dice.choice(firms)
        edit_leads(edits, by=None, now=now)
        owners = [None, *User.objects.filter(email__in=USERS).order_by("pk").values_list("pk", flat=True)]
        set_owner({pk: self.dice.choice(owners) for pk in self._some(0.2)}, now=now)
        self._edit_companies(now)

    def _edit_companies(self, now: datetime) -> None:
        firms = set(
            Lead.objects.filter(pk__in=self._some(0.1)).exclude(company=None).values_list("company_id", flat=True)
        )
        changes = {
            pk: {"employees": self._pick([10, 500]), "industry": self._pick(WORDS) or ""} for pk in sorted(firms)
        }
        edit_companies(changes, by=None, now=now)


def make_world(seed: int, leads: int, rounds: int = 8) -> tuple[list[int], datetime]:
    """Run a whole history; returns the leads and the last moment."""
    make_catalog()
    history = History(seed, leads)
    moments = history.moments(rounds)
    for number, now in enumerate(moments):
        for realm in Realm:
            if number == 1 or (number > 1 and history.dice.random() < 0.3):
                history.profile(realm, now)
        history.tell(now)
    return history.ids, moments[-1]
