"""Facts as plain values, exported from the tables by one function."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from leads import models as m
from users.models import Organisation


@dataclass(frozen=True)
class Deed:
    """An activity."""

    pk: int
    kind: str
    evidence: str
    at: datetime
    recorded_at: datetime
    path: str | None
    campaign: str | None
    channel: str | None
    document: str | None
    medium: str | None
    mail: int | None
    dwell: int | None
    visit: int | None


@dataclass(frozen=True)
class Said:
    """A consent, an assessment or a capture: what was said, when, and when it was written down."""

    pk: int
    at: datetime
    recorded_at: datetime
    what: dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One line of the journal of stages."""

    pk: int
    lead: int
    cycle: int
    from_stage: str | None
    to_stage: str
    outcome: str
    at: datetime
    recorded_at: datetime
    cause: str
    passed_through: bool
    backward: bool
    out_of_order: bool
    date_only: bool
    undoes: int | None


@dataclass
class Subject:
    """A lead or a company as it is now, with what its columns held before each change."""

    now: dict[str, Any]
    changes: list[tuple[datetime, int, dict[str, Any]]] = field(default_factory=list)


@dataclass
class Person(Subject):
    """A lead with everything known of it."""

    pk: int = 0
    deeds: list[Deed] = field(default_factory=list)
    consents: list[Said] = field(default_factory=list)
    bant: list[Said] = field(default_factory=list)
    captures: list[Said] = field(default_factory=list)
    passes: list[Said] = field(default_factory=list)
    journal: list[Line] = field(default_factory=list)
    scores: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class World:
    """Everything the oracle may know."""

    zone: ZoneInfo
    people: dict[int, Person]
    companies: dict[int, Subject]
    patterns: dict[str, list[str]]  # path set to patterns
    types: dict[tuple[str, str], str]  # (lead or company, key) to the attribute's type
    stages: list[dict[str, Any]]  # in order: slug, realm, role
    ended: dict[str, datetime | None]  # campaign to its end
    segments: dict[str, dict[str, Any]]  # the condition of each
    profiles: list[dict[str, Any]]  # every version: realm, version, recorded_at, bounds, wishes as (weight, tree)
    titles: dict[str, list[tuple[str, list[str]]]]  # seniority and function to classes, in order, with their words
    grids: dict[str, dict[str, list[int]] | None]  # of the version in force of each model
    everybody: dict[int, Person]  # of whom `people` are those asked about
    company_rules: dict[str, str]  # how each model puts the scores of a company's people together

    def day_of(self, at: datetime) -> date:
        """The organisation's day of a moment."""
        return at.astimezone(self.zone).date()


def export(ids: list[int] | None = None, zone: ZoneInfo | None = None) -> World:
    """Read all facts about these leads (or all) from the tables."""
    leads = m.Lead.objects.select_related("stage", "channel", "campaign", "owner__team").order_by("pk")
    everybody = {row.pk: _person(row) for row in leads}
    people = everybody if ids is None else {pk: everybody[pk] for pk in sorted(set(ids) & everybody.keys())}
    companies = {row.pk: Subject(_columns(row, _COMPANY)) for row in m.Company.objects.all()}
    for row in m.AttributeChange.objects.order_by("pk"):
        subject: Subject | None = everybody.get(row.lead_id or 0) or companies.get(row.company_id or 0)
        if subject is not None:
            subject.changes.append((row.recorded_at, row.pk, row.before))
    _deeds(everybody)
    _said(people)
    _journal(people)
    for score in m.LeadScore.objects.select_related("model").filter(lead_id__in=everybody):
        names = ("version", "points", "fit", "engagement", "band", "parts", "next_change_on")
        everybody[score.lead_id].scores[score.model.slug] = {name: getattr(score, name) for name in names}
    return World(
        zone=zone or Organisation.load().zone,
        people=people,
        companies=companies,
        patterns={row.slug: row.patterns for row in m.PathSet.objects.all()},
        types={(row.subject, row.key): row.type for row in m.AttributeDefinition.objects.all()},
        stages=list(m.Stage.objects.order_by("position").values("slug", "realm", "role", "position")),
        ended=dict(m.Campaign.objects.values_list("slug", "ended_at")),
        segments=dict(m.Segment.objects.values_list("slug", "condition")),
        profiles=[_profile(row) for row in m.IcpProfile.objects.prefetch_related("conditions")],
        titles={kind: _classes(kind) for kind in ("seniority", "function")},
        grids={row.model.slug: row.grid for row in m.ScoreLegend.objects.select_related("model").order_by("version")},
        everybody=everybody,
        company_rules=dict(m.ScoreModel.objects.values_list("slug", "company_rule")),
    )


def _classes(kind: str) -> list[tuple[str, list[str]]]:
    return [(row.slug, row.words) for row in m.TitleClass.objects.filter(kind=kind).order_by("position")]


def _profile(row: m.IcpProfile) -> dict[str, Any]:
    bounds = {"A": row.a_from, "B": row.b_from, "C": row.c_from, "D": 0}
    wishes = [(wish.weight, wish.condition) for wish in row.conditions.all()]
    return {"bounds": bounds, "wishes": wishes} | _columns(row, ("realm", "version", "recorded_at"))


_LEAD = ("email", "phone", "first_name", "last_name", "job_title", "buying_role", "company_id", "attributes")
_LEAD += ("stage_since", "outcome", "cycle", "quiet_since", "archived_at", "captured_at", "created_at")
_COMPANY = ("name", "domain", "employees", "industry", "country", "region", "attributes")


def _columns(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _person(row: m.Lead) -> Person:
    now = _columns(row, _LEAD) | {"stage": row.stage.slug, "channel": _slug(row.channel)}
    now |= {"owner": row.owner.email if row.owner else None, "team": _slug(row.owner.team) if row.owner else None}
    return Person(now | {"campaign": _slug(row.campaign)}, pk=row.pk)


def _slug(row: Any) -> str | None:
    return None if row is None else row.slug


def _deeds(people: dict[int, Person]) -> None:
    rows = m.Activity.objects.filter(lead_id__in=people)
    for a in rows.select_related("page", "campaign", "channel", "document").order_by("pk"):
        people[a.lead_id].deeds.append(
            Deed(
                pk=a.pk,
                kind=m.Kind(a.kind).name.lower(),
                evidence=m.Evidence(a.evidence).name.lower(),
                at=a.occurred_at,
                recorded_at=a.recorded_at,
                path=a.page.path if a.page else None,
                campaign=_slug(a.campaign),
                channel=_slug(a.channel),
                document=_slug(a.document),
                medium=m.Medium(a.medium).name.lower() if a.medium else None,
                mail=a.mail_number,
                dwell=a.dwell_seconds,
                visit=a.visit,
            )
        )


def _said(people: dict[int, Person]) -> None:
    for c in m.Consent.objects.filter(lead_id__in=people).order_by("pk"):
        people[c.lead_id].consents.append(Said(c.pk, c.occurred_at, c.recorded_at, {"granted": c.granted}))
    parts = ("budget", "authority", "need", "timeline")
    for b in m.BantAssessment.objects.filter(lead_id__in=people).order_by("pk"):
        what = {"realm": b.realm} | {part: m.BantState(getattr(b, part)).name.lower() for part in parts}
        people[b.lead_id].bant.append(Said(b.pk, b.occurred_at, b.recorded_at, what))
    for x in m.Capture.objects.filter(lead_id__in=people).select_related("document").order_by("pk"):
        what = {"document": _slug(x.document), "audience": x.audience, "medium": x.medium}
        people[x.lead_id].captures.append(Said(x.pk, x.occurred_at, x.recorded_at, what))


def _journal(people: dict[int, Person]) -> None:
    first: dict[tuple[int, int], datetime] = defaultdict(lambda: datetime.max)
    rows = m.StageChange.objects.filter(lead_id__in=people).select_related("from_stage", "to_stage").order_by("pk")
    for j in rows:
        first.setdefault((j.lead_id, j.cycle), j.recorded_at)
        people[j.lead_id].journal.append(
            Line(
                pk=j.pk,
                lead=j.lead_id,
                cycle=j.cycle,
                from_stage=_slug(j.from_stage),
                to_stage=j.to_stage.slug,
                outcome=j.outcome,
                at=j.occurred_at,
                recorded_at=j.recorded_at,
                cause=j.cause,
                passed_through=j.passed_through,
                backward=j.backward,
                out_of_order=j.out_of_order,
                date_only=j.date_only,
                undoes=j.undoes_id,
            )
        )
    for p in m.Pass.objects.filter(lead_id__in=people).select_related("channel", "campaign").order_by("cycle"):
        what = {"cycle": p.cycle, "kind": p.kind, "channel": _slug(p.channel), "campaign": _slug(p.campaign)}
        people[p.lead_id].passes.append(Said(p.pk, p.began_at, first[(p.lead_id, p.cycle)], what))
