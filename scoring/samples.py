"""What happened to leads and which rules held for them then: decisions of sales and ends of passes, replayed.

A rule held for a lead on a day if it gave (or took) points by the facts known at the end of that day. The replay asks
once a day with decisions, whatever the number of leads, and reads the latest days only.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from leads.conditions.catalog import Catalog
from leads.conditions.plan import Plan, Scope
from leads.handover.counted import offers
from leads.lifecycle.entries import PassScope, first_entries
from leads.models import Outcome
from scoring.engine import VersionSpec, select_scores
from users.models import Organisation

ACCEPTED, RETURNED, REJECTED = "accepted", "returned", "rejected"
WON, LOST = "won", "lost"
MOST = 2_000  # decisions, and ends of passes
MOST_DAYS = 250  # on which they fall: each is replayed by a statement of its own
ENDS = (Outcome.WON, Outcome.LOST, Outcome.DISQUALIFIED)


@dataclass(frozen=True, slots=True)
class Sample:
    """A decision, or the end of a pass: `said` is what became of the lead, `day` the day the rules are asked for."""

    lead_id: int
    day: date
    said: str


@dataclass(frozen=True)
class Samples:
    """The latest of them; `is_cut` when there are more, `unknown` were left out: not known here that day."""

    rows: Sequence[Sample]
    is_cut: bool = False
    unknown: int = 0


# An imported past was not known then: nothing can be said about the rules of that day.
_KNOWN = """
SELECT x.lead_id, x.day, x.said,
       EXISTS (SELECT FROM leads_stagechange k WHERE k.lead_id = x.lead_id
               AND k.recorded_at < ((x.day + 1)::timestamp AT TIME ZONE %s)) AS is_known
FROM ({found}) x ORDER BY x.at DESC, x.lead_id DESC LIMIT %s
"""


def decisions(scope: PassScope, *, most: int = MOST) -> Samples:
    """The offers of a scope that sales accepted, returned or rejected, the latest first, by the day of the offer."""
    found = offers(scope)
    text = (
        "SELECT h.lead_id, (h.offered_at AT TIME ZONE %s)::date AS day, h.state AS said, h.decided_at AS at"
        f" FROM ({found.text}) o JOIN leads_handover h ON h.id = o.id"
        " WHERE h.state IN ('accepted', 'returned', 'rejected')"
    )
    return _read(text, found.params, most)


def endings(scope: PassScope, *, decided_stage: int | None, most: int = MOST) -> Samples:
    """The passes of a scope that were won, lost or disqualified within its time, the latest first.

    The day is that on which the pass reached the stage the model decides; without one, that of the first offer; else
    that of the end. What is learnt afterwards says nothing about the score that decided.
    """
    found = first_entries(scope)
    text = (
        f"WITH e AS MATERIALIZED ({found.text})"
        " SELECT o.lead_id, (least(coalesce((SELECT d.occurred_at FROM e d WHERE d.lead_id = o.lead_id"
        " AND d.cycle = o.cycle AND d.stage_id = %s AND d.outcome = ''), (SELECT min(h.offered_at)"
        " FROM leads_handover h WHERE h.lead_id = o.lead_id AND h.cycle = o.cycle AND h.state <> 'withdrawn'),"
        " o.occurred_at), o.occurred_at) AT TIME ZONE %s)::date AS day,"
        " CASE WHEN o.outcome = 'won' THEN 'won' ELSE 'lost' END AS said, o.occurred_at AS at"
        " FROM e o WHERE o.outcome = ANY(%s) AND o.occurred_at >= %s AND o.occurred_at < %s"
    )
    zone = Organisation.load().zone.key
    params = (*found.params, decided_stage, zone, [end.value for end in ENDS], scope.since, scope.until)
    return _run(text, params, most)


def _read(text: str, params: Iterable[Any], most: int) -> Samples:
    return _run(text, (Organisation.load().zone.key, *params), most)


def _run(text: str, params: Iterable[Any], most: int) -> Samples:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN.format(found=text), [Organisation.load().zone.key, *params, most + 1])
        rows = cursor.fetchall()
    read = rows[:most]
    known = [Sample(lead_id, day, said) for lead_id, day, said, is_known in read if is_known]
    days = sorted({row.day for row in known}, reverse=True)[:MOST_DAYS]
    kept = [row for row in known if row.day >= days[-1]] if days else []
    is_cut = len(rows) > most or len(kept) < len(known)
    return Samples(kept, is_cut=is_cut, unknown=len(read) - len(known))


def days_of(*found: Samples) -> dict[date, set[int]]:
    """The leads to ask about, by day."""
    days: dict[date, set[int]] = {}
    for samples in found:
        for row in samples.rows:
            days.setdefault(row.day, set()).add(row.lead_id)
    return days


Held = Mapping[tuple[int, date], Sequence[bool]]


def replay(spec: VersionSpec, days: Mapping[date, Collection[int]]) -> Held:
    """Which rules of a version held for each lead on its day: one statement a day."""
    zone, catalog = Organisation.load().zone, Catalog()
    held: dict[tuple[int, date], Sequence[bool]] = {}
    for day, lead_ids in sorted(days.items()):
        plan, scope = Plan(today=day, zone=zone, catalog=catalog, past=True), Scope(ids=sorted(lead_ids))
        text = f"SELECT r.lead_id, r.parts FROM ({select_scores([spec], plan, scope, and_changes=False)}) r"
        with connection.cursor() as cursor:
            cursor.execute(text, {**plan.params, **scope.params})
            held |= {(lead_id, day): [part != 0 for part in parts] for lead_id, parts in cursor.fetchall()}
    return held
