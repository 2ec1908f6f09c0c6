"""Which leads a tree matches: one statement, whatever the number of leads."""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Max, Min, QuerySet
from django.db.models.expressions import RawSQL
from psycopg2.errors import QueryCanceled

from leads.conditions.plan import Plan, Scope
from leads.conditions.tree import Tree, compile_tree
from leads.models import Lead
from users.models import Organisation


def plan_for(now: datetime) -> Plan:
    """A fresh plan for the organisation's day at `now`."""
    zone = Organisation.load().zone
    return Plan(today=now.astimezone(zone).date(), zone=zone)


def matching(tree: Tree, *, now: datetime, scope: Scope | None = None) -> list[int]:
    """The ids of the leads a valid tree matches, ascending; archived leads too."""
    scope, plan = scope or Scope(), plan_for(now)
    predicate = compile_tree(tree, plan)
    text = f"SELECT l.id {plan.source(scope)} WHERE {scope.condition('l.id')} AND {predicate} ORDER BY l.id"
    with connection.cursor() as cursor:
        cursor.execute(text, {**plan.params, **scope.params})
        return [lead_id for (lead_id,) in cursor.fetchall()]


def ids_matching(tree: Tree, *, now: datetime, subject: str = "lead") -> RawSQL:
    """The ids a valid tree matches, to be asked within a query; of companies, where the tree reads nothing else."""
    plan = plan_for(now)
    predicate = compile_tree(tree, plan)
    source = "FROM leads_company c" if subject == "company" else plan.source(Scope())
    text = f"SELECT {'c' if subject == 'company' else 'l'}.id {source} WHERE {predicate}"
    return RawSQL(*in_turn(text, plan.params))


_NAMED = re.compile(r"%\((\w+)\)s")


def in_turn(text: str, params: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """A statement with its named parameters given in turn, as Django's own are: so it can stand in a query."""
    names: list[str] = []
    text = _NAMED.sub(lambda found: names.append(found[1]) or "%s", text)  # type: ignore[func-returns-value]
    return text, [params[name] for name in names]


class TooManyToCount(Exception):
    """Counting took longer than whoever asked may wait."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let the database work on each statement for so long at most. Raises TooManyToCount.

    It does without compiling statements to machine code, which takes longer than it saves here.
    """
    settings = "SELECT set_config('statement_timeout', %s, TRUE), set_config('jit', %s, TRUE)"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout'), current_setting('jit')")
            before = cursor.fetchone()
            cursor.execute(settings, [f"{int(seconds * 1000)}ms", "off"])
            yield
            cursor.execute(settings, before)
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooManyToCount from error
        raise


_TRANSACTION = ("SAVEPOINT", "RELEASE", "ROLLBACK")  # what ends a part of one is always let through


@contextmanager
def within_together(seconds: float) -> Iterator[None]:
    """Let the database work on all statements inside for so long together at most. Raises TooManyToCount."""
    until = time.monotonic() + seconds

    def in_time(execute: Any, text: Any, params: Any, many: bool, context: Any) -> Any:
        if not str(text).startswith(_TRANSACTION):
            left = int(1000 * (until - time.monotonic()))
            if left <= 0:
                raise TooManyToCount
            execute("SELECT set_config('statement_timeout', %s, TRUE)", [f"{left}ms"], False, context)
        return execute(text, params, many, context)

    with within(seconds), connection.execute_wrapper(in_time):
        yield


@dataclass(frozen=True)
class Found:
    """How many leads that are not archived a tree matches, and the latest of them that somebody may read."""

    count: int
    ids: list[int]


def count_matching(
    tree: Tree, *, now: datetime, readable: QuerySet[Lead] | None = None, names: int = 0, seconds: float = 0
) -> Found:
    """Count what a valid tree matches; `names` asks for ids of so many leads, `readable` narrows these alone.

    Raises TooManyToCount after `seconds`, where they are given.
    """
    plan = plan_for(now)
    predicate = compile_tree(tree, plan)
    text, params = in_turn(
        f"WITH found AS MATERIALIZED (SELECT l.id {plan.source(Scope())} WHERE l.archived_at IS NULL AND {predicate})"
        " SELECT (SELECT count(*) FROM found), ",
        plan.params,
    )
    among, among_params = "TRUE", ()
    if readable is not None and readable.query.where:
        inner, among_params = readable.order_by().values("pk").query.sql_with_params()
        among = f"f.id IN ({inner})"
    text += f"ARRAY(SELECT f.id FROM found f WHERE {among} ORDER BY f.id DESC LIMIT {names:d})"
    with within(seconds) if seconds else nullcontext(), connection.cursor() as cursor:
        cursor.execute(text, [*params, *among_params])
        count, ids = cursor.fetchone()
    return Found(count, ids)


@dataclass(frozen=True)
class Sample:
    """Numbers drawn among those of all leads, and the leads among them that a tree matches, not the archived ones."""

    drawn: int
    among: int
    ids: list[int]


def sample_matching(tree: Tree, *, now: datetime, size: int, seconds: float = 0) -> Sample:
    """Ask a valid tree about some leads: `among` times the share that it matches tells how many there are.

    Drawn are numbers from the first lead's to the last one's, each as likely as any other, whether or not a lead has
    it: so nothing needs to be counted, and leads that came together are not drawn together. The same ones are drawn as
    long as no lead is added: an estimate does not flicker. Raises TooManyToCount after `seconds`.
    """
    ends = Lead.objects.aggregate(low=Min("pk"), high=Max("pk"))
    if ends["low"] is None:
        return Sample(1, 0, [])
    every = range(ends["low"], ends["high"] + 1)
    scope = Scope(ids=Random(len(every)).sample(every, min(size, len(every))))
    plan = plan_for(now)
    predicate = compile_tree(tree, plan)
    chosen = f"{scope.condition('l.id')} AND l.archived_at IS NULL AND {predicate}"
    text = f"SELECT l.id {plan.source(scope)} WHERE {chosen} ORDER BY l.id DESC"
    with within(seconds) if seconds else nullcontext(), connection.cursor() as cursor:
        cursor.execute(text, {**plan.params, **scope.params})
        return Sample(len(scope.ids or ()), len(every), [lead_id for (lead_id,) in cursor.fetchall()])


def rows_kept() -> int:
    """About how many leads and activities there are, as the database's statistics say."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(greatest(reltuples, 0))::bigint FROM pg_class"
            " WHERE oid IN ('leads_lead'::regclass, 'leads_activity'::regclass)"
        )
        (rows,) = cursor.fetchone()
    return int(rows)
