"""The people behind captures: found, or made where nobody knew them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from leads.models import ExternalId, Lead
from leads.people.identity import (
    Identity,
    are_completed,
    claim_external_ids,
    decide,
    give_external_ids,
    known_people,
    without_address,
)
from leads.people.newcapture import PERSONAL, NewCapture
from users.rows import insert

Ids = list[int | None]  # of leads or companies, one a capture
MOST_LOST = 5
CLASH = "The e-mail address and the external ids belong to different leads."


@dataclass(frozen=True)
class Found:
    """The lead of each capture, None for those refused, with why; and the leads that were made for them."""

    people: Ids
    refused: list[str]
    made: Mapping[int, Lead]


def find_or_make(
    captures: Sequence[NewCapture],
    names: list[list[Identity]],
    companies: Ids,
    *,
    wakes: bool,
    now: datetime,
    may_complete: bool = False,
) -> Found | None:
    """The leads of captures, made where unknown. None where somebody known gets other names: that has to give way.

    External ids are claimed before the leads are made (their foreign key is checked at commit), so that of two
    transactions capturing one person at once the second waits and then finds the first one's lead. All names are
    claimed in their order, so that no two lists wait for each other; what a known lead is given cannot be, and is
    written where it `may_complete` them: in work that is done anew.
    """
    made: dict[int, Lead] = {}
    decided: dict[int, int | None] = {}
    found, lost = known_people(names), 0
    while lost < MOST_LOST:
        completes = are_completed(names, found)
        if completes and not may_complete:
            return None
        bare = without_address(names, found) if completes else ()
        claims, given = decide(names, found, bare, decided)
        if not claims:
            give_external_ids(given)
            people = [decided[index] for index in range(len(names))]
            return Found(people, [CLASH if pk is None else "" for pk in people], made)
        new = _make(claims, captures, companies, wakes=wakes, now=now)
        made |= {lead.pk: lead for lead in new.values()}
        if len(new) == len(claims):
            found |= {name: lead.pk for index, lead in new.items() for name in names[index]}
        else:  # another transaction was faster
            found, lost = known_people(names), lost + 1
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
SELECT nextval(pg_get_serial_sequence('leads_lead', 'id')),
       (SELECT id FROM leads_stage WHERE retired_at IS NULL ORDER BY position LIMIT 1)
FROM generate_series(1, %s)
"""


def _lead(
    pk: int, row: NewCapture, company_id: int | None, first: int, *, wakes: bool, now: datetime
) -> dict[str, Any]:
    """A lead that stands where its first move will let it stand."""
    return {
        **{name: getattr(row, name) for name in (*PERSONAL, "channel_id", "campaign_id")},
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
