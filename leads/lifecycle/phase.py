"""The buying phase (R8): found by administered conditions with its evidence, or said by a person.

It runs beside the stage and never moves it. Rules only lead forward: decay and windows that close take nothing back.
What a person said stands until something recorded later finds the lead in a higher phase.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from leads.activity.news import change_rules, publish, touch, touch_all
from leads.conditions.catalog import Catalog
from leads.conditions.leaves import kinds
from leads.conditions.plan import Plan, Scope
from leads.conditions.prepared import execute
from leads.conditions.tree import changes, compile_tree, validate, words
from leads.lifecycle.locks import hold, lock
from leads.lifecycle.together import check_together
from leads.models import Phase, PhaseChange, PhaseRule
from leads.seen import check_seen, digest
from users.rows import Reader, insert
from users.transactions import one_transaction

ORDER = Phase.values
SAID = ("phase", "label", "condition", "changed_by", "changed_at")  # of a rule; it is switched on and off by itself
Facts = Sequence[tuple[int, datetime]]
_RULES = Reader(PhaseRule)
_ORDERED = "ARRAY[" + ", ".join(f"'{phase}'" for phase in ORDER) + "]"
_LATEST = (
    " LEFT JOIN LATERAL (SELECT x.phase::text AS phase, x.rule_id IS NULL AS is_said, x.recorded_at"
    " FROM leads_phasechange x WHERE x.lead_id = l.id ORDER BY x.id DESC LIMIT 1) ph ON TRUE"
)


def rules_in_use() -> list[PhaseRule]:
    """The rules that find leads, those of the last phase first."""
    return sorted(_RULES.read("WHERE t.is_active ORDER BY t.id"), key=lambda rule: -ORDER.index(rule.phase))


@one_transaction()
def settle_phases(
    scope: Scope, rules: Sequence[PhaseRule], *, now: datetime, facts: Facts = (), locked: bool = False
) -> list[int]:
    """Write down each lead of `scope` that `rules` find in a later phase than it was in; returns these leads.

    `facts` says which leads something new was recorded about, and when: only that overrules a person. Without rules
    nothing is asked. Unless the caller holds the leads' locks (`locked`), those about to change are judged again.
    """
    if not rules:
        return []
    found = _found(scope, rules, facts, now)
    if found and not locked:
        hold(found)
        found = _found(Scope(ids=sorted(found)), rules, facts, now)
    if not found:
        return []
    catalog, by_id = Catalog(), {rule.pk: rule for rule in rules}
    said = {pk: words(by_id[pk].condition, catalog) for pk in set(found.values())}
    insert(
        PhaseChange,
        [
            {"lead_id": lead, "phase": by_id[rule].phase, "rule_id": rule, "evidence": said[rule], "recorded_at": now}
            for lead, rule in found.items()
        ],
    )
    publish("phase_changed", found, now=now)
    return sorted(found)


def _found(scope: Scope, rules: Sequence[PhaseRule], facts: Facts, now: datetime) -> dict[int, int]:
    """Lead to the rule that finds it in a later phase than its present one."""
    values = {"facts": [lead for lead, _ in facts], "fact_ats": [at for _, at in facts]}
    made_from = [(rule.pk, rule.phase, rule.condition) for rule in rules]

    def text(plan: Plan) -> str:
        return _finding(plan, scope, rules)

    with connection.cursor() as cursor:
        execute(cursor, "phase", scope, text, now=now, made_from=made_from, values=values)
        return dict(cursor.fetchall())


def _finding(plan: Plan, scope: Scope, rules: Sequence[PhaseRule]) -> str:
    cases = " ".join(
        f"WHEN coalesce(array_position({_ORDERED}, ph.phase), 0) < {ORDER.index(rule.phase) + 1}"
        f" AND {compile_tree(rule.condition, plan)} THEN {rule.pk}"
        for rule in rules
    )
    overruled = (
        "(NOT coalesce(ph.is_said, FALSE) OR EXISTS (SELECT FROM unnest(%(facts)s, %(fact_ats)s) f (lead_id, fact_at)"
        " WHERE f.lead_id = l.id AND f.fact_at > ph.recorded_at))"
    )
    return f"""
        SELECT id, rule_id FROM (
            SELECT l.id, CASE {cases} END AS rule_id {plan.source(scope)} {_LATEST}
            WHERE {scope.condition("l.id")} AND l.archived_at IS NULL AND {overruled}
        ) v WHERE rule_id IS NOT NULL ORDER BY id"""


def ask_rules(plan: Plan) -> None:
    """Put into a plan what all rules ask, those switched off too."""
    for rule in PhaseRule.objects.all():
        compile_tree(rule.condition, plan)


def days_to_look(rules: Sequence[PhaseRule], plan: Plan) -> list[str]:
    """SQL dates on which time alone may make one of the rules true."""
    found: list[str] = []
    for rule in rules:
        plan.new_horizon()
        found += changes(rule.condition, plan, True)
    return found


@one_transaction()
def set_phase(phases: Mapping[int, str], *, note: str, by: int, now: datetime) -> None:
    """Say in which phase leads are, and what shows it; a person may go both ways. Raises ValueError."""
    note = note.strip()
    if not note:
        raise ValueError("Say what shows the phase.")
    if unknown := set(phases.values()) - set(ORDER):
        raise ValueError(f"{unknown.pop()!r} is no buying phase. Choose from: {', '.join(ORDER)}.")
    leads = lock(phases)
    insert(
        PhaseChange,
        [
            {"lead_id": pk, "phase": phases[pk], "rule_id": None, "evidence": note, "by_id": by, "recorded_at": now}
            for pk in leads
        ],
    )
    touch(leads, fact_at=None)
    publish("phase_changed", leads, now=now)


@one_transaction()
def save_rule(
    rule: PhaseRule, *, seen: str | None = None, by: int | None = None, now: datetime | None = None
) -> PhaseRule:
    """Store a rule, new or changed; every lead is judged anew. What was found before stays as it was worded then.

    Raises InvalidCondition, and ChangedMeanwhile where it says something else than what was `seen` of it.
    """
    change_rules()
    if rule.pk is not None:
        check_seen(seen, stamp_of_rule(PhaseRule.objects.get(pk=rule.pk)), _("This rule was changed meanwhile."))
    rule.condition = validate(rule.condition, only=kinds_of_rules())
    rule.changed_by_id, rule.changed_at = by, now
    rule.save(update_fields=None if rule.pk is None else SAID)
    check_together()
    touch_all()
    return rule


def stamp_of_rule(rule: PhaseRule) -> str:
    """What a rule says, whether it is switched on or not."""
    return digest([rule.phase, rule.label, rule.condition])


@one_transaction()
def switch_rule(rule_id: int, *, on: bool) -> None:
    """Switch a rule off or on again; leads keep the phase they were found in. Raises InvalidCondition."""
    change_rules()
    if on:
        validate(PhaseRule.objects.values_list("condition", flat=True).get(pk=rule_id), only=kinds_of_rules())
    PhaseRule.objects.filter(pk=rule_id).update(is_active=on)
    check_together()
    touch_all()


def kinds_of_rules() -> set[str]:
    """The kinds of leaf a rule may use: all but the one it decides."""
    return set(kinds()) - {"phase"}
