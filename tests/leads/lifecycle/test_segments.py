"""Segments: conditions under a name mean what they say now, and are let go of by nobody who needs them."""

from typing import Any

import pytest

from leads.conditions.catalog import Catalog
from leads.conditions.plan import Plan
from leads.conditions.select import matching, plan_for
from leads.conditions.tree import InvalidCondition, changes, compile_tree, leaves, unset, validate, words
from leads.lifecycle.criteria import main_models, set_criterion
from leads.lifecycle.phase import save_rule
from leads.lifecycle.segments import (
    InvalidSegment,
    NewSegment,
    SegmentInUse,
    delete_segment,
    reached_from,
    save_segment,
    stamp_of,
    uses_of,
)
from leads.models import IcpProfile, PhaseRule, Segment, Touched
from leads.people.icp import NewProfile, Wish, publish_profile
from leads.seen import ChangedMeanwhile
from scoring.rules import RuleSpec
from tests.factories import NOW, PAGE_VIEWED, make_lead, make_user, minutes, publish_model, stage, view_pages

pytestmark = pytest.mark.django_db
CFO = {"leaf": "lead", "field": "job_title", "op": "contains", "value": "CFO"}
LARGE = {"leaf": "company", "field": "employees", "op": "gte", "value": 500}
AT_MEL = {"leaf": "stage", "value": ["mel"]}


def make_segment(slug: str, condition: Any = CFO, **fields: Any) -> Segment:
    said = NewSegment(fields.pop("name", slug.capitalize()), condition, slug=slug)
    return save_segment(Segment.objects.filter(slug=slug).first(), said, by=None, now=fields.pop("now", NOW))


def inside(*slugs: str) -> dict[str, Any]:
    return {"leaf": "segment", "value": list(slugs)}


def refused(condition: Any, slug: str = "fresh") -> list[tuple[str, str]]:
    with pytest.raises(InvalidCondition) as caught:
        make_segment(slug, condition)
    return caught.value.errors


def test_a_segment_means_its_condition_wherever_it_is_named() -> None:
    cfo, viewer, _nobody = make_lead(job_title="CFO"), make_lead(), make_lead()
    view_pages([viewer])
    make_segment("cfos")
    make_segment("active", {"any": [PAGE_VIEWED, inside("cfos")]})

    assert matching(inside("cfos"), now=NOW) == [cfo.pk]
    assert matching(inside("active"), now=NOW) == [cfo.pk, viewer.pk]
    assert matching({"not": inside("active", "cfos")}, now=NOW) == [_nobody.pk]


def test_its_sentence_tells_name_and_meaning() -> None:
    make_segment("cfos", name="Money people")
    make_segment("both", {"all": [inside("cfos"), LARGE]}, name="Large ones")

    text = words(inside("cfos", "both"))

    money = "“Money people” (Job title contains “CFO”)"
    assert text == f"in {money} or “Large ones” (in {money} and Employees at least 500)"


def test_its_days_and_what_it_leaves_unknown_are_those_of_its_conditions() -> None:
    windowed = {**PAGE_VIEWED, "days": 7}
    make_segment("recent", windowed)
    make_segment("cfos")

    assert changes(inside("recent"), _plan()) == changes(windowed, _plan())
    assert unset(inside("cfos"), _plan()) == f"(({unset(CFO, _plan())}))"
    assert unset(inside("cfos", "recent"), _plan()) == "FALSE"


def _plan() -> Plan:
    return plan_for(NOW)


def test_a_scoring_rule_takes_a_segment_only_where_all_of_it_may_be_asked() -> None:
    make_segment("cfos")
    make_segment("warm", {"any": [CFO, AT_MEL]})
    make_segment("nested", {"not": inside("warm")})

    assert validate(inside("cfos"), scoring=True)
    with pytest.raises(InvalidCondition) as caught:
        validate({"all": [CFO, inside("nested")]}, scoring=True)
    assert caught.value.errors == [
        ("all.1.value", "The segment asks for stage; a scoring rule cannot depend on stages or scores.")
    ]


def test_a_segment_is_no_way_around_what_may_stand_in_a_profile() -> None:
    make_segment("warm", AT_MEL)

    with pytest.raises(InvalidCondition) as caught:
        publish_profile("marketing", NewProfile([Wish("need", "Warm", inside("warm"))]), by=None, now=NOW)

    assert any("'stage' cannot stand here" in why for _place, why in caught.value.errors)


@pytest.mark.parametrize(
    ("condition", "place"),
    [
        (None, ""),
        ("x", ""),
        ({}, ""),
        ({"all": []}, "all"),
        (inside("nobody"), "value"),
        (inside(), "value"),
        ({"leaf": "segment", "value": "cfos"}, "value"),
        ({"all": [CFO, {"leaf": "lead", "field": "shoe_size", "op": "eq", "value": "1"}]}, "all.1.field"),
        ({"any": [{"leaf": "company", "field": "employees", "op": "contains", "value": "1"}]}, "any.0.op"),
        ({"not": {"leaf": "lead'; DROP TABLE", "value": 1}}, "not.leaf"),
    ],
)
def test_a_bad_condition_is_refused_with_its_place(condition: Any, place: str) -> None:
    assert refused(condition)[0][0] == place
    assert not Segment.objects.exists()


def test_a_text_is_only_ever_a_value() -> None:
    lead = make_lead(job_title="'); DROP TABLE leads_lead; -- %s %(x)s")
    make_segment("odd", {**CFO, "op": "eq", "value": "'); DROP TABLE leads_lead; -- %s %(x)s"})

    assert matching(inside("odd"), now=NOW) == [lead.pk]


def test_circles_are_refused_with_the_way_around() -> None:
    make_segment("a")
    make_segment("b", inside("a"))
    make_segment("c", {"not": inside("b")})

    assert refused({"any": [CFO, inside("c")]}, "a") == [
        ("", "A segment cannot stand for itself: a uses c uses b uses a.")
    ]
    assert refused(inside("a"), "a") == [("", "A segment cannot stand for itself: a uses a.")]
    assert Segment.objects.get(slug="a").condition == CFO


def test_a_circle_made_behind_the_flow_is_refused_wherever_it_is_named() -> None:
    make_segment("a")
    Segment.objects.filter(slug="a").update(condition=inside("a"))

    with pytest.raises(InvalidCondition, match="a uses a"):
        validate(inside("a"))


def test_size_and_depth_count_the_conditions_written_out() -> None:
    make_segment("many", {"any": [CFO] * 60})
    make_segment("deep", {"not": {"not": {"not": {"not": {"not": {"not": CFO}}}}}})

    assert "this has 120" in refused({"all": [inside("many"), inside("many")]})[0][1]
    assert "this has 9" in refused({"all": [{"any": [inside("deep")]}]})[0][1]
    assert validate({"all": [inside("many"), inside("deep")]})


def test_a_change_that_something_else_cannot_bear_is_refused_and_says_which() -> None:
    make_segment("cfos")
    make_segment("group", inside("cfos"))
    publish_model(rules=[RuleSpec(points=5, group="fit", condition=inside("group"))])
    save_rule(PhaseRule(phase="buy", label="Buyers", condition=inside("cfos")))

    assert "Scoring rule" in refused(AT_MEL, "cfos")[0][1]
    assert "Buyers" in refused({"leaf": "phase", "op": "is", "value": "buy"}, "cfos")[0][1]
    assert Segment.objects.get(slug="cfos").condition == CFO


def test_every_lead_is_judged_anew_only_where_rules_are_made_of_it() -> None:
    make_lead()
    make_segment("cfos")
    make_segment("group", inside("cfos"))
    Touched.objects.all().delete()

    make_segment("cfos", LARGE)
    assert not Touched.objects.exists()

    set_criterion(stage("mel"), inside("group"), by=None, now=NOW)
    Touched.objects.all().delete()
    make_segment("cfos", LARGE, name="Another name")
    assert not Touched.objects.exists()
    make_segment("cfos", CFO)
    assert Touched.objects.count() == 1


def test_a_segment_in_use_is_neither_renamed_nor_deleted() -> None:
    segment = make_segment("cfos")
    make_segment("group", inside("cfos"))
    set_criterion(stage("mel"), inside("cfos"), by=None, now=NOW)

    with pytest.raises(SegmentInUse, match=r"Criterion of MEL; Segment “Group”"):
        delete_segment(segment, now=NOW)
    with pytest.raises(SegmentInUse):
        save_segment(segment, NewSegment("Cfos", CFO, slug="other"), by=None, now=NOW)
    assert [place.url for place in uses_of("cfos", now=NOW)] == [
        "/settings/criteria/mel/",
        "/settings/segments/group/",
    ]


def test_one_that_nothing_names_may_have_another_key_and_go() -> None:
    segment = save_segment(make_segment("cfos"), NewSegment("CFOs", CFO, slug="money"), by=None, now=NOW)
    assert segment.slug == "money"

    delete_segment(segment, now=NOW)

    assert not Segment.objects.exists()


def test_scores_and_grades_of_the_past_keep_a_segment() -> None:
    segment = make_segment("cfos")
    publish_model(rules=[RuleSpec(points=5, group="fit", condition=inside("cfos"))])
    publish_model()
    publish_profile("marketing", NewProfile([Wish("need", "CFO", inside("cfos"))]), by=None, now=NOW)
    publish_profile("marketing", NewProfile([Wish("need", "CFO", CFO)]), by=None, now=NOW)

    assert uses_of("cfos", now=NOW) == []
    with pytest.raises(SegmentInUse) as caught:
        delete_segment(segment, now=NOW)
    assert len(caught.value.places) == 2
    assert IcpProfile.objects.count() == 2


def test_uses_are_found_by_way_of_other_segments_too() -> None:
    make_segment("a")
    make_segment("b", inside("a"))
    set_criterion(stage("mel"), inside("b"), by=None, now=NOW)

    assert [use.where for use in reached_from("a", now=NOW)] == ["Criterion of MEL", "Segment “B”"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (NewSegment(" ", CFO, slug="x"), "name"),
        (NewSegment("x" * 101, CFO), "name"),
        (NewSegment("X", CFO, slug="No Key"), "slug"),
        (NewSegment("X", CFO, slug="new"), "slug"),
        (NewSegment("X", CFO, slug="taken"), "slug"),
        (NewSegment("X", CFO, description="\x00"), "description"),
    ],
)
def test_names_and_keys_are_checked(said: NewSegment, field: str) -> None:
    make_segment("taken")

    with pytest.raises(InvalidSegment) as caught:
        save_segment(None, said, by=None, now=NOW)
    assert set(caught.value.errors) == {field}


def test_the_name_makes_a_key_whatever_its_letters() -> None:
    made = [save_segment(None, NewSegment(name, CFO), by=None, now=NOW).slug for name in ("CFOs", "CFOs", "מנהלים")]

    assert made == ["cfos", "cfos-2", "segment"]


def test_who_saves_over_another_change_is_told() -> None:
    segment, user = make_segment("cfos"), make_user()
    make_segment("cfos", LARGE, now=NOW + minutes(1))

    with pytest.raises(ChangedMeanwhile):
        save_segment(segment, NewSegment("Mine", CFO), by=user.pk, now=NOW, seen=stamp_of(segment))


def test_a_score_that_a_criterion_asks_for_within_a_segment_is_the_main_one() -> None:
    publish_model()
    make_segment("ready", {"leaf": "score", "model": "mql", "op": "gte", "value": 80})
    set_criterion(stage("mql"), inside("ready"), by=None, now=NOW)

    assert main_models(NOW)[stage("mel").pk] == "mql"
    assert [spec["leaf"] for _leaf, spec in leaves(inside("ready"), Catalog())] == ["segment", "score"]


def test_one_that_is_gone_all_the_same_has_no_leads() -> None:
    make_segment("cfos")
    Segment.objects.all().delete()

    assert compile_tree(inside("cfos"), _plan()) == "coalesce(FALSE, FALSE)"
    assert words(inside("cfos")) == "in “cfos”"
