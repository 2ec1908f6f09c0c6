"""The buying phase: found by rules with its evidence, said by people, looked at again when time passes (R8)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.conditions.phase import funnel_part, temperature
from leads.conditions.select import matching
from leads.conditions.tree import InvalidCondition, words
from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.phase import save_rule, set_phase
from leads.models import Event, Lead, Phase, PhaseChange, PhaseRule, Touched
from leads.people.edit import archive_leads
from scoring.touched import drain, process_touched, touch_due
from tests.factories import NOW, PAGE_VIEWED, make_lead, make_leads, make_user, minutes, move_to, stage, view_pages

pytestmark = pytest.mark.django_db
THREE_VIEWS = {**PAGE_VIEWED, "value": 3}
WENT_SILENT = {"leaf": "activity", "measure": "days_since_last", "op": "gte", "value": 5}


def make_rule(phase: str, condition: Any = PAGE_VIEWED, **fields: Any) -> PhaseRule:
    return save_rule(PhaseRule(phase=phase, label=fields.pop("label", phase), condition=condition, **fields))


def phases(lead: Lead) -> list[str]:
    return list(PhaseChange.objects.filter(lead=lead).order_by("pk").values_list("phase", flat=True))


def say(lead: Lead, phase: str, *, now: Any = NOW) -> None:
    set_phase({lead.pk: phase}, note="They told us.", by=make_user().pk, now=now)


def test_the_last_phase_that_is_met_counts_and_keeps_its_words() -> None:
    make_rule("discover")
    rule = make_rule("buy", THREE_VIEWS)
    lead = make_lead()
    view_pages([lead] * 3)

    drain(now=NOW)

    change = PhaseChange.objects.get(lead=lead)
    assert (change.phase, change.rule, change.by) == ("buy", rule, None)
    assert change.evidence == words(THREE_VIEWS)
    assert Event.objects.filter(kind="phase_changed", lead_ids=[lead.pk]).exists()


def test_rules_only_lead_forward() -> None:
    make_rule("explore", THREE_VIEWS)
    make_rule("discover")
    lead = make_lead()
    view_pages([lead])
    drain(now=NOW)
    view_pages([lead] * 2)
    drain(now=NOW)

    view_pages([lead])
    drain(now=NOW)

    assert phases(lead) == ["discover", "explore"]


def test_a_rule_switched_off_finds_nobody() -> None:
    make_rule("buy", is_active=False)
    lead = make_lead()
    view_pages([lead])

    drain(now=NOW)

    assert phases(lead) == []


def test_a_new_rule_is_asked_of_every_lead() -> None:
    lead = make_lead()
    view_pages([lead])
    drain(now=NOW)

    make_rule("explore")
    drain(now=NOW)

    assert phases(lead) == ["explore"]


def test_what_a_person_says_stands_until_something_new_leads_further() -> None:
    make_rule("buy")
    lead = make_lead()
    view_pages([lead])
    drain(now=NOW)
    say(lead, "discover", now=NOW + minutes(1))
    drain(now=NOW + minutes(2))
    assert phases(lead) == ["buy", "discover"]

    view_pages([lead], now=NOW + minutes(3))
    drain(now=NOW + minutes(4))

    assert phases(lead) == ["buy", "discover", "buy"]


def test_something_new_that_leads_no_further_leaves_what_a_person_said() -> None:
    make_rule("explore")
    lead = make_lead()
    say(lead, "buy")

    view_pages([lead], now=NOW + minutes(3))
    drain(now=NOW + minutes(4))

    assert phases(lead) == ["buy"]


def test_who_says_a_phase_says_why() -> None:
    lead, user = make_lead(), make_user()

    with pytest.raises(ValueError, match="shows"):
        set_phase({lead.pk: "buy"}, note=" ", by=user.pk, now=NOW)
    with pytest.raises(ValueError, match="no buying phase"):
        set_phase({lead.pk: "later"}, note="So they said.", by=user.pk, now=NOW)

    assert phases(lead) == []


def test_archived_leads_are_left_alone() -> None:
    make_rule("buy")
    lead = make_lead()
    view_pages([lead])
    archive_leads([lead.pk], now=NOW)

    drain(now=NOW)

    assert phases(lead) == []


def test_time_alone_may_find_a_phase() -> None:
    make_rule("discover", WENT_SILENT)
    lead = make_lead()
    view_pages([lead])
    drain(now=NOW)
    assert phases(lead) == []

    later = NOW + minutes(5 * 24 * 60)
    touch_due(now=later)
    drain(now=later)

    assert phases(lead) == ["discover"]


def test_time_finds_phases_of_customers_and_of_those_at_rest_too() -> None:
    make_rule("discover", WENT_SILENT)
    lead = move_to(make_lead(), "disqualified")
    view_pages([lead])
    drain(now=NOW)

    later = NOW + minutes(5 * 24 * 60)
    touch_due(now=later)
    drain(now=later)

    assert phases(lead) == ["discover"]


def test_a_criterion_may_ask_for_the_phase() -> None:
    make_rule("explore")
    set_criterion(stage("mel"), {"leaf": "phase", "op": "at_least", "value": "explore"}, by=None, now=NOW)
    lead = make_lead()
    view_pages([lead])

    drain(now=NOW)

    assert Lead.objects.get(pk=lead.pk).stage.slug == "mel"


def test_a_rule_may_ask_for_the_stage_the_same_turn_leads_to() -> None:
    make_rule("buy", {"leaf": "stage", "value": ["mel"]})
    set_criterion(stage("mel"), PAGE_VIEWED, by=None, now=NOW)
    lead = make_lead()
    view_pages([lead])

    process_touched(now=NOW)

    assert phases(lead) == ["buy"]
    assert Touched.objects.filter(lead_id=lead.pk).exists()


def test_a_rule_that_asks_for_phases_is_refused() -> None:
    with pytest.raises(InvalidCondition, match="phase"):
        make_rule("buy", {"all": [PAGE_VIEWED, {"leaf": "phase", "op": "is", "value": "buy"}]})

    assert not PhaseRule.objects.exists()


def test_the_number_of_questions_does_not_grow_with_the_leads() -> None:
    make_rule("explore")
    one, many = make_leads(1), make_leads(300)
    counts = []
    for some in (one, many):
        drain(now=NOW)
        view_pages(some)
        with CaptureQueriesContext(connection) as caught:
            process_touched(now=NOW)
        counts.append(len(caught))

    assert counts[1] <= counts[0] + 1
    assert PhaseChange.objects.count() == 301


def test_the_leaf_finds_leads_by_their_latest_phase() -> None:
    early, late, nowhere = make_leads(3)
    say(early, "discover")
    say(late, "discover")
    say(late, "buy")

    found = {
        (op, value): matching({"leaf": "phase", "op": op, "value": value}, now=NOW)
        for op in ("is", "at_least")
        for value in ("discover", "explore", "buy")
    }

    assert found["is", "discover"] == [early.pk]
    assert found["is", "buy"] == found["at_least", "explore"] == found["at_least", "buy"] == [late.pk]
    assert found["is", "explore"] == []
    assert found["at_least", "discover"] == [early.pk, late.pk]
    assert nowhere.pk not in {pk for ids in found.values() for pk in ids}


def test_funnel_part_and_temperature_derive_from_the_phase() -> None:
    assert [funnel_part(phase) for phase in ("", *Phase.values)] == ["", "TOFU", "MOFU", "BOFU", "BOFU"]
    assert [temperature(phase) for phase in ("", *Phase.values)] == ["", "cold", "warm", "hot", "hot"]
