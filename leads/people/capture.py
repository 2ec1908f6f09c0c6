"""Capture: somebody left contact details. Finds or makes the person and the company, and begins a pass."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from leads.activity.assess import ConsentFact, record_consents
from leads.activity.news import publish, touch
from leads.activity.record import document_ids
from leads.free_mail import free_mail_domains
from leads.lifecycle.locks import lock
from leads.lifecycle.move import FIRST, Move, PassStart, move
from leads.models import Capture, Cause, Lead, PassKind, Realm
from leads.people.companies import CompanyFacts, upsert_companies
from leads.people.contact import lock_contact
from leads.people.edit import edit_leads
from leads.people.identity import take_turns
from leads.people.newcapture import PERSONAL, IdentityMissing, NewCapture, identities
from leads.people.newcomers import Found, Ids, find_or_make
from users.rows import insert
from users.transactions import anew, one_transaction

__all__ = ["Captured", "IdentityMissing", "NewCapture", "capture", "identities"]


@dataclass(frozen=True)
class Captured:
    """What became of one capture. `refused` says why nothing was written for it."""

    lead_id: int | None
    is_new: bool = False
    is_changed: bool = False
    refused: str = ""


@one_transaction()
def capture(
    captures: Sequence[NewCapture], *, by: int | None, now: datetime, cause: Cause = Cause.CAPTURE
) -> list[Captured]:
    """Capture people. One person is one lead (R13): known ones are completed, never doubled; every touch is kept.

    A person whose pass has ended begins a new one, unless the capture is older than that end. `cause` IMPORT leaves
    new leads at rest (scored, not promoted) and wakes none that rest.
    Raises IdentityMissing. A capture whose identities belong to different leads is refused, alone. A list is taken as
    if its captures came one by one, and what is captured elsewhere at once as if it came before or after.
    """
    names = [identities(row) for row in captures]
    wakes = cause != Cause.IMPORT
    companies = _companies(captures, by=by, now=now, wakes=wakes)
    take_turns(names)
    find = partial(find_or_make, captures, names, companies, wakes=wakes, now=now)
    write = partial(_write, captures, companies, cause=cause, by=by, now=now)
    with transaction.atomic() if len(captures) > 1 else nullcontext():
        found = find()
        if found is None and len(captures) > 1:
            transaction.set_rollback(True)  # who gives way holds nothing meanwhile; one capture has made nobody
    return write(found) if found else anew(lambda: write(find(may_complete=True)))


def _write(
    captures: Sequence[NewCapture],
    companies: Ids,
    found: Found | None,
    *,
    cause: Cause,
    by: int | None,
    now: datetime,
) -> list[Captured]:
    """Write down what was captured of these people; all of it, now that it is known who they are."""
    assert found is not None
    people, made, wakes = found.people, found.made, cause != Cause.IMPORT
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
    for pk, why in zip(people, found.refused, strict=True):
        results.append(Captured(pk, pk in newcomers, pk in changed, why))
        newcomers -= {pk}
    return results


def _kept(captures: Sequence[NewCapture], people: Ids) -> list[tuple[NewCapture, int]]:
    return [(row, pk) for row, pk in zip(captures, people, strict=True) if pk is not None]


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
        edit |= {name: value for name in PERSONAL if (value := getattr(row, name))}
        if row.email and not leads[pk].email:
            edit.setdefault("email", row.email)
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
            begins=PassStart(
                kind=row.kind, capture_id=capture_id, channel_id=row.channel_id, campaign_id=row.campaign_id
            ),
            set_owner=pk in leads and _lets_go(leads[pk], row),
        )
    move(list(moves.values()), by=by, now=now, fresh=made)


def _reopens(lead: Lead, row: NewCapture) -> bool:
    """A capture reported late belongs to the pass that has ended since."""
    return bool(lead.outcome) and row.occurred_at >= lead.stage_since


def _lets_go(lead: Lead, row: NewCapture) -> bool:
    """Back in marketing, sales' owner lets go; who looks after a customer keeps them whatever they inquire about."""
    return lead.stage.realm == Realm.SALES and row.kind != PassKind.SERVICE


def _consent(row: NewCapture, pk: int) -> ConsentFact:
    return ConsentFact(
        lead_id=pk,
        granted=bool(row.consent),
        text=row.consent_text,
        source=row.consent_source,
        ip=row.consent_ip,
        occurred_at=row.occurred_at,
    )
