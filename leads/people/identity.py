"""Who is meant: the identities of people, and the leads that have them."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from django.db import connection

from leads.models import ExternalId, Lead
from users.rows import insert
from users.transactions import Beaten

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


def are_completed(names: list[list[Identity]], found: Mapping[Identity, int]) -> bool:
    """Whether somebody known may be given another name, or several captures name somebody new in different ways."""
    whole: dict[Identity, frozenset[Identity]] = {}
    for row in names:
        known = sum(name in found for name in row)
        if 0 < known < len(row):
            return True
        mine = frozenset(row)
        if not known and any(whole.setdefault(name, mine) != mine for name in row):
            return True
    return False


def without_address(names: list[list[Identity]], found: Mapping[Identity, int]) -> set[int]:
    """The known leads that have no address, where anybody is named by an address that nobody has."""
    if not any(kind == "email" and (kind, text) not in found for row in names for kind, text in row):
        return set()
    return set(Lead.objects.filter(pk__in=set(found.values()), email=None).values_list("pk", flat=True))


def decide(
    names: list[list[Identity]], found: Mapping[Identity, int], bare: Collection[int], decided: dict[int, int | None]
) -> tuple[dict[Identity, int], dict[Identity, int]]:
    """Whom the captures are about, as if they came one by one; `bare` are known leads without an address.

    By row, `decided` gets the known lead, or None where the names belong to different ones, and keeps what it has: what
    is made for a row says nothing of those before. Returns by name whom to make, and which ids known leads are given.
    Who is new is claimed by the first of their names, and what shares a name with them waits until they are made.
    """
    claims: dict[Identity, int] = {}
    given: dict[Identity, int] = {}
    known, unmade, unaddressed = dict(found), set[Identity](), set(bare)
    for index, row in enumerate(names):
        if index not in decided:
            ids = {known[name] for name in row if name in known}
            waits = not unmade.isdisjoint(row)
            if waits or not ids:
                unmade.update(row)
                claims |= {} if waits else {row[0]: index}
                continue
            decided[index] = ids.pop() if len(ids) == 1 else None
        if (pk := decided[index]) is not None:
            given |= dict.fromkeys(_learn(row, pk, known, unaddressed), pk)
    return claims, given


def _learn(row: list[Identity], pk: int, known: dict[Identity, int], bare: set[int]) -> Iterator[Identity]:
    """Let a lead be known by the names a capture gives it; yields the external ids among them."""
    for name in row:
        if name in known or (name[0] == "email" and pk not in bare):  # an address is never replaced
            continue
        known[name] = pk
        if name[0] == "email":
            bare.discard(pk)
        else:
            yield name


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


def give_external_ids(given: Mapping[Identity, int]) -> None:
    """Give known leads external ids they did not have. Raises Beaten where another lead has got one meanwhile."""
    rows = [{"system": system, "value": value, "lead_id": pk} for (system, value), pk in sorted(given.items())]
    if len(insert(ExternalId, rows, skip_known=True)) < len(rows):
        raise Beaten
