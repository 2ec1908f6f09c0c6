"""Capture: somebody left contact details. Finds or makes the person and the company, and begins a pass."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from leads.activity.assess import ConsentFact, record_consents
from leads.activity.news import publish, touch
from leads.activity.record import document_ids
from leads.lifecycle.move import FIRST, Move, PassStart, lock, move
from leads.models import Capture, Cause, ExternalId, Lead, Realm
from leads.people.companies import CompanyFacts, upsert_companies
from leads.people.contact import lock_contact
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
from users.rows import insert
from users.transactions import one_transaction

Ids = list[int | None]  # of leads or companies, one a capture


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


_PERSONAL = ("first_name", "last_name", "job_title", "phone")


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
    people, made, refused = _people(captures, names, companies, wakes=wakes, now=now)
    lock_contact(
        {pk for row, pk in zip(captures, people, strict=True) if pk and pk not in made and row.consent is not None}
    )
    leads = lock(_standing(people, made))
    changed = _complete(captures, people, companies, leads, by=by, now=now, wakes=wakes)
    kept = _kept(captures, people)
    capture_ids = _store(kept, by=by, now=now)
    _begin(kept, capture_ids, leads, made, cause=cause, by=by, now=now)
    record_consents([_consent(row, pk) for row, pk in kept if row.consent is not None], by=by, now=now, wakes=wakes)
    touch((pk for row, pk in kept if row.consent is None), fact_at=now if wakes else None)  # a consent has touched
    publish("captured", (pk for _, pk in kept), now=now)
    newcomers, results = set(made), []
    for pk, why in zip(people, refused, strict=True):
        results.append(Captured(pk, pk in newcomers, pk in changed, why))
        newcomers -= {pk}
    return results


def _kept(captures: Sequence[NewCapture], people: Ids) -> list[tuple[NewCapture, int]]:
    return [(row, pk) for row, pk in zip(captures, people, strict=True) if pk is not None]


def identities(row: NewCapture) -> list[Identity]:
    """Everything that names the person. A phone does so only alone: a switchboard serves many."""
    found: list[Identity] = [("email", row.email)] if row.email else []
    found += [(system, value) for system, value in row.external_ids]
    if not found and row.phone:
        found = [("phone", row.phone)]
    if not found:
        raise IdentityMissing("Give an e-mail address, a phone number or an external id.")
    return found


def _companies(captures: Sequence[NewCapture], *, by: int | None, now: datetime, wakes: bool) -> Ids:
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
    captures: Sequence[NewCapture], names: list[list[Identity]], companies: Ids, *, wakes: bool, now: datetime
) -> tuple[Ids, dict[int, Lead], list[str]]:
    """The lead of each capture, made where unknown: (ids, the new ones, why refused).

    External ids are claimed before the leads are made (their foreign key is checked at commit), so that of two
    transactions capturing one person at once the second waits and then finds the first one's lead.
    """
    new: dict[int, Lead] = {}
    take_turns(names)
    found = known_people(names)
    for _attempt in range(5):
        people, refused = assign(names, found)
        claims = claim(names, people, refused)
        add_external_ids(names, people, refused, found)
        if not claims:
            return people, new, refused
        made = _make(claims, captures, companies, wakes=wakes, now=now)
        new |= {lead.pk: lead for lead in made.values()}
        if len(made) == len(claims):
            found |= {name: lead.pk for index, lead in made.items() for name in names[index]}
        else:  # another transaction was faster
            found = known_people(names)
    raise RuntimeError("Other captures of the same people kept coming in between; try again.")


def _make(
    claims: Mapping[Identity, int], captures: Sequence[NewCapture], companies: Ids, *, wakes: bool, now: datetime
) -> dict[int, Lead]:
    """Make leads for claims; those another transaction made first are left to the next look. By row index."""
    indexes = [index for _, index in sorted(claims.items())]
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_IDS, [len(indexes)])
        drawn = cursor.fetchall()
    (first,) = {stage_id for _, stage_id in drawn}
    ids = [pk for pk, _ in drawn]
    lost = claim_external_ids([captures[index].external_ids for index in indexes], ids)
    rows = {
        index: _lead(pk, captures[index], companies[index], first, wakes=wakes, now=now)
        for index, pk in zip(indexes, ids, strict=True)
        if pk not in lost
    }
    made = set(insert(Lead, list(rows.values()), skip_known=True))
    if orphaned := set(ids) - made:
        ExternalId.objects.filter(lead_id__in=orphaned).delete()
    return {index: _made(row) for index, row in rows.items() if row["id"] in made}


_BLANK = [(field.attname, field.get_default()) for field in Lead._meta.concrete_fields]


def _made(row: Mapping[str, Any]) -> Lead:
    """The lead of a row just inserted; by position, which takes half the time of names."""
    return Lead(*[row.get(name, blank) for name, blank in _BLANK])


# Ids come before the rows, as external ids are claimed for them first. New leads enter the first stage.
_NEXT_IDS = """
SELECT nextval(pg_get_serial_sequence('leads_lead', 'id')), (SELECT id FROM leads_stage ORDER BY position LIMIT 1)
FROM generate_series(1, %s)
"""


def _lead(
    pk: int, row: NewCapture, company_id: int | None, first: int, *, wakes: bool, now: datetime
) -> dict[str, Any]:
    """A lead that stands where its first move will let it stand."""
    return {
        **{name: getattr(row, name) for name in (*_PERSONAL, "channel_id", "campaign_id")},
        "id": pk,
        "email": row.email or None,
        "attributes": {key: value for key, value in row.attributes.items() if value is not None},
        "company_id": company_id,
        "stage_id": first,
        "stage_since": row.occurred_at,
        "quiet_since": None if wakes else now,
        "captured_at": row.occurred_at,
        "created_at": now,
    }


def _complete(
    captures: Sequence[NewCapture],
    people: Ids,
    companies: Ids,
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
        edit |= {name: value for name in _PERSONAL if (value := getattr(row, name))}
        if row.email and not leads[pk].email:
            edit["email"] = row.email
        if company_id is not None:
            edit["company_id"] = company_id
        if row.attributes:
            edit["attributes"] = {**edit.get("attributes", {}), **row.attributes}
    edits = {pk: edit for pk, edit in edits.items() if edit}
    return edit_leads(edits, by=by, now=now, wakes=wakes, locked=leads) if edits else set()


def _standing(people: Sequence[int | None], made: Collection[int]) -> set[int]:
    """Leads to be read and completed: those that stood before, and new ones that several captures describe."""
    counts = Counter(people)
    return {pk for pk in people if pk is not None and (pk not in made or counts[pk] > 1)}


_SOURCE = ("channel_id", "campaign_id", "audience", "medium", "utm", "referrer", "landing_page")


def _store(kept: Sequence[tuple[NewCapture, int]], *, by: int | None, now: datetime) -> list[int]:
    documents = document_ids({row.document for row, _ in kept if row.document})
    return insert(
        Capture,
        [
            {
                **{name: getattr(row, name) for name in (*_SOURCE, "payload", "occurred_at")},
                "lead_id": pk,
                "document_id": documents.get(row.document),
                "recorded_at": now,
                "by_id": by,
            }
            for row, pk in kept
        ],
    )


def _begin(
    kept: Sequence[tuple[NewCapture, int]],
    capture_ids: Sequence[int],
    leads: Mapping[int, Lead],
    made: Mapping[int, Lead],
    *,
    cause: Cause,
    by: int | None,
    now: datetime,
) -> None:
    """Begin the first pass of new people, and the next one of those whose last pass has ended."""
    moves: dict[int, Move] = {}
    for (row, pk), capture_id in zip(kept, capture_ids, strict=True):
        if pk in moves or not (pk in made or _reopens(leads[pk], row)):
            continue
        moves[pk] = Move(
            lead_id=pk,
            to=FIRST,
            cause=cause,
            cause_id=capture_id,
            occurred_at=row.occurred_at,
            date_only=row.date_only,
            begins=PassStart(capture_id=capture_id, channel_id=row.channel_id, campaign_id=row.campaign_id),
            set_owner=pk in leads and leads[pk].stage.realm == Realm.SALES,  # back in marketing, sales' owner lets go
        )
    move(list(moves.values()), by=by, now=now, fresh=made)


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
