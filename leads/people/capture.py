"""Capture: somebody left contact details. Finds or makes the person and the company, and begins a pass."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from leads.activity.assess import ConsentFact, record_consents
from leads.activity.news import publish, touch
from leads.activity.record import document_ids
from leads.lifecycle.move import Move, PassStart, lock, move
from leads.models import Capture, Cause, ExternalId, Lead, Realm, Stage
from leads.people.companies import CompanyFacts, upsert_companies
from leads.people.edit import edit_leads
from leads.people.identity import (
    Identity,
    add_external_ids,
    assign,
    claim,
    claim_external_ids,
    known_people,
    take_turns,
)
from leads.people.normalise import free_mail_domains
from users.transactions import one_transaction


@dataclass(frozen=True, kw_only=True, slots=True)
class NewCapture:
    """One capture, normalised by its door. At least one of email, phone, external_ids names the person."""

    occurred_at: datetime
    email: str = ""
    phone: str = ""
    external_ids: Sequence[tuple[str, str]] = ()
    first_name: str = ""
    last_name: str = ""
    job_title: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    company: CompanyFacts | None = None
    channel_id: int | None = None
    campaign_id: int | None = None
    document: str = ""
    audience: str = ""
    medium: str = ""
    utm: Mapping[str, str] = field(default_factory=dict)
    referrer: str = ""
    landing_page: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    consent: bool | None = None
    consent_text: str = ""
    consent_source: str = ""
    consent_ip: str | None = None
    date_only: bool = False


@dataclass(frozen=True)
class Captured:
    """What became of one capture. `refused` says why nothing was written for it."""

    lead_id: int | None
    is_new: bool = False
    is_changed: bool = False
    refused: str = ""


class IdentityMissing(ValueError):
    """A capture names nobody: no e-mail, no phone, no external id."""


@one_transaction()
def capture(
    captures: Sequence[NewCapture], *, by: int | None, now: datetime, cause: Cause = Cause.CAPTURE
) -> list[Captured]:
    """Capture people. One person is one lead (R13): known ones are completed, never doubled; every touch is kept.

    A person whose pass has ended begins a new one, unless the capture is older than that end. `cause` IMPORT leaves
    new leads at rest (scored, not promoted) and wakes none that rest.
    Raises IdentityMissing. A capture whose identities belong to different leads is refused, alone.
    """
    names = [identities(row) for row in captures]
    wakes = cause != Cause.IMPORT
    companies = _companies(captures, by=by, now=now, wakes=wakes)
    first = Stage.objects.earliest("position")
    people, new_ids, refused = _people(captures, names, companies, first, now=now)
    leads = lock(_standing(people, new_ids))
    changed = _complete(captures, people, companies, leads, by=by, now=now, wakes=wakes)
    kept = [(row, pk) for row, pk in zip(captures, people, strict=True) if pk is not None]
    rows = _store(kept, by=by, now=now)
    _begin(kept, rows, leads, new_ids, first, cause=cause, by=by, now=now)
    record_consents([_consent(row, pk) for row, pk in kept if row.consent is not None], by=by, now=now, wakes=wakes)
    touch((pk for row, pk in kept if row.consent is None), fact_at=now if wakes else None)  # a consent has touched
    publish("captured", (pk for _, pk in kept), now=now)
    seen: set[int] = set()
    results = []
    for pk, why in zip(people, refused, strict=True):
        is_new = pk is not None and pk in new_ids and pk not in seen
        seen |= {pk} if pk is not None else set()
        results.append(Captured(pk, is_new, pk in changed, why))
    return results


def identities(row: NewCapture) -> list[Identity]:
    """Everything that names the person. A phone does so only alone: a switchboard serves many."""
    found: list[Identity] = [("email", row.email)] if row.email else []
    found += [(system, value) for system, value in row.external_ids]
    if not found and row.phone:
        found = [("phone", row.phone)]
    if not found:
        raise IdentityMissing("Give an e-mail address, a phone number or an external id.")
    return found


def _companies(captures: Sequence[NewCapture], *, by: int | None, now: datetime, wakes: bool) -> list[int | None]:
    """The company of each capture; a work address names the company's domain where none was given."""
    facts = []
    for row in captures:
        said = row.company or CompanyFacts()
        domain = row.email.rpartition("@")[2]
        if not said.domain and said.name and domain and domain not in free_mail_domains():
            said = CompanyFacts(**{**{f: getattr(said, f) for f in said.__slots__}, "domain": domain})
        facts.append(said)
    return upsert_companies(facts, by=by, now=now, wakes=wakes)


def _people(
    captures: Sequence[NewCapture],
    names: list[list[Identity]],
    companies: list[int | None],
    first: Stage,
    *,
    now: datetime,
) -> tuple[list[int | None], set[int], list[str]]:
    """The lead of each capture, made where unknown: (ids, which are new, why refused).

    External ids are claimed before the leads are made (their foreign key is checked at commit), so that of two
    transactions capturing one person at once the second waits and then finds the first one's lead.
    """
    new_ids: set[int] = set()
    take_turns(names)
    found = known_people(names)
    for _attempt in range(5):
        people, refused = assign(names, found)
        claims = claim(names, people, refused)
        add_external_ids(names, people, refused, found)
        if not claims:
            return people, new_ids, refused
        made = _make(claims, captures, companies, first, now=now)
        new_ids |= set(made.values())
        if len(made) == len(claims):
            found |= {name: pk for index, pk in made.items() for name in names[index]}
        else:  # another transaction was faster
            found = known_people(names)
    raise RuntimeError("Other captures of the same people kept coming in between; try again.")


def _make(
    claims: Mapping[Identity, int],
    captures: Sequence[NewCapture],
    companies: list[int | None],
    first: Stage,
    *,
    now: datetime,
) -> dict[int, int]:
    """Make leads for claims; those another transaction made first are left to the next look. Row index to new id."""
    indexes = [index for _, index in sorted(claims.items())]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('leads_lead', 'id')) FROM generate_series(1, %s)", [len(indexes)]
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    lost = claim_external_ids([captures[index].external_ids for index in indexes], ids)
    Lead.objects.bulk_create(
        [
            _lead(pk, captures[index], companies[index], first, now=now)
            for index, pk in zip(indexes, ids, strict=True)
            if pk not in lost
        ],
        ignore_conflicts=True,
    )
    made = set(Lead.objects.filter(pk__in=ids).order_by().values_list("pk", flat=True))
    if orphaned := set(ids) - made:
        ExternalId.objects.filter(lead_id__in=orphaned).delete()
    return {index: pk for index, pk in zip(indexes, ids, strict=True) if pk in made}


def _lead(pk: int, row: NewCapture, company_id: int | None, first: Stage, *, now: datetime) -> Lead:
    return Lead(
        pk=pk,
        email=row.email or None,
        phone=row.phone,
        first_name=row.first_name,
        last_name=row.last_name,
        job_title=row.job_title,
        attributes={key: value for key, value in row.attributes.items() if value is not None},
        company_id=company_id,
        stage=first,
        stage_since=row.occurred_at,
        channel_id=row.channel_id,
        campaign_id=row.campaign_id,
        captured_at=row.occurred_at,
        created_at=now,
    )


def _complete(
    captures: Sequence[NewCapture],
    people: list[int | None],
    companies: list[int | None],
    leads: Mapping[int, Lead],
    *,
    by: int | None,
    now: datetime,
    wakes: bool,
) -> set[int]:
    """Write what is new about known people: given values replace, blanks say nothing, an address is never replaced."""
    edits: dict[int, dict[str, Any]] = {}
    for row, pk, company_id in zip(captures, people, companies, strict=True):
        if pk is None or pk not in leads:
            continue
        edit = edits.setdefault(pk, {})
        said = {"first_name": row.first_name, "last_name": row.last_name, "job_title": row.job_title}
        said |= {"phone": row.phone}
        edit |= {name: value for name, value in said.items() if value}
        if row.email and not leads[pk].email:
            edit["email"] = row.email
        if company_id is not None:
            edit["company_id"] = company_id
        if row.attributes:
            edit["attributes"] = {**edit.get("attributes", {}), **row.attributes}
    edits = {pk: edit for pk, edit in edits.items() if edit}
    return edit_leads(edits, by=by, now=now, wakes=wakes) if edits else set()


def _standing(people: Sequence[int | None], new_ids: set[int]) -> set[int]:
    """Leads to be read and completed: those that stood before, and new ones that several captures describe."""
    counts = Counter(people)
    return {pk for pk in people if pk is not None and (pk not in new_ids or counts[pk] > 1)}


def _store(kept: Sequence[tuple[NewCapture, int]], *, by: int | None, now: datetime) -> list[Capture]:
    documents = document_ids({row.document for row, _ in kept if row.document})
    return Capture.objects.bulk_create(
        Capture(
            lead_id=pk,
            channel_id=row.channel_id,
            campaign_id=row.campaign_id,
            document_id=documents.get(row.document),
            audience=row.audience,
            medium=row.medium,
            utm=dict(row.utm),
            referrer=row.referrer,
            landing_page=row.landing_page,
            payload=dict(row.payload),
            occurred_at=row.occurred_at,
            recorded_at=now,
            by_id=by,
        )
        for row, pk in kept
    )


def _begin(
    kept: Sequence[tuple[NewCapture, int]],
    rows: Sequence[Capture],
    leads: Mapping[int, Lead],
    new_ids: set[int],
    first: Stage,
    *,
    cause: Cause,
    by: int | None,
    now: datetime,
) -> None:
    """Begin the first pass of new people, and the next one of those whose last pass has ended."""
    moves: dict[int, Move] = {}
    for (row, pk), stored in zip(kept, rows, strict=True):
        if pk in moves or not (pk in new_ids or _reopens(leads[pk], row)):
            continue
        moves[pk] = Move(
            lead_id=pk,
            to=first.slug,
            cause=cause,
            cause_id=stored.pk,
            occurred_at=row.occurred_at,
            date_only=row.date_only,
            begins=PassStart(capture_id=stored.pk, channel_id=row.channel_id, campaign_id=row.campaign_id),
            set_owner=pk in leads and leads[pk].stage.realm == Realm.SALES,  # back in marketing, sales' owner lets go
        )
    move(list(moves.values()), by=by, now=now)


def _reopens(lead: Lead, row: NewCapture) -> bool:
    """A capture reported late belongs to the pass that has ended since."""
    return bool(lead.outcome) and row.occurred_at >= lead.stage_since


def _consent(row: NewCapture, pk: int) -> ConsentFact:
    return ConsentFact(
        lead_id=pk,
        granted=bool(row.consent),
        text=row.consent_text,
        source=row.consent_source,
        ip=row.consent_ip,
        occurred_at=row.occurred_at,
    )
