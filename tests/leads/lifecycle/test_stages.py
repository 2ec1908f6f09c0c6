"""Stages as data: added, described, put elsewhere, retired and merged, with nothing lost on the way."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from leads.conditions.plan import Scope
from leads.conditions.select import matching
from leads.conditions.tree import InvalidCondition, validate, words
from leads.handover.close import record_proof
from leads.handover.decide import Decision, Verb, decide
from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.entries import PassScope, entries, leads_in
from leads.lifecycle.move import Move, MoveNotAllowed, move
from leads.lifecycle.promote import promote
from leads.lifecycle.retire import Retirement, empty_retired, retire_stage, weigh
from leads.lifecycle.stages import StageNotPossible, add_stage, edit_stage, reorder_stages
from leads.lifecycle.undo import UndoNotPossible, undo
from leads.models import Cause, Handover, Lead, PhaseRule, Stage, StageChange
from leads.queries.standing import stations
from reports.queries.scope import ReportFilter
from reports.queries.velocity import velocity
from tests.factories import (
    NOW,
    PAGE_VIEWED,
    make_handover,
    make_lead,
    make_leads,
    make_user,
    minutes,
    move_to,
    stage,
    view_pages,
)

pytestmark = pytest.mark.django_db
SIX = ["mcl", "mel", "mql", "sal", "sql", "sqo"]
EVER = PassScope(since=NOW - minutes(10_000), until=NOW + minutes(100_000))


def line() -> list[str]:
    return list(Stage.objects.order_by("position").values_list("slug", flat=True))


def add(slug: str, after: str, **fields: Any) -> Stage:
    role = fields.pop("role", "")
    values = {"label": slug.upper(), "name": slug.capitalize(), **fields}
    return add_stage(slug, values, after=stage(after), role=role, by=None, now=NOW)


def retire(slug: str, into: str, *, merges: bool = False) -> Retirement:
    """Both steps."""
    done = retire_stage(stage(slug), stage(into), merges=merges, by=None, now=NOW)
    while empty_retired(now=NOW + minutes(1)):
        pass
    return done


def why_not(slug: str, into: str, *, merges: bool = False) -> str:
    with pytest.raises(StageNotPossible) as refused:
        retire_stage(stage(slug), stage(into), merges=merges, by=None, now=NOW)
    assert Stage.objects.filter(slug=slug).exists()
    return str(refused.value)


def counted() -> dict[str, int]:
    """Entries by stage, as reports count them."""
    found = entries(EVER)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.slug, count(*) FROM ({found.text}) e JOIN leads_stage s ON s.id = e.stage_id"
            " WHERE e.outcome = '' GROUP BY s.slug",
            found.params,
        )
        return dict(cursor.fetchall())


def at(lead: Lead) -> str:
    return Lead.objects.get(pk=lead.pk).stage.slug


# Adding, describing, ordering


def test_a_new_stage_stands_where_it_was_put_and_leads_pass_it() -> None:
    add("demo", after="sal")
    rep = make_user()
    offer = make_handover()
    decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=rep.pk, now=NOW)

    move_to(offer.lead, "sql", by=rep.pk)

    assert line() == ["mcl", "mel", "mql", "sal", "demo", "sql", "sqo"]
    assert stage("demo").realm == "sales"
    assert StageChange.objects.get(lead=offer.lead, to_stage__slug="demo").passed_through


@pytest.mark.parametrize(
    ("slug", "after", "fields", "field"),
    [
        ("Mixed", "mel", {}, "slug"),
        ("won", "mel", {}, "slug"),
        ("mel", "mel", {}, "slug"),
        ("x", "mql", {}, "after"),
        ("x", "sqo", {}, "after"),
        ("x", "mel", {"role": "qualified"}, "role"),
        ("x", "mel", {"label": " "}, "label"),
        ("x", "mel", {"name": "n" * 61}, "name"),
        ("x", "mel", {"limit_days": 0}, "limit_days"),
        ("x", "mel", {"moved_by": ["king"]}, "moved_by"),
        ("x", "mel", {"position": 3}, "position"),
    ],
)
def test_a_stage_that_cannot_be_says_which_field_is_wrong(
    slug: str, after: str, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(StageNotPossible) as refused:
        add(slug, after, **fields)

    assert [name for name, _why in refused.value.errors] == [field]
    assert line() == SIX


def test_a_stage_is_described_anew_and_keeps_its_key() -> None:
    edit_stage(stage("mel"), {"label": "Warm", "dos": "Write\nCall", "moved_by": ["sdr"]}, by=None, now=NOW)

    row = stage("mel")
    assert (row.label, row.dos, row.moved_by, row.role) == ("Warm", "Write\nCall", ["sdr"], "engaged")


def test_stages_are_put_elsewhere_within_their_realm_and_history_stays() -> None:
    add("warm", after="mel")
    lead = move_to(make_lead(), "warm")
    before = list(StageChange.objects.filter(lead=lead).order_by("pk").values())

    reorder_stages(["mcl", "warm", "mel", "mql", "sal", "sql", "sqo"], by=None, now=NOW)

    assert line() == ["mcl", "warm", "mel", "mql", "sal", "sql", "sqo"]
    assert list(StageChange.objects.filter(lead=lead).order_by("pk").values()) == before
    assert len({row.position for row in Stage.everything.all()}) == 7


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (["mel", "mcl", *SIX[2:]], "comes first"),
        (["mcl", "mql", "mel", *SIX[3:]], "marketing's last"),
        (["mcl", "mel", "sal", "mql", "sql", "sqo"], "stays in its realm"),
        ([*SIX[:3], "sql", "sal", "sqo"], "first of sales"),
        ([*SIX[:4], "sqo", "sql"], "comes last"),
        (SIX[:5], "has changed in the meantime"),
        ([*SIX, "sqo"], "has changed in the meantime"),
    ],
)
def test_the_line_keeps_what_the_handover_needs(order: list[str], why: str) -> None:
    with pytest.raises(StageNotPossible, match=why):
        reorder_stages(order, by=None, now=NOW)

    assert line() == SIX


def test_times_of_entries_that_came_in_another_order_are_left_out() -> None:
    add("warm", after="mel")
    lead = move_to(make_lead(), "mel")
    move_to(lead, "warm", now=NOW + minutes(60))
    zone = ZoneInfo("UTC")
    wanted = ReportFilter(starts_on=NOW.date(), ends_on=NOW.date(), zone=zone)
    assert [step.n for step in velocity(wanted).steps[:2]] == [1, 1]

    reorder_stages(["mcl", "warm", "mel", "mql", "sal", "sql", "sqo"], by=None, now=NOW)

    assert [step.n for step in velocity(wanted).steps[:2]] == [1, 0]


# Retiring


def test_leads_of_a_retired_stage_go_to_the_other_one_in_batches() -> None:
    add("warm", after="mel")
    leads = [move_to(lead, "warm") for lead in make_leads(3)]

    done = retire_stage(stage("warm"), stage("mel"), merges=False, by=None, now=NOW)
    moved = empty_retired(now=NOW + minutes(1))

    assert (done.leads, moved, empty_retired(now=NOW)) == (3, 3, 0)
    assert {at(lead) for lead in leads} == {"mel"}
    last = StageChange.objects.filter(lead=leads[0]).latest("pk")
    assert (last.cause, last.from_stage.slug, last.by_id) == ("retired", "warm", None)


def test_leads_rest_or_wait_as_they_did() -> None:
    add("warm", after="mel")
    awake = move_to(make_lead(), "warm")
    resting = move_to(move_to(make_lead(), "mql"), "warm", now=NOW + minutes(1))
    since = Lead.objects.get(pk=resting.pk).quiet_since

    retire("warm", "mel")

    assert since is not None
    assert [Lead.objects.get(pk=lead.pk).quiet_since for lead in (awake, resting)] == [None, since]


def test_a_lead_whose_pass_has_ended_keeps_its_stage_and_can_come_back() -> None:
    lead = move_to(move_to(make_lead(), "mel"), "nurture")

    retire("mel", "mcl")

    assert at(lead) == "mel"
    assert move_to(lead, "mcl", now=NOW + minutes(5)).cycle == 2


def test_nobody_enters_a_retired_stage_and_an_act_that_led_there_is_not_taken_back() -> None:
    lead = move_to(make_lead(), "mel")
    (moved,) = move([Move(lead_id=lead.pk, to="nurture", cause=Cause.PERSON)], by=None, now=NOW)
    retire("mel", "mcl")

    with pytest.raises(MoveNotAllowed, match="no stage"):
        move_to(make_lead(), "mel")
    with pytest.raises(UndoNotPossible, match="retired"):
        undo([moved.change_id], by=None, now=NOW)


def test_a_move_off_a_retired_stage_is_not_taken_back() -> None:
    lead = move_to(make_lead(), "mel")
    retire("mel", "mcl")

    with pytest.raises(UndoNotPossible):
        undo([StageChange.objects.filter(lead=lead).latest("pk").pk], by=None, now=NOW + minutes(1))


@pytest.mark.parametrize(
    ("slug", "into", "merges", "why"),
    [
        ("mcl", "mel", False, "The handover needs a stage"),
        ("mql", "mel", False, "The handover needs a stage"),
        ("sal", "sql", False, "The handover needs a stage"),
        ("sqo", "sql", False, "The handover needs a stage"),
        ("mql", "mel", True, "already is the stage for"),
        ("mel", "mel", True, "Choose another"),
        ("mel", "sql", False, "other realm"),
        ("sql", "sqo", True, "recorded proof"),
    ],
)
def test_a_stage_the_handover_needs_is_not_retired(slug: str, into: str, merges: bool, why: str) -> None:
    assert why in why_not(slug, into, merges=merges)


def test_a_stage_is_merged_into_its_neighbor_only() -> None:
    add("warm", after="mel")
    add("hot", after="warm")

    assert "right before or after" in why_not("mel", "hot", merges=True)


def test_a_stage_named_in_conditions_is_not_retired_before_they_change() -> None:
    names = {"leaf": "stage", "value": ["mel"]}
    set_criterion(stage("mql"), {"all": [names, PAGE_VIEWED]}, by=None, now=NOW)
    PhaseRule.objects.create(phase="explore", label="Looks around", condition={"not": names})

    why = why_not("mel", "mcl")

    assert "Criterion of MQL names the stage" in why
    assert "Looks around" in why or "Buying phase" in why
    found = weigh(stage("mel"), stage("mcl"), merges=False, now=NOW)
    assert found.named_in[0].url == "/settings/criteria/mql/"


def test_a_role_the_handover_needs_goes_to_a_stage_without_one_with_leads_and_offers() -> None:
    add("ready", after="mel")
    offer = make_handover()

    done = retire("mql", "ready", merges=True)

    assert (done.takes_role, stage("ready").role, at(offer.lead)) == ("qualified", "qualified", "ready")
    assert list(Handover.objects.values_list("pk", "state")) == [(offer.pk, "open")]
    decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=make_user().pk, now=NOW + minutes(5))
    assert at(offer.lead) == "sal"


def test_leads_do_not_come_to_stand_qualified_unasked() -> None:
    add("ready", after="mel")
    move_to(make_lead(), "ready")

    assert "1 lead stands at READY" in why_not("mql", "ready", merges=True)


def test_leads_that_come_to_stand_qualified_are_offered_once() -> None:
    lead = move_to(make_lead(), "mel")

    done = retire("mel", "mql")

    assert done.offered == 1
    assert Handover.objects.get().lead == lead


def test_returned_leads_go_before_the_qualified_stage_where_none_is_engaged() -> None:
    retire("mel", "mcl")
    offer = make_handover()

    decide([Decision(handover_id=offer.pk, verb=Verb.RETURN, reason="not_ready")], by=make_user().pk, now=NOW)

    assert at(offer.lead) == "mcl"


def test_proof_is_recorded_at_any_stage_of_sales_before_the_opportunity() -> None:
    add("demo", after="sql")
    rep, offer = make_user(), make_handover()
    decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=rep.pk, now=NOW)
    move_to(offer.lead, "demo", by=rep.pk)

    record_proof(offer.lead_id, form="oral", text="They will buy.", by=rep.pk, now=NOW)

    assert at(offer.lead) == "sqo"


# What reports count


def test_entries_of_a_merged_stage_count_where_the_preview_said() -> None:
    add("warm", after="mel")
    a, b, c = make_leads(3)
    move_to(a, "mel"), move_to(b, "warm"), move_to(c, "mql")
    move_to(b, "mcl", now=NOW + minutes(1))
    said = weigh(stage("mel"), stage("warm"), merges=True, now=NOW)
    before = counted()

    done = retire("mel", "warm", merges=True)

    assert said == done
    assert (done.leads, done.entries, done.passes) == (1, 3, 3)
    assert (before["mel"], before["warm"], done.target_passes) == (3, 2, 2)
    assert counted() == {"mcl": 3, "warm": 3, "mql": 1}
    assert done.target_passes_then == 3 == leads_in(EVER, reached="warm").count()
    assert leads_in(EVER, stopped="warm").count() == 2


def test_entries_of_a_stage_that_was_only_retired_are_not_shown() -> None:
    add("warm", after="mel")
    a, b = make_leads(2)
    move_to(a, "mel"), move_to(b, "warm")
    said = weigh(stage("mel"), stage("warm"), merges=False, now=NOW)

    done = retire("mel", "warm")

    assert said == done
    assert (done.leads, done.target_passes, done.target_passes_then) == (1, 1, 2)
    assert counted() == {"mcl": 2, "warm": 2}


def test_a_stage_merged_into_one_that_is_retired_later_goes_with_it() -> None:
    add("warm", after="mel")
    lead = move_to(make_lead(), "warm")
    retire("warm", "mel", merges=True)
    assert counted() == {"mcl": 1, "mel": 1}

    retire("mel", "mcl", merges=True)
    assert (counted(), at(lead)) == ({"mcl": 1}, "mcl")


def test_a_win_at_a_retired_stage_still_counts() -> None:
    rep, offer = make_user(), make_handover()
    decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=rep.pk, now=NOW)
    move_to(offer.lead, "sql", by=rep.pk)
    move_to(offer.lead, "lost", by=rep.pk)

    retire("sql", "sal")

    assert leads_in(EVER, outcome="lost").count() == 1


def test_the_stage_line_shows_a_lead_that_ended_at_a_merged_stage() -> None:
    lead = move_to(move_to(make_lead(), "mel"), "nurture")
    retire("mel", "mcl", merges=True)

    found = stations(Lead.objects.get(pk=lead.pk), list(Stage.objects.all()), None, None, NOW)

    assert [station.state for station in found] == ["now", *["next"] * 4]


def test_an_old_tree_that_names_a_merged_stage_still_means_its_leads() -> None:
    lead, _other = move_to(make_lead(), "mel"), make_lead()
    tree = {"leaf": "stage", "value": ["warm"]}
    add("warm", after="mel")
    retire("warm", "mel", merges=True)

    assert matching(tree, now=NOW) == [lead.pk]
    assert words(tree) == "stands at WARM"
    with pytest.raises(InvalidCondition, match="not known"):
        validate(tree)


def test_leads_of_a_retired_stage_are_promoted_from_there_no_second_time() -> None:
    set_criterion(stage("mel"), PAGE_VIEWED, by=None, now=NOW)
    lead = make_lead()
    view_pages([lead])
    promote(Scope(), now=NOW)
    add("warm", after="mel")

    retire("mel", "warm")

    assert promote(Scope(), now=NOW + minutes(2)) == []
    assert at(lead) == "warm"
    assert StageChange.objects.filter(lead=lead, to_stage__slug="warm").count() == 1
