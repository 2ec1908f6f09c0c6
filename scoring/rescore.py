"""Scoring sets of leads: the touched few and the full pass."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from leads.activity.news import keep_rules, publish
from leads.conditions.plan import Scope
from leads.conditions.select import plan_for
from leads.lifecycle.promote import settle
from scoring.colleagues import touch_missed, touch_outside
from scoring.company_sums import TABLE, CompanySums
from scoring.engine import VersionSpec, published, select_scores, write_scores
from scoring.prepared import execute_published
from users.transactions import one_transaction

CHUNK = 10_000
# Class of the advisory locks that keep a full pass and the touched worker off the same leads.
LOCK_CLASS = 7301


@one_transaction()
def rescore(lead_ids: Sequence[int], *, now: datetime) -> int:
    """Score these leads in every published model; returns how many scores changed.

    The number of statements does not depend on the number of leads, rules or models.
    """
    if not lead_ids:
        return 0
    share_chunks(lead_ids)
    return _score(Scope(ids=lead_ids), now=now)


def share_chunks(lead_ids: Sequence[int]) -> None:
    """Share the leads' id ranges with other workers until the transaction ends, keeping a full pass out of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s, c) FROM"
            " (SELECT DISTINCT (id / %s)::int AS c FROM unnest(%s::bigint[]) id ORDER BY 1) chunks",
            [LOCK_CLASS, CHUNK, list(lead_ids)],
        )


def chunks() -> list[int]:
    """The numbers of the id ranges that hold leads."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM leads_lead")
        low, high = cursor.fetchone()
    return [] if low is None else list(range(low // CHUNK, high // CHUNK + 1))


@one_transaction()
def rescore_chunk(
    chunk: int,
    *,
    now: datetime,
    model_id: int | None = None,
    and_promote: bool = True,
    sums: CompanySums | None = None,
) -> int:
    """Score one id range in a transaction of its own, then judge its leads; returns how many scores changed.

    `model_id` narrows to one model, in the version in force when the range's turn comes. A pass over many ranges gives
    all of them the same `sums`.
    """
    low, high = chunk * CHUNK, (chunk + 1) * CHUNK
    scope = Scope(low=low, high=high)
    keep_rules()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, chunk])
    changed = _score(scope, now=now, model_id=model_id, sums=sums)
    if sums is not None and sums.since is not None:
        touch_missed(low, high, since=sums.since)
    if and_promote:
        if changed:
            touch_outside(low, high, now=now)
        settle(scope, now=now)
    return changed


def sum_companies(sums: CompanySums, *, now: datetime, model_id: int | None = None) -> None:
    """Make the sums of a pass on this connection before its first range, so that no lead is locked meanwhile."""
    if versions := _versions(model_id):
        plan = plan_for(now)
        select_scores(versions, plan, Scope())
        sums.serve(plan)


def _versions(model_id: int | None) -> list[VersionSpec]:
    return [version for version in published() if model_id in (None, version.model_id)]


def _score(scope: Scope, *, now: datetime, model_id: int | None = None, sums: CompanySums | None = None) -> int:
    with connection.cursor() as cursor:
        if model_id is None and sums is None:
            in_order(scope)
            written, changed = execute_published(cursor, scope, now=now)
        elif versions := _versions(model_id):
            plan = plan_for(now)
            plan.sums = TABLE if sums is not None else ""
            text = write_scores(versions, plan, scope)
            if sums is not None:
                sums.serve(plan)
            in_order(scope)
            cursor.execute(text, {**plan.params, **scope.params, "now": now})
            written, changed = cursor.fetchone()
        else:
            written, changed = 0, None
    publish("band_changed", changed or (), now=now)
    return int(written)


def in_order(scope: Scope) -> None:
    """Let a range be read along the covering index: a sequential scan or a hash of all leads would be slower here."""
    if scope.ids is None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_hashagg = off; SET LOCAL enable_seqscan = off")


def due_leads(now: datetime, limit: int = 10_000) -> list[int]:
    """Leads whose score or criteria time alone may have changed by today, in the organisation's zone."""
    today = plan_for(now).today
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lead_id FROM leads_leadscore WHERE next_change_on <= %(today)s"
            " UNION SELECT id FROM leads_lead WHERE next_check_on <= %(today)s LIMIT %(limit)s",
            {"today": today, "limit": limit},
        )
        return [lead_id for (lead_id,) in cursor.fetchall()]
