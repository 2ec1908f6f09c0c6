"""At rest, after any history and on any day, every score and every stage is what the facts say."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random

import pytest

from leads.handover.decide import Decision, Verb, decide
from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.move import Move, MoveNotAllowed, move
from leads.models import Campaign, Cause, Handover, Lead, StageChange
from scoring.engine import GroupSpec
from scoring.rules import RuleSpec
from scoring.touched import drain, touch_due
from tests.factories import make_user, publish_model, stage
from tests.oracle.cases import IS_PROOF
from tests.oracle.facts import export
from tests.oracle.promotion import settle
from tests.oracle.scores import stored_errors
from tests.oracle.worlds import CAMPAIGNS, History, make_catalog
from users.models import Organisation

pytestmark = [pytest.mark.django_db, pytest.mark.proof]

SEEN = {"leaf": "activity", "measure": "visits", "op": "gte", "value": 2, "paths": ["pricing", "product"], "days": 20}
READ = {"leaf": "activity", "measure": "count", "op": "gte", "value": 1, "kinds": ["mail_open"], "mails": [1, 2]}
TOGETHER = {"leaf": "company_activity", "measure": "people", "op": "gte", "value": 2, "days": 12}
RENEWS = {"leaf": "lead", "field": "attributes.renews_on", "op": "next_days", "value": 20}
ENGAGED = [
    TOGETHER,
    {"all": [{"leaf": "owner", "op": "is_unset"}, {"any": [RENEWS, {"leaf": "pass", "op": "gte", "value": 2}]}]},
    {"leaf": "company_activity", "measure": "days_since_first", "op": "gte", "value": 6, "days": 9},
    {"any": [SEEN, {"all": [READ, {**READ, "mails": [3]}]}]},
    {"all": [{"leaf": "stage", "value": ["mcl"]}, {"leaf": "stage_days", "op": "gte", "value": 12}]},
    {"leaf": "activity", "measure": "days_since_last", "op": "gte", "value": 9, "kinds": ["page_view"]},
    {"not": {"leaf": "activity", "measure": "count", "op": "gte", "value": 1, "days": 5}},
]
QUALIFIED = [
    {"leaf": "score", "model": "mql", "op": "gte", "value": 35},
    {
        "all": [
            {"leaf": "band", "model": "mql", "value": ["hot", "warm"]},
            {"not": {"leaf": "bant_count", "realm": "marketing", "state": "no", "op": "gte", "value": 1}},
        ]
    },
    {"all": [{"leaf": "stage", "value": ["mel"]}, {"leaf": "stage_days", "op": "gte", "value": 4}]},
    {"leaf": "activity", "measure": "days_since_last", "op": "lte", "value": 30, "kinds": ["meeting"], "days": 10},
]
SALES_QUALIFIED = [
    {"leaf": "score", "model": "sql", "op": "gte", "value": 20},
    {"all": [{"leaf": "stage", "value": ["sal"]}, {"leaf": "stage_days", "op": "gte", "value": 3}]},
]


def publish(dice: Random, now: datetime) -> None:
    """A new version of both models."""
    each = {"of": "each", "kinds": ["page_view", "meeting"], "days": dice.choice([10, 30])}
    fit, web = GroupSpec("fit", "fit", dice.choice([None, 25])), GroupSpec("web", "engagement", dice.choice([None, 30]))
    rules = [
        RuleSpec(
            points=20, group="fit", condition={"leaf": "lead", "field": "job_title", "op": "contains", "value": "cfo"}
        ),
        RuleSpec(
            points=10, group="fit", condition={"leaf": "company", "field": "employees", "op": "gte", "value": 200}
        ),
        RuleSpec(points=9, group="web", per=each, half_life_days=dice.choice([None, 5])),
        RuleSpec(points=15, group="web", per={"of": "latest", "kinds": ["mail_click"]}, half_life_days=3),
        RuleSpec(points=-8, group="web", condition={"not": SEEN}),
        RuleSpec(
            points=7,
            group="web",
            per={"of": dice.choice(["page", "visit", "week"]), "kinds": ["page_view"], "days": 40},
            step_days=dice.choice([1, 5]),
            step_percent=30,
            max_units=4,
        ),
        dice.choice([RuleSpec(points=7, group="web", condition=TOGETHER), RuleSpec(5, "fit", condition=RENEWS)]),
    ]
    publish_model("mql", rules, [fit, web], now=now, warm_from=20, hot_from=40)
    budget = {"leaf": "bant", "realm": "sales", "part": "budget", "op": "at_least", "value": "partly"}
    sales = [RuleSpec(points=25, group="fit", condition=budget), rules[3]]
    publish_model("sql", sales, [fit, web], purpose="sales", now=now)


def set_criteria(dice: Random, now: datetime) -> None:
    """New criteria, at once or later, with or without cool-down."""
    for slug, shapes in (("mel", ENGAGED), ("mql", QUALIFIED), ("sql", SALES_QUALIFIED)):
        later = now + dice.choice([timedelta(0), timedelta(days=3, hours=5)])
        cooldown = dice.choice([0, 0, 5])
        set_criterion(stage(slug), dice.choice(shapes), by=None, now=now, effective_from=later, cooldown_days=cooldown)


def act(dice: Random, now: datetime, by: int) -> None:
    """People decide on handovers, move leads by hand, end campaigns."""
    for offer in Handover.objects.filter(state="open"):
        verb, reason = dice.choice(
            [(Verb.ACCEPT, ""), (Verb.REJECT, "too_small"), (Verb.RETURN, "not_ready"), (None, "")]
        )
        if verb is not None:
            decide([Decision(handover_id=offer.pk, verb=verb, reason=reason)], by=by, now=now)
    for lead in Lead.objects.order_by("pk"):
        if dice.random() < 0.06:
            wish = Move(lead_id=lead.pk, to=dice.choice(["mcl", "mel", "nurture", "lost"]), cause=Cause.PERSON)
            try:
                move([wish], by=by, now=now)
            except MoveNotAllowed:
                continue
    if dice.random() < 0.15:
        Campaign.objects.filter(slug=dice.choice(CAMPAIGNS), ended_at=None).update(ended_at=now)


def moments(dice: Random, start: datetime, steps: int) -> list[datetime]:
    """When the worker looks: at all hours, over the change of clocks."""
    found = [start]
    for _ in range(steps):
        found.append(found[-1] + timedelta(minutes=dice.choice([30, 600, 1440, 1441, 4000])))
    return found


@pytest.mark.parametrize("zone", ["Asia/Jerusalem", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("seed", range(20 if IS_PROOF else 2))
def test_every_score_and_stage_is_what_the_facts_say(seed: int, zone: str) -> None:
    dice = Random(f"{seed} {zone}")
    Organisation.objects.update(time_zone=zone)
    make_catalog()
    by = make_user().pk
    history = History(dice.randrange(10**6), leads=25)
    (start,) = history.moments(1)
    for number, now in enumerate(moments(dice, start, 14)):
        if number % 5 == 0:
            publish(dice, now)
            set_criteria(dice, now)
        if dice.random() < 0.6:
            history.tell(now)
        if dice.random() < 0.6:
            act(dice, now + timedelta(seconds=1), by)

        look = now + timedelta(seconds=2)
        expected = settle(export(), look)
        touch_due(now=look)
        drain(now=look)

        world = export()
        stages = {pk: person.now["stage"] for pk, person in world.people.items()}
        assert {pk: (stages[pk], slug) for pk, slug in expected.items() if stages[pk] != slug} == {}, f"step {number}"
        assert stored_errors(world, world.day_of(look)) == []
    causes = Counter(StageChange.objects.values_list("cause", flat=True))
    assert causes["criteria"] > 3
    assert not Lead.objects.filter(touched__isnull=False).exists()
