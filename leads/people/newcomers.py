"""The people behind captures: found, or made where nobody knew them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from leads.models import ExternalId, Lead
from leads.people.identity import (
    Identity,
    add_external_ids,
    assign,
    claim,
    claim_external_ids,
    known_people,
    take_turns,
)
from leads.people.newcapture import PERSONAL, NewCapture
from users.rows import insert

Ids = list[int | None]  # of leads or companies, one a capture


def find_or_make(
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
