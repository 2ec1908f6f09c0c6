"""What a rule's part rests on: the activities it counted and the facts it read, for machines and in words."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.conditions.activity import ActivityLeaf, select
from leads.conditions.attribute import AttributeLeaf
from leads.conditions.catalog import Catalog
from leads.conditions.leaves import Leaf, Spec
from leads.conditions.plan import Plan, Scope, Selection
from leads.conditions.tree import Tree, compile_tree
from leads.conditions.tree import leaves as leaves_in
from scoring.rules import RuleSpec

ACTS = ActivityLeaf.kind
LATEST = 5
NAMED = 3


@dataclass(frozen=True)
class Acts:
    """Activities a rule counted: how many, when the last one was, seconds spent."""

    spec: Spec
    count: int
    last_at: datetime | None
    dwell: int


@dataclass(frozen=True)
class Evidence:
    """What a rule rests on. `refs` name the latest activities and the facts; `facts` are read as a person reads."""

    refs: list[str] = field(default_factory=list)
    acts: list[Acts] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)


@dataclass
class _Ask:
    """One rule's questions: its selections of activities, and each of its leaves with what it has to be to count."""

    selections: list[Spec]
    leaves: list[tuple[Leaf, Spec, bool]]


def evidence_of(rules: Sequence[RuleSpec], lead_id: int, plan: Plan) -> list[Evidence]:
    """The evidence of rules that gave one lead points, in their order; two statements, whatever their number."""
    asks = [_ask(rule) for rule in rules]
    holds, values, counted = _look(asks, lead_id, plan)
    refs = _latest(asks, lead_id, plan)
    found = []
    for index, ask in enumerate(asks):
        asked = [(*row, values.pop(0)) for row in ask.leaves]
        true = [row for row in asked if holds.pop(0) == row[2]]
        acts = [counted.pop(0) for _spec in ask.selections]
        facts = dict.fromkeys(
            _fact(leaf, spec, value, plan.catalog, is_wanted=is_wanted)
            for leaf, spec, is_wanted, value in true
            if not (is_wanted and leaf.kind == ACTS)
        )
        named = dict.fromkeys(_name(leaf, spec) for leaf, spec, _wanted in ask.leaves if leaf.kind != ACTS)
        found.append(Evidence([*named, *refs[index]], [one for one in acts if one.count], list(facts)[:NAMED]))
    return found


def _ask(rule: RuleSpec) -> _Ask:
    leaves = list(_polar(rule.condition, True)) if rule.condition else []
    selections: list[Spec] = [rule.per] if rule.per else []
    return _Ask(selections + [spec for leaf, spec, _wanted in leaves if leaf.kind == ACTS], leaves)


def _polar(tree: Tree, is_wanted: bool) -> Iterator[tuple[Leaf, Spec, bool]]:
    """All leaves of a tree with whether they help it by being true or, under a `not`, by being false."""
    if "not" in tree:
        yield from _polar(tree["not"], not is_wanted)
    elif "leaf" in tree:
        yield from ((leaf, spec, is_wanted) for leaf, spec in leaves_in(tree))
    else:
        for child in tree.get("all", tree.get("any", [])):
            yield from _polar(child, is_wanted)


def _look(asks: Sequence[_Ask], lead_id: int, plan: Plan) -> tuple[list[bool], list[Any], list[Acts]]:
    """In one statement: which leaves hold, the values that attributes were asked for, what the selections count."""
    holds = [compile_tree(spec, plan) for ask in asks for _leaf, spec, _wanted in ask.leaves]
    values = [_value(leaf, spec, plan) for ask in asks for leaf, spec, _wanted in ask.leaves]
    specs = [spec for ask in asks for spec in ask.selections]
    counts, lasts, dwells = [], [], []
    for spec in specs:
        selection = select(spec, plan)
        counts.append(plan.measure("count(*)", selection))
        lasts.append(plan.measure("max(a.occurred_at)", selection))
        dwells.append(plan.measure("sum(a.dwell_seconds)", selection))
    arrays = (
        f"ARRAY[{', '.join(found)}]::{kind}[]"
        for found, kind in (
            (holds, "bool"),
            (values, "text"),
            (counts, "bigint"),
            (lasts, "timestamptz"),
            (dwells, "bigint"),
        )
    )
    scope = Scope(ids=[lead_id])
    text = f"SELECT {', '.join(arrays)} {plan.source(scope)}"
    with connection.cursor() as cursor:
        cursor.execute(f"{text} WHERE {scope.condition('l.id')}", {**plan.params, **scope.params})
        held, known, numbers, last, seconds = cursor.fetchone()
    rows = zip(specs, numbers, last, seconds, strict=True)
    acts = [Acts(spec, count or 0, at, dwell or 0) for spec, count, at, dwell in rows]
    return list(held), [None if value is None else json.loads(value) for value in known], acts


def _value(leaf: Leaf, spec: Spec, plan: Plan) -> str:
    """What an attribute is, however it is found, as a text of JSON; nothing of other kinds of leaves."""
    return f"to_jsonb({leaf.read(spec, plan)[1]})::text" if isinstance(leaf, AttributeLeaf) else "NULL"


def _latest(asks: Sequence[_Ask], lead_id: int, plan: Plan) -> list[list[str]]:
    """The latest activities each rule counted, in one statement."""
    texts = []
    for index, ask in enumerate(asks):
        found: list[Selection] = [select(spec, plan) for spec in ask.selections]
        filters = " OR ".join(f"({selection.evidence} AND {selection.filter})" for selection in found)
        if filters:
            texts.append(
                f"(SELECT {index} AS rule, a.id, a.occurred_at FROM leads_activity a WHERE a.lead_id = %(lead)s"
                f" AND ({filters}) AND {plan.known('a')} ORDER BY a.occurred_at DESC, a.id DESC LIMIT {LATEST})"
            )
    refs: list[list[str]] = [[] for _ask in asks]
    if texts:
        with connection.cursor() as cursor:
            text = f"SELECT * FROM ({' UNION ALL '.join(texts)}) x ORDER BY rule, occurred_at DESC, id DESC"
            cursor.execute(text, {"lead": lead_id, **plan.params})
            for index, pk, _at in cursor.fetchall():
                refs[index].append(f"activity:{pk}")
    return refs


def _name(leaf: Leaf, spec: Spec) -> str:
    """What machines are told of a fact: the leaf's kind and the field or part it read."""
    return f"{leaf.kind}:{spec.get('part') or spec.get('field') or ''}".rstrip(":")


def _fact(leaf: Leaf, spec: Spec, value: Any, catalog: Catalog, *, is_wanted: bool) -> str:
    """A fact as people read it: "Job title: CFO"; of other kinds of leaves what they say."""
    if isinstance(leaf, AttributeLeaf):
        label = leaf.label_of(spec["field"], catalog)
        if value is None:
            return _("%(fact)s: not known") % {"fact": label}
        shown = value if isinstance(value, list) else [value]
        return f"{label}: {', '.join(leaf.shown(spec['field'], one, catalog) for one in shown)}"
    text = leaf.words(spec, catalog)
    text = text if is_wanted else _("not (%(inner)s)") % {"inner": text}
    return text[:1].upper() + text[1:]


def acts_words(acts: Acts, catalog: Catalog) -> str:
    """How often and where: "5 pages of Pricing", "3 times"."""
    kinds = acts.spec.get("kinds", [])
    if kinds == ["page_view"]:
        text = ngettext("%(n)d page", "%(n)d pages", acts.count) % {"n": acts.count}
        if "paths" in acts.spec:
            names = _(" or ").join(catalog.path_sets[slug].name for slug in acts.spec["paths"])
            text = _("%(pages)s of %(sets)s") % {"pages": text, "sets": names}
        return text
    return ngettext("%(n)d time", "%(n)d times", acts.count) % {"n": acts.count}
