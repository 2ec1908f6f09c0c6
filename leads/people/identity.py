"""Who is meant: the identities of people, and the leads that have them."""

from collections.abc import Mapping, Sequence

from django.db import connection

from leads.models import ExternalId
from users.rows import insert

Identity = tuple[str, str]  # ("email", address), ("phone", number) or (system, external id)


def take_turns(names: list[list[Identity]]) -> None:
    """Let nobody else capture the same phone numbers until the transaction ends: no constraint keeps them single."""
    phones = sorted({value for row in names for kind, value in row if kind == "phone"})
    if phones:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(h) FROM"
                " (SELECT DISTINCT hashtextextended(p, 0) AS h FROM unnest(%s::text[]) p ORDER BY 1) phones",
                [phones],
            )


# Of several leads of one phone number the oldest comes last, and is the one.
_KNOWN = """
SELECT 'email', email, id FROM leads_lead WHERE email = ANY(%s::text[])
UNION ALL
SELECT 'phone', phone, id FROM leads_lead WHERE phone = ANY(%s::text[]) AND phone <> '' AND email IS NULL
UNION ALL
SELECT system, value, lead_id FROM leads_externalid JOIN unnest(%s::text[], %s::text[]) AS w (system, value)
       USING (system, value)
ORDER BY 3 DESC
"""


def known_people(names: list[list[Identity]]) -> dict[Identity, int]:
    """Lead ids of every identity already known."""
    flat = {name for row in names for name in row}
    own = {kind: [value for name, value in flat if name == kind] for kind in ("email", "phone")}
    others = [name for name in flat if name[0] not in own]
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [own["email"], own["phone"], [name for name, _ in others], [v for _, v in others]])
        return {(kind, value): pk for kind, value, pk in cursor.fetchall()}


def assign(names: list[list[Identity]], found: Mapping[Identity, int]) -> tuple[list[int | None], list[str]]:
    """The known lead of each capture, or None; and why a capture is refused."""
    people: list[int | None] = []
    refused: list[str] = []
    for row in names:
        ids = {found[name] for name in row if name in found}
        clash = len(ids) > 1
        people.append(None if clash or not ids else ids.pop())
        refused.append("The e-mail address and the external ids belong to different leads." if clash else "")
    return people, refused


def claim(names: list[list[Identity]], people: list[int | None], refused: list[str]) -> dict[Identity, int]:
    """Who is to be made: the first identity of each unknown person to the row that describes them."""
    claims: dict[Identity, int] = {}
    taken: set[Identity] = set()
    for index, row in enumerate(names):
        if people[index] is None and not refused[index] and not taken & set(row):
            claims[row[0]] = index
            taken |= set(row)
    return claims


def claim_external_ids(external_ids: Sequence[Sequence[tuple[str, str]]], ids: Sequence[int]) -> set[int]:
    """Claim the external ids of new leads; returns the lead ids that lost one to another transaction."""
    wanted = [(system, value, pk) for row, pk in zip(external_ids, ids, strict=True) for system, value in row]
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO leads_externalid (system, value, lead_id)"
            " SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[]) ORDER BY 1, 2"
            " ON CONFLICT DO NOTHING RETURNING system, value, lead_id",
            [*map(list, zip(*wanted, strict=True))],
        )
        won = set(cursor.fetchall())
    return {pk for system, value, pk in wanted if (system, value, pk) not in won}


def add_external_ids(
    names: list[list[Identity]], people: list[int | None], refused: list[str], found: Mapping[Identity, int]
) -> None:
    """Give known leads the external ids they did not have."""
    rows = [
        {"system": kind, "value": value, "lead_id": pk}
        for row, pk, why in zip(names, people, refused, strict=True)
        for kind, value in row
        if pk is not None and not why and kind not in ("email", "phone") and (kind, value) not in found
    ]
    insert(ExternalId, rows, skip_known=True)
