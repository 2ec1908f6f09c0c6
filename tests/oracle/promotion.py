"""Where a lead must stand once the worker has seen everything."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from leads.models import Criterion
from tests.oracle.conditions import View, holds
from tests.oracle.facts import Person, World
from tests.oracle.scores import in_force, worth

NO_ACT_OF_THE_LEAD = ("mail_delivered", "mail_bounce", "note")


@dataclass(frozen=True)
class Rule:
    """A stage's automatic criterion."""

    stage: str
    condition: dict[str, Any]
    cooldown_days: int


def rules_at(now: datetime) -> list[Rule]:
    """The automatic criteria in force: of each stage the last version that has taken effect."""
    latest: dict[str, Criterion] = {}
    for row in Criterion.objects.select_related("stage").order_by("version"):
        if row.effective_from <= now:
            latest[row.stage.slug] = row
    return [
        Rule(row.stage.slug, row.condition, row.cooldown_days)
        for row in latest.values()
        if row.mode == "automatic" and row.stage.role != "opportunity"
    ]


def settle(world: World, now: datetime) -> dict[int, str]:
    """The stage of every lead at rest, by the facts of `world`; their scores and rest are brought up to date too."""
    rules, models, day = rules_at(now), in_force(), world.day_of(now)
    for person in world.people.values():
        quiet = person.now["quiet_since"]
        if quiet is not None and any(at > quiet for at in _waking(world, person)):
            person.now["quiet_since"] = None
        person.scores = {slug: vars(worth(model, View(world, person, day))) for slug, model in models.items()}
        while target := _target(world, person, rules, now):
            person.now |= {"stage": target, "stage_since": now}
    return {pk: person.now["stage"] for pk, person in world.people.items()}


def _waking(world: World, person: Person) -> list[datetime]:
    """When facts were recorded that end a rest."""
    deeds = [d for d in person.deeds if d.evidence != "machine" and d.kind not in NO_ACT_OF_THE_LEAD]
    company = world.companies.get(person.now["company_id"] or 0)
    changes = person.changes + (company.changes if company else [])
    said = [*deeds, *person.consents, *person.bant, *person.captures]
    return [fact.recorded_at for fact in said] + [at for at, _, _ in changes]


def _target(world: World, person: Person, rules: list[Rule], now: datetime) -> str | None:
    """The highest stage above, on this side of the handover, whose criterion holds; None for a lead that stays."""
    ended = world.ended.get(person.now["campaign"] or "")
    resting = person.now["quiet_since"] or person.now["outcome"] or person.now["archived_at"]
    if resting or (ended is not None and ended <= now):
        return None
    by_slug = {stage["slug"]: stage for stage in world.stages}
    here = by_slug[person.now["stage"]]
    view = View(world, person, world.day_of(now))
    reached = [
        by_slug[rule.stage]
        for rule in rules
        if by_slug[rule.stage]["position"] > here["position"]
        and (by_slug[rule.stage]["realm"] == "marketing" or here["realm"] == "sales")
        and not _cools(rule, person, view)
        and holds(rule.condition, view)
    ]
    return max(reached, key=lambda stage: stage["position"])["slug"] if reached else None


def _cools(rule: Rule, person: Person, view: View) -> bool:
    """Whether the lead was sent back from the stage fewer days ago than the cool-down."""
    undone = {line.undoes for line in person.journal}
    return any(
        (view.day - view.world.day_of(line.at)).days < rule.cooldown_days
        for line in person.journal
        if line.backward and line.from_stage == rule.stage and line.undoes is None and line.pk not in undone
    )


def copy_of(world: World) -> World:
    """A world whose people may be changed."""
    people = {pk: replace(person, now=dict(person.now)) for pk, person in world.people.items()}
    return replace(world, people=people)
