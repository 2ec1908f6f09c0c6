"""Which leads a tree matches: one statement, whatever the number of leads."""

import re
from datetime import datetime

from django.db import connection
from django.db.models.expressions import RawSQL

from leads.conditions.plan import Plan, Scope
from leads.conditions.tree import Tree, compile_tree
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
    names: list[str] = []
    text = _NAMED.sub(lambda found: names.append(found[1]) or "%s", text)  # type: ignore[func-returns-value]
    return RawSQL(text, [plan.params[name] for name in names])


_NAMED = re.compile(r"%\((\w+)\)s")


def count_matching(tree: Tree, *, now: datetime) -> int:
    """How many leads that are not archived a valid tree matches now."""
    plan = plan_for(now)
    predicate = compile_tree(tree, plan)
    text = f"SELECT count(*) {plan.source(Scope())} WHERE l.archived_at IS NULL AND {predicate}"
    with connection.cursor() as cursor:
        cursor.execute(text, plan.params)
        (count,) = cursor.fetchone()
    return int(count)
